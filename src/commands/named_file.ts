import { VantageError } from "../errors.ts";
import { fileProblem } from "../files.ts";
import type { Files } from "../system.ts";
import { FileError } from "../system.ts";

/** The text of a file that the command line names. Throws `file_unusable`. */
export async function readNamedFile(files: Files, path: string): Promise<string> {
  try {
    return requireUtf8(await files.readText(path), path);
  } catch (error) {
    if (error instanceof FileError) throw unusable("read", path, error);
    throw error;
  }
}

/** A failed operation on such a file, as an error for a person. */
export function unusable(verb: "read" | "write", path: string, error: FileError): VantageError {
  const isDirectory = /is a directory/i.test(String(error.cause));
  const problem = isDirectory ? "it is a directory" : fileProblem(error);
  return new VantageError("file_unusable", `Cannot ${verb} '${path}': ${problem}`, {
    cause: error,
    hint: "Check the path and its permissions",
  });
}

/** Refuses what was not UTF-8 before it was decoded: written back, it would be damaged. */
export function requireUtf8(text: string, name: string): string {
  const damage = text.indexOf("\uFFFD");
  if (damage === -1) return text;
  const line = text.slice(0, damage).split("\n").length;
  throw new VantageError("file_unusable", `Cannot read '${name}': line ${line} is not UTF-8`, {
    hint: "Save the file with the encoding UTF-8",
  });
}
