import { ERROR_CODES } from "../../src/errors.ts";
import { type Ending, type FaultRow, FAULTS } from "./fault_table.ts";

/** The page that shows the fault table. */
export const PAGE = new URL("../../docs/token-lifecycle.md", import.meta.url);

const BEGIN = "<!-- fault table: written by `deno run -A tests/tokens/fault_doc.ts` -->";
const END = "<!-- end of the fault table -->";

const HEAD = [
  "The provider…",
  "requests",
  "while the old token lives",
  "when it is dead",
  "token file",
  "next command, provider mended",
];

const RECORDS: Record<FaultRow["record"], string> = {
  unchanged: "unchanged",
  new: "new tokens",
  ended: "session ended",
};

const NEXT: Record<FaultRow["next"], string> = {
  "new token": "new token",
  waits: "no request until the time named",
  session_ended: "log in again",
};

/** `page` with the fault table as it is now. */
export function withFaultTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("The page has no place for the fault table");
  return `${page.slice(0, begin + BEGIN.length)}\n\n${faultTable()}\n${page.slice(end)}`;
}

function faultTable(): string {
  const rows = FAULTS.map((row) => [
    row.does + (row.life === undefined ? "" : ` (life taken: ${life(row.life)})`),
    String(row.requests),
    ending(row.lives),
    ending(row.dead),
    RECORDS[row.record],
    NEXT[row.next],
  ]);
  const lines = [HEAD, HEAD.map(() => "---"), ...rows];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const padded = (cell: string, column: number) =>
    cell === "---" ? "-".repeat(widths[column]!) : cell.padEnd(widths[column]!);
  return lines.map((line) => `| ${line.map(padded).join(" | ")} |\n`).join("");
}

function ending(ending: Ending): string {
  if (ending === "new token") return "new token";
  if (ending === "old token") return "old token, with a warning";
  return `exit ${ERROR_CODES[ending][0]} \`${ending}\``;
}

function life(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} days`;
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`;
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, withFaultTable(await Deno.readTextFile(PAGE)));
}
