import { VantageError } from "../errors.ts";

/** A `-f` or `-F` of the command line. */
export interface Field {
  /** Where the value goes: `filter[status]` is `["filter", "status"]`, and `[]` is `""`. */
  readonly path: readonly string[];
  /** The value as JSON has it. */
  readonly value: FieldValue;
  /** The value as it was typed, or as the file has it. */
  readonly text: string;
  /** `-F`: numbers, `true`, `false`, `null` and `@file` are what they look like. */
  readonly typed: boolean;
}

export type FieldValue = string | number | boolean | null;

/** What a field is before a file that it names was read. */
export interface TypedText {
  readonly text: string;
  readonly typed: boolean;
}

const KEY = /^([^[\]=]+)((?:\[[^[\]]*\])*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Deeper than any API, and far from what a stack bears. */
const DEEPEST = 20;

/**
 * Reads fields as they were typed: `name=value`, `list[]=value`, `object[member]=value`.
 * `readFile` gives the text of `@file`. Throws `usage`, and what `readFile` throws.
 */
export async function parseFields(
  given: readonly TypedText[],
  readFile: (path: string) => Promise<string>,
): Promise<Field[]> {
  const fields: Field[] = [];
  for (const { text, typed } of given) { // in turn, as an error should name the first
    const at = text.indexOf("=");
    const key = KEY.exec(at === -1 ? text : text.slice(0, at));
    if (at === -1 || !key) {
      throw new VantageError("usage", `Cannot read the field '${text}'`, {
        hint: "Write it as name=value, name[]=value or name[member]=value",
      });
    }
    const typedText = text.slice(at + 1);
    const isFile = typed && typedText.startsWith("@");
    const value = isFile ? await readFile(typedText.slice(1)) : typedText;
    fields.push({
      path: pathOf(key[1] ?? "", key[2] ?? ""),
      value: typed && !isFile ? typedValue(value) : value,
      text: value,
      typed,
    });
  }
  return fields;
}

function pathOf(name: string, brackets: string): string[] {
  const path = [name, ...[...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, part]) => part ?? "")];
  if (path.length <= DEEPEST) return path;
  throw new VantageError("usage", `Cannot read the field '${name}': it is nested too deeply`, {
    hint: "Give the body with --input",
  });
}

function typedValue(text: string): FieldValue {
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  const digits = digitsOf(text);
  // A number that JavaScript cannot hold would be sent as another one.
  return digits !== undefined && digits === digitsOf(`${Number(text)}`) ? Number(text) : text;
}

/** A number however it is written: its digits and a power of ten. Undefined for what is none. */
function digitsOf(text: string): string | undefined {
  const [match, whole = "", part = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  if (match === undefined) return undefined;
  const digits = (whole + part).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  return short && `${short}e${Number(exponent) - part.length + digits.length - short.length}`;
}

/** The JSON object that fields make. Throws `usage` where two of them contradict each other. */
export function fieldsObject(fields: readonly Field[]): Record<string, unknown> {
  const root: Branch = new Map();
  for (const field of fields) place(root, field);
  return objectOf(root) as Record<string, unknown>;
}

/** Branches are maps and lists, so that no name means anything but itself (`__proto__`). */
type Branch = Map<string, Tree> | Tree[];
type Tree = Branch | { readonly leaf: FieldValue };

function place(root: Branch, field: Field): void {
  let branch = root;
  field.path.forEach((part, at) => {
    if (Array.isArray(branch) !== (part === "")) throw contradiction(field);
    const isLast = at === field.path.length - 1;
    const next = field.path[at + 1] === "";
    const there = Array.isArray(branch)
      // `a[][x]=1 a[][y]=2` is one object until a member comes again, as in gh and Rails.
      ? isLast ? undefined : continued(branch.at(-1), field.path[at + 1] ?? "")
      : branch.get(part);
    if (isLast ? there !== undefined : there !== undefined && "leaf" in there) {
      throw contradiction(field);
    }
    const child: Tree = there ?? (isLast ? { leaf: field.value } : next ? [] : new Map());
    if (there === undefined) {
      if (Array.isArray(branch)) branch.push(child);
      else branch.set(part, child);
    }
    if (!isLast) branch = child as Branch;
  });
}

const continued = (last: Tree | undefined, member: string) =>
  last instanceof Map && !last.has(member) ? last : undefined;

function objectOf(tree: Tree): unknown {
  if (Array.isArray(tree)) return tree.map(objectOf);
  if (!(tree instanceof Map)) return tree.leaf;
  return Object.fromEntries([...tree].map(([name, child]) => [name, objectOf(child)]));
}

const contradiction = ({ path: [name, ...rest] }: Field) =>
  new VantageError(
    "usage",
    `The field '${name}${rest.map((part) => `[${part}]`).join("")}' ` +
      "contradicts another one",
  );

/** The same in a query string: `name=value`, with the brackets as they were typed. */
export function fieldsQuery(fields: readonly Field[]): [name: string, value: string][] {
  return fields.map(({ path: [name = "", ...rest], text }) => [
    name + rest.map((part) => `[${part}]`).join(""),
    text,
  ]);
}
