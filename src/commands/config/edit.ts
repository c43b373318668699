import { dirname, join } from "node:path";
import { inspectConfig } from "../../config/config_file.ts";
import { readText, replaceText, unreadable } from "../../config/text_file.ts";
import type { SettingsApp } from "../../config/context.ts";
import { problemsError } from "../../config/problem.ts";
import { VantageError } from "../../errors.ts";
import { writeDurably } from "../../files.ts";
import { FileError } from "../../system.ts";
import { editorCommand } from "../editor.ts";

export interface ConfigEditResult {
  readonly path: string;
  readonly changed: boolean;
}

type EditApp = Pick<SettingsApp, "system" | "person" | "paths">;

/**
 * `vantage config edit`: opens a copy of the settings file in the person's editor and puts it in
 * place when it is valid. Otherwise the file stays as it is and the copy stays for another try.
 * Throws `input_required`, `config_invalid`, `config_secret`, `config_unreadable`, and
 * `interrupted` when the editor fails.
 */
export async function configEdit(app: EditApp): Promise<ConfigEditResult> {
  const { system, person } = app;
  const path = app.paths().config;
  if (!person.canAnswer) {
    throw new VantageError("input_required", "Cannot start an editor: there is no terminal", {
      hint: `Use \`vantage profile set KEY VALUE\`, or change ${path} by other means`,
    });
  }
  const before = await readText(system.files, path) ?? "";
  const copy = join(dirname(path), `config.edit-${system.pid}.toml`);
  await writeCopy(app, copy, before);
  await runEditor(app, copy);
  const after = await readText(system.files, copy) ?? "";
  if (after === before) {
    await system.files.remove(copy);
    return { path, changed: false };
  }
  const { problems } = await inspectConfig(after, copy);
  const whereabouts = `Your edit is kept in ${copy}; ${path} is as it was`;
  if (problems.length > 0) throw problemsError(copy, problems, whereabouts);
  await replaceText(system.files, system.clock, path, (now) => {
    if (now === before) return Promise.resolve(after);
    const message = `Cannot save ${path}: it changed while it was being edited`;
    return Promise.reject(new VantageError("config_invalid", message, { hint: whereabouts }));
  });
  await system.files.remove(copy);
  return { path, changed: true };
}

async function writeCopy({ system }: EditApp, copy: string, text: string): Promise<void> {
  try {
    await system.files.makeDir(dirname(copy), 0o700);
    await writeDurably(system.files, copy, text, 0o600);
  } catch (error) {
    if (error instanceof FileError) throw unreadable("write", copy, error);
    throw error;
  }
}

async function runEditor({ system }: EditApp, copy: string): Promise<void> {
  const [program, ...args] = editorCommand(system);
  const status = await system.run(program, [...args, copy]);
  if (status === 0) return;
  await system.files.remove(copy);
  if (status === undefined) {
    throw new VantageError("usage", `Cannot start the editor '${program}': there is none such`, {
      hint: "Name your editor with the environment variable VISUAL or EDITOR",
    });
  }
  throw new VantageError("interrupted", `The editor ended with status ${status}: nothing changed`);
}
