import type { Entry, MapNode, Node, ScalarNode, Style } from "./node.ts";
import { TreeError } from "./node.ts";
import type { Writable } from "./render.ts";
import { blockEntry, flowEntry, flowValue } from "./render.ts";
import type { Splice } from "./text_edit.ts";
import { columnOf, endOf, indentUnit, lineStart, nextLine } from "./text_edit.ts";

/** Makes the splices that change a parsed file, in the style of what is around them. */
export class TreeEditor {
  readonly #text: string;
  readonly #root: MapNode;
  /** One step of indentation, undefined where the file is one line. */
  readonly #unit: string | undefined;

  constructor(text: string, root: MapNode) {
    this.#text = text;
    this.#root = root;
    this.#unit = indentUnit(text, root);
  }

  /** Another text for a scalar, in its quotes. */
  setText(node: ScalarNode, value: string, style: Style): Splice {
    const old = this.#text.slice(node.start, node.end);
    const quoted = style === "flow" || /^["'|>]/.test(old) || !value.startsWith("ENC[");
    const text = quoted ? JSON.stringify(value) : value;
    return inPlaceOf(node, text + (/^[|>]/.test(old) ? "\n" : ""));
  }

  /** Another value for an entry. */
  replace(map: MapNode, { key, keyStart, value: old }: Entry, value: Writable): Splice {
    if (map.style === "flow") {
      const text = flowEntry(key, value, this.#lineOf(keyStart), this.#unit ?? "");
      return { start: keyStart, end: old.end, text };
    }
    const indent = " ".repeat(columnOf(this.#text, keyStart));
    const lines = blockEntry(key, value, indent, this.#unit ?? "  ");
    const end = nextLine(this.#text, endOf(old));
    return { start: keyStart, end, text: lines.slice(indent.length) };
  }

  /** New entries after the others of a map, or before the one named. */
  insert(map: MapNode, entries: ReadonlyMap<string, Writable>, before?: Entry): Splice[] {
    const [first] = map.entries;
    if (!first) return [this.fill(map, entries)];
    const isBefore = (entry: Entry) => before === undefined || entry.keyStart < before.keyStart;
    const last = map.entries.findLast(isBefore);
    if (map.style === "flow") {
      const line = this.#lineOf(first.keyStart);
      const gap = line ?? " ";
      const texts = [...entries].map(([key, value]) =>
        flowEntry(key, value, line, this.#unit ?? "")
      );
      return [
        last
          ? {
            start: last.value.end,
            end: last.value.end,
            text: texts.map((each) => `,${gap}${each}`).join(""),
          }
          : {
            start: first.keyStart,
            end: first.keyStart,
            text: texts.map((each) => `${each},${gap}`).join(""),
          },
      ];
    }
    const indent = " ".repeat(columnOf(this.#text, first.keyStart));
    const text = [...entries]
      .map(([key, value]) => blockEntry(key, value, indent, this.#unit ?? "  ")).join("");
    const at = last
      ? nextLine(this.#text, endOf(last.value))
      : lineStart(this.#text, first.keyStart);
    const endsLine = at === 0 || this.#text[at - 1] === "\n";
    return [{ start: at, end: at, text: endsLine ? text : `\n${text}` }];
  }

  /** Entries in place of an empty value: of null, or of brackets with nothing in them. */
  fill(node: Node, entries: ReadonlyMap<string, Writable>): Splice {
    const line = this.#root.style === "flow" ? this.#lineOf(node.start) : undefined;
    return inPlaceOf(node, flowValue(entries, line, this.#unit ?? ""));
  }

  /** Takes entries out of a map that keeps others. */
  remove(map: MapNode, isGone: (entry: Entry) => boolean): Splice[] {
    const gone = map.entries.filter(isGone);
    if (map.style === "block") {
      return gone.map((entry) => this.#removeLines(entry.keyStart, entry.value));
    }
    const lastKept = map.entries.findLast((entry) => !isGone(entry));
    const splices: Splice[] = [];
    for (const [index, entry] of map.entries.entries()) {
      if (!isGone(entry)) continue;
      const next = map.entries[index + 1];
      if (lastKept && entry.keyStart > lastKept.keyStart) {
        const end = map.entries.at(-1)?.value.end ?? entry.value.end;
        splices.push({ start: lastKept.value.end, end, text: "" }); // all that follows is gone too
        break;
      }
      if (next) splices.push({ start: entry.keyStart, end: next.keyStart, text: "" });
    }
    return splices;
  }

  #removeLines(start: number, node: Node): Splice {
    const begin = lineStart(this.#text, start);
    if (this.#text.slice(begin, start).trim() !== "") {
      throw new TreeError("it cannot be changed without reformatting it");
    }
    return { start: begin, end: nextLine(this.#text, endOf(node)), text: "" };
  }

  /** What begins a line at the level of `at`; undefined where the file is one line. */
  #lineOf(at: number): string | undefined {
    if (this.#unit === undefined || this.#root.style === "block") return undefined;
    const begin = lineStart(this.#text, at);
    return "\n" + (/^[ \t]*/.exec(this.#text.slice(begin, at))?.[0] ?? "");
  }
}

/** Text in place of a value. Where none is written that is right behind a colon, which a space has to follow. */
function inPlaceOf({ start, end }: Node, text: string): Splice {
  return { start, end, text: start === end ? ` ${text}` : text };
}
