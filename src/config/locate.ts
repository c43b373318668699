import type { Problem } from "./problem.ts";
import type { Entry } from "./toml_tree.ts";
import { readEntries, sameKeys, startsWith } from "./toml_tree.ts";

/** The line, counted from 1, on which a key of a file stands; undefined when it does not. */
export async function lineOf(text: string, keys: readonly string[]): Promise<number | undefined> {
  return findLine(await tryEntries(text), keys);
}

/** Problems with their lines, in the order of the file. */
export async function locateProblems(text: string, problems: Problem[]): Promise<Problem[]> {
  const entries = await tryEntries(text);
  const located = problems.map((problem) => {
    const line = problem.line ?? findLine(entries, problem.keys);
    return line === undefined ? problem : { ...problem, line };
  });
  return located.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function findLine(entries: readonly Entry[], keys: readonly string[]): number | undefined {
  const exact = entries.find((entry) => sameKeys(entry.keys, keys));
  // A table without a header of its own stands where its first key does.
  return (exact ?? entries.find((entry) => startsWith(entry.keys, keys)))?.line;
}

let last: { readonly text: string; readonly entries: Promise<Entry[]> } | undefined;

/**
 * The entries of a text; none where the two parsers disagree, as a message without its line is
 * better than no message. The last text is remembered: `profile list` asks for a line a profile.
 */
function tryEntries(text: string): Promise<Entry[]> {
  if (last?.text !== text) last = { text, entries: readEntries(text).catch(() => []) };
  return last.entries;
}
