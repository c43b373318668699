import { type GraphQLSchema, Kind, print } from "graphql";
import { VantageError } from "../../errors.ts";
import { type Field, fieldsObject } from "../fields.ts";
import type { Operation } from "./document.ts";
import { declaredShape, type Shape } from "./input_shape.ts";
import { quotedList } from "./quoted_list.ts";

const INTEGER = /^-?\d+$/;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** `Int` has 32 bits (GraphQL 2025, section 3.5.1). */
const LARGEST_INT = 2 ** 31 - 1;

/** How much of a value an error quotes. */
const QUOTED = 40;

/**
 * The values of an operation's variables, by their declared types. The schema, where there is one,
 * says what enums and input objects look like. Throws `usage`.
 */
export function variablesFor(
  operation: Operation,
  fields: readonly Field[],
  schema?: GraphQLSchema,
): Record<string, unknown> {
  const declared = new Map(
    operation.definition.variableDefinitions?.map((definition) =>
      [definition.variable.name.value, definition] as const
    ),
  );
  for (const { path: [name = ""] } of fields) {
    if (!declared.has(name)) throw unknownVariable(name, [...declared.keys()]);
  }
  const given = givenTrees(fields);
  const missing = [...declared.values()].filter(({ type, defaultValue, variable }) =>
    type.kind === Kind.NON_NULL_TYPE && !defaultValue && !given.has(variable.name.value)
  );
  const [first] = missing;
  if (first) {
    throw new VantageError(
      "usage",
      `Cannot run the operation: Its variable '${first.variable.name.value}' ` +
        `(${print(first.type)}) has no value`,
      {
        hint: `Give ${missing.map(({ variable }) => `-f ${variable.name.value}=VALUE`).join(" ")}`,
      },
    );
  }
  // As own properties, because an assignment to `__proto__` is none.
  return Object.fromEntries(
    [...declared].filter(([name]) => given.has(name)).map(([name, { type }]) => [
      name,
      valueOf(given.get(name), declaredShape(type, schema), name),
    ]),
  );
}

/** The fields of a variable: one of them, a list of such, or an object of such. */
type Tree = Field | Tree[] | { readonly members: ReadonlyMap<string, Tree> };

/** Nests the fields as the body of a REST request does, with the fields themselves as leaves. */
function givenTrees(fields: readonly Field[]): Map<string, Tree> {
  const numbered = fieldsObject(fields.map((field, index) => ({ ...field, value: index })));
  const treeOf = (part: unknown): Tree => {
    if (Array.isArray(part)) return part.map(treeOf);
    if (typeof part === "object") return { members: membersOf(part ?? {}) };
    return fields[part as number] as Field;
  };
  const membersOf = (part: object) =>
    new Map(Object.entries(part).map(([name, inner]) => [name, treeOf(inner)]));
  return membersOf(numbered);
}

function valueOf(tree: Tree | undefined, shape: Shape, key: string): unknown {
  if (tree === undefined) return undefined;
  if (Array.isArray(tree)) {
    const item = itemShape(shape);
    if (!item) throw mismatch(key, `${shape.type} is no list`, `Give -f ${key}=VALUE`);
    return tree.map((part) => valueOf(part, item, `${key}[]`));
  }
  if ("members" in tree) {
    return Object.fromEntries([...tree.members].map(([name, part]) => {
      const inner = `${key}[${name}]`;
      return [name, valueOf(part, memberShape(shape, name, key), inner)];
    }));
  }
  return leafValue(tree, shape, key);
}

const itemShape = (shape: Shape): Shape | undefined =>
  shape.form === "list" ? shape.item : isDark(shape) ? DARK : undefined;

function memberShape(shape: Shape, name: string, key: string): Shape {
  if (isDark(shape)) return DARK;
  if (shape.form === "object") {
    const member = shape.member(name);
    if (member) return member;
    throw mismatch(
      `${key}[${name}]`,
      `${shape.type} has no such field`,
      `It has ${quotedList(shape.members)}`,
    );
  }
  throw shape.form === "list"
    ? mismatch(key, `${shape.type} is a list`, `Give -f ${key}[][${name}]=VALUE`)
    : mismatch(key, `${shape.type} has no fields`, `Give -f ${key}=VALUE`);
}

/** A part of what no type is known of. */
const DARK: Shape = { form: "unknown", type: "JSON", nullable: true };

const isDark = ({ form }: Shape) => form === "scalar" || form === "unknown";

function leafValue(field: Field, shape: Shape, key: string): unknown {
  const { text, value, typed } = field;
  if (typed && value === null && shape.nullable) return null;
  switch (shape.form) {
    case "String":
    case "ID":
      return text;
    case "Int":
      if (INTEGER.test(text.trim())) {
        const number = Number(text);
        if (number >= -LARGEST_INT - 1 && number <= LARGEST_INT) return number;
        throw mismatch(key, `${quoted(text)} has more than 32 bits`, NUMBER_HINT);
      }
      throw mismatch(key, `${quoted(text)} is no integer (${shape.type})`, NUMBER_HINT);
    case "Float":
      if (DECIMAL.test(text.trim()) && Number.isFinite(Number(text))) return Number(text);
      throw mismatch(key, `${quoted(text)} is no number (${shape.type})`, NUMBER_HINT);
    case "Boolean":
      if (text.trim() === "true" || text.trim() === "false") return text.trim() === "true";
      throw mismatch(
        key,
        `${quoted(text)} is neither true nor false (${shape.type})`,
        `Give -F ${key}=true or -F ${key}=false`,
      );
    case "enum":
      if (shape.values.includes(text)) return text;
      throw mismatch(
        key,
        `${quoted(text)} is no ${bare(shape.type)}`,
        `Give one of ${quotedList(shape.values)}`,
      );
    case "list": {
      const list = typed ? parsedJson(text) : undefined;
      return Array.isArray(list) ? list : [leafValue(field, shape.item, key)];
    }
    case "object": {
      // Also from -f, because `-F x=@FILE` is text and no text can be an input object.
      const object = parsedJson(text);
      if (object !== undefined && !Array.isArray(object)) return object;
      throw mismatch(
        key,
        `${bare(shape.type)} is an input object`,
        `Give its fields, such as -f ${key}[${shape.members[0] ?? "NAME"}]=VALUE, ` +
          `or JSON, such as -F ${key}='{…}'`,
      );
    }
    case "scalar":
    case "unknown":
      if (!typed) return text;
      if (value === null) throw mismatch(key, `${shape.type} cannot be null`, "Give a value");
      return parsedJson(text) ?? value;
  }
}

const NUMBER_HINT = "Give another number, or declare the variable with another type";

/** The object or list that a text is in JSON; undefined where it is none. */
function parsedJson(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknownVariable(name: string, declared: readonly string[]): VantageError {
  return mismatch(
    name,
    "The operation declares no such variable",
    declared.length === 0 ? "It declares none" : `It declares ${quotedList(declared)}`,
  );
}

const mismatch = (key: string, why: string, hint: string) =>
  new VantageError("usage", `Cannot set '${key}': ${why}`, { hint });

const quoted = (text: string) => `'${text.length > QUOTED ? text.slice(0, QUOTED) + "…" : text}'`;

const bare = (type: string) => type.replace(/!$/, "");
