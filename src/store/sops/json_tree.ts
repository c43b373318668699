import { goFloat } from "./go_float.ts";
import type { Entry, MapNode, Node } from "./node.ts";
import { MAX_DEPTH, refuseDuplicates, TreeError } from "./node.ts";

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Parses a JSON file (RFC 8259) whose top is an object. `JSON.parse` will not do: it sorts keys
 * that look like numbers, takes the last of two equal ones and knows no positions. Throws {@link TreeError}.
 */
export function parseJson(text: string): MapNode {
  let at = 0;

  const skipSpace = () => void take(SPACE);
  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  }
  function broken(): never {
    if (at >= text.length) throw new TreeError("it is cut off");
    const line = text.slice(0, at).split("\n").length;
    throw new TreeError(`line ${line} is not JSON`);
  }
  /** Takes `char` where it is next. */
  function sees(char: string): boolean {
    skipSpace();
    const isNext = text[at] === char;
    if (isNext) at++;
    return isNext;
  }
  function readString(): string {
    const source = take(STRING) ?? broken();
    try {
      return JSON.parse(source);
    } catch {
      return broken(); // an unknown escape, or a control character
    }
  }
  function readMap(depth: number): MapNode {
    const start = at++;
    const entries: Entry[] = [];
    if (!sees("}")) {
      do {
        skipSpace();
        const keyStart = at;
        const key = readString();
        if (!sees(":")) broken();
        entries.push({ key, keyStart, value: readValue(depth) });
      } while (sees(","));
      if (!sees("}")) broken();
    }
    refuseDuplicates(entries);
    return { kind: "map", style: "flow", start, end: at, entries };
  }
  function readList(depth: number): Node {
    const start = at++;
    const items: Node[] = [];
    if (!sees("]")) {
      do items.push(readValue(depth)); while (sees(","));
      if (!sees("]")) broken();
    }
    return { kind: "list", style: "flow", start, end: at, items };
  }
  function readValue(depth: number): Node {
    if (depth > MAX_DEPTH) throw new TreeError("it is nested too deeply");
    skipSpace();
    const start = at;
    if (text[at] === "{") return readMap(depth + 1);
    if (text[at] === "[") return readList(depth + 1);
    if (text[at] === '"') {
      const value = readString();
      return { kind: "scalar", start, end: at, text: value, signed: value };
    }
    const word = take(WORD);
    const signed = word === undefined ? signedNumber(take(NUMBER) ?? broken()) : WORDS[word];
    return { kind: "scalar", start, end: at, text: undefined, signed };
  }

  skipSpace();
  if (text[at] !== "{") {
    throw new TreeError(at >= text.length ? "it is empty" : "it does not begin with '{'");
  }
  const root = readMap(0);
  skipSpace();
  if (at < text.length) broken();
  return root;
}

/** Words as the MAC covers them: booleans as Python, which the first SOPS was written in, prints them. */
const WORDS: Record<string, string | undefined> = { true: "True", false: "False", null: undefined };

function signedNumber(source: string): string {
  if (/^-?\d+$/.test(source)) {
    const integer = BigInt(source);
    if (integer >= MIN_INT64 && integer <= MAX_INT64) return integer.toString();
  }
  const float = Number(source);
  if (!Number.isFinite(float)) {
    throw new TreeError(`the number ${source.slice(0, 20)} is too large`);
  }
  return goFloat(float);
}
