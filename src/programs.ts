import { posix, win32 } from "node:path";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";

/**
 * The path of a program along PATH, undefined where there is none. Only directories that are
 * named in full count: what runs by a name that nobody typed must not depend on where one
 * happens to be, and who may write there.
 */
export async function findProgram(
  { env, files, platform }: Pick<System, "env" | "files" | "platform">,
  name: string,
): Promise<string | undefined> {
  const windows = platform === "windows";
  const { delimiter, isAbsolute, join } = windows ? win32 : posix;
  for (const directory of (env("PATH") ?? "").split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, windows ? `${name}.exe` : name);
    if (await isProgram(files, path)) return path;
  }
  return undefined;
}

async function isProgram(files: System["files"], path: string): Promise<boolean> {
  try {
    const facts = await files.stat(await files.realPath(path));
    return facts?.kind === "file" && (facts.mode === null || (facts.mode & 0o111) !== 0);
  } catch (error) {
    if (error instanceof FileError) return false; // nothing there, or not ours to look at
    throw error;
  }
}
