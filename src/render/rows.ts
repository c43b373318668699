import { VantageError } from "../errors.ts";
import { memberAt, namesNear } from "./member.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * The rows in an answer of JSON. `path` (dotted, with or without a leading `.` or `data.`) says
 * where they are: an array, the elements of a GraphQL connection (`nodes`, or the `node` of each of
 * `edges`), or one row. Without it they are looked for: see {@link found}. Null is no row. Throws
 * `output_refused` where nothing is at `path`.
 */
export function rowsOf(value: unknown, path?: string): readonly unknown[] {
  if (path === undefined) return found(value);
  const wanted = path.replace(/^\.(?=.)/, "");
  for (const at of [wanted, `data.${wanted}`, wanted.replace(/^data\./, "")]) {
    const there = memberAt(value, at);
    if (there === undefined) continue;
    if (there === null) return [];
    if (Array.isArray(there)) return /(^|\.)edges$/.test(at) ? nodes(there) : there;
    return typeof there === "object" && connection(there) || [there];
  }
  const names = namesNear([value], wanted) || namesNear([value], `data.${wanted}`);
  throw new VantageError("output_refused", `Cannot find '${path}' in the answer`, {
    hint: names ? `It has ${names}` : "It has no members: leave out --rows",
  });
}

/**
 * Goes down from `value` for as long as there is one way only: through an object's only member,
 * through `data`, to a connection, and to the only array of objects beside what tells about it
 * (`{"items": […], "total": 3}`). What is not such an envelope is one row.
 */
function found(value: unknown): readonly unknown[] {
  for (let at = value;;) {
    if (at === null || at === undefined) return [];
    if (Array.isArray(at)) return at;
    if (!isObject(at)) return [at];
    const rows = connection(at);
    if (rows) return rows;
    const next = inside(at);
    if (next === undefined) return [at];
    at = next;
  }
}

/** What the envelope `object` holds, undefined where it is none. */
function inside(object: Members): unknown {
  const names = Object.keys(object);
  const { data } = object;
  if (Array.isArray(data)) return data;
  if (names.includes("data") && names.every((name) => name === "data" || BESIDE_DATA.has(name))) {
    // A GraphQL answer with nothing but errors has no rows; its errors are told elsewhere.
    if (data === null || isObject(data)) return data;
  }
  if (names.length === 1) {
    const [only] = Object.values(object);
    return Array.isArray(only) || isObject(only) ? only : undefined;
  }
  const connections = Object.values(object).filter((member) =>
    isObject(member) && connection(member) !== undefined
  );
  const arrays = names.filter((name) => Array.isArray(object[name]) && !BESIDE_DATA.has(name));
  if (arrays.length === 0) return connections.length === 1 ? connections[0] : undefined;
  const [name = ""] = arrays;
  // What has an identity is a thing that has others, not a list of them.
  if (arrays.length > 1 || connections.length > 0 || Object.hasOwn(object, "id")) return undefined;
  const array = object[name] as unknown[];
  return (array.length > 0 ? array.every(isObject) : LISTS.has(name)) ? array : undefined;
}

/** What answers carry beside what they are about. */
const BESIDE_DATA = new Set(
  ["errors", "extensions", "meta", "links", "included", "jsonapi", "message", "messages", "status"]
    .concat(["success", "ok", "code", "error", "warnings"]),
);

/** What APIs call the list in an answer: an empty one cannot be told from its elements. */
const LISTS = new Set(
  ["items", "results", "result", "records", "rows", "entries", "elements", "objects", "resources"]
    .concat(["list", "content", "value", "values", "hits", "members"]),
);

/** The elements of a GraphQL connection, undefined where `value` is none. */
function connection(value: object): readonly unknown[] | undefined {
  const { nodes: list, edges } = value as Members;
  if (Array.isArray(list)) return list;
  return Array.isArray(edges) && edges.every(isEdge) ? nodes(edges) : undefined;
}

/** The `node` of each edge where all are such, else the elements. */
const nodes = (list: readonly unknown[]): readonly unknown[] =>
  list.every(isEdge) ? list.map((edge) => isObject(edge) ? edge.node : edge) : list;

/** An edge, or the null that GraphQL has for what was not to be had. */
const isEdge = (value: unknown) =>
  value === null || isObject(value) && Object.hasOwn(value, "node");

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
