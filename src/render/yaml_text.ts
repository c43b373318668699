import { Document, visit } from "yaml";
import { VantageError } from "../errors.ts";
import { plain } from "./plain.ts";

/** The library calls itself for each level; and nobody reads YAML that is nested deeper. */
const DEEPEST = 200;

/**
 * A value of JSON as YAML, without the last line's end. Strings that YAML 1.1 or 1.2 would read
 * as something else are quoted; what a terminal must not see is escaped, so that the text is the
 * same YAML. Throws `output_refused` where the value is nested too deep.
 */
export function yamlText(value: unknown): string {
  if (isDeeper(value, DEEPEST)) {
    throw new VantageError(
      "output_refused",
      `Cannot write YAML that is nested deeper than ${DEEPEST} levels`,
      { hint: "Leave out --yaml: JSON can be nested deeper" },
    );
  }
  const document = new Document(value, { compat: "yaml-1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      const { value } = scalar;
      // YAML 1.1 takes `=` for something that its own parsers refuse.
      if (typeof value === "string" && (plain(value) !== value || value === "=")) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  const text = document.toString({ lineWidth: 0 }).replace(/\n$/, "");
  return text.split("\n").map(escaped).join("\n");
}

/** A line with what may not be seen escaped: all of it is within double quotes. */
function escaped(line: string): string {
  if (plain(line) === line) return line;
  return line.replace(/[^\t\x20-\x7e]/gu, (character) => {
    if (plain(character) === character) return character;
    const code = character.codePointAt(0)!;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");

function isDeeper(value: unknown, levels: number): boolean {
  const rest = [{ value, left: levels }];
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    if (next.left === 0) return true;
    for (const value of Object.values(next.value)) rest.push({ value, left: next.left - 1 });
  }
  return false;
}
