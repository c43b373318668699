import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import { References } from "../references.ts";
import type { Failure } from "./failures.ts";
import { failuresError } from "./failures.ts";
import { outputMode, writeOutput } from "./inject_output.ts";
import { readNamedFile, requireUtf8 } from "./named_file.ts";
import type { TemplatePart } from "./template.ts";
import { parseTemplate } from "./template.ts";

export interface InjectOptions {
  /** The template; stdin unless told. */
  readonly input?: string | undefined;
  /** Where the filled template goes; stdout unless told. */
  readonly output?: string | undefined;
}

/** The filled template holds secrets: it is shown where it was asked for and nowhere else. */
export type InjectResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

/**
 * `vantage inject`: fills the references of a template. Where one has no value nothing is
 * written. Throws `file_unusable`, `template_invalid`, and what resolving throws.
 */
export async function inject(app: App, options: InjectOptions): Promise<InjectResult> {
  const { stdin, files } = app.system;
  const [input, output] = [options.input, options.output]
    .map((path) => path === "-" ? undefined : path);
  const mode = output === undefined ? undefined : await outputMode(app, output);
  const name = input ?? "stdin";
  const template = input === undefined
    ? requireUtf8(await stdin.readAll(), name)
    : await readNamedFile(files, input);
  const text = await filled(app, parseTemplate(template), name);
  if (output === undefined || mode === undefined) return { kind: "text", text };
  await writeOutput(app, output, text, mode);
  return { kind: "file", path: output };
}

async function filled(app: App, parts: readonly TemplatePart[], name: string): Promise<string> {
  const references = new References(app);
  const failures: Failure[] = [];
  const texts = await Promise.all(parts.map(async (part) => {
    if (typeof part === "string") return part;
    const place = placeKey(part);
    if ("unclosed" in part) {
      failures.push({ place, error: unclosed() });
      return "";
    }
    try {
      return (await references.resolve(part.reference)).expose();
    } catch (error) {
      failures.push({ place, error });
      return "";
    }
  }));
  app.interrupted.throwIfAborted();
  if (failures.length === 0) return texts.join("");
  const order = parts.flatMap((part) => typeof part === "string" ? [] : [placeKey(part)]);
  failures.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  throw failuresError(`Cannot fill '${name}'`, failures);
}

const placeKey = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;

const unclosed = () =>
  new VantageError("template_invalid", "The reference is not closed", {
    hint: "Close it with }} on the same line, or write \\{{ to keep the braces",
  });
