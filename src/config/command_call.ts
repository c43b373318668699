import * as v from "valibot";
import type { SavedCall, SavedParameter, SavedTarget } from "./command_types.ts";
import { HTTP_METHODS } from "./command_types.ts";
import { checkFields, checkHeaders } from "./command_fields.ts";
import { attribute, checkParameters } from "./command_parameters.ts";
import { unknownKey } from "./command_problems.ts";
import { accountId } from "./account_name.ts";
import { columnList, oneLine } from "./command_values.ts";
import type { Problem } from "./problem.ts";
import { nearest } from "./suggest.ts";
import type { Table } from "./table_problems.ts";
import { invalid, isTable } from "./table_problems.ts";
import { flag } from "./values.ts";

const ACCOUNT = "must be 'SERVICE/ACCOUNT'";

/** The keys of a call that hold one value. */
const VALUES = {
  description: oneLine,
  example: oneLine,
  account: v.pipe(
    v.string(ACCOUNT),
    v.check((text) => accountId(text) !== undefined, ACCOUNT),
    v.transform(accountId),
  ),
  graphql: v.pipe(v.string("must be a string"), v.regex(/\S/, "must not be empty")),
  request: v.string("must be a string"),
  paginate: flag,
  rows: oneLine,
  columns: columnList,
  sort: oneLine,
};

type Written = { -readonly [K in keyof typeof VALUES]?: v.InferOutput<typeof VALUES[K]> };

/** The keys of a call that hold a table. */
const TABLES = ["arguments", "options", "fields", "headers"];

export const CALL_KEYS = [...Object.keys(VALUES), ...TABLES];

/** Whether a table is a call: it holds what a group cannot. */
export function isCall(table: Table): boolean {
  return Object.entries(table).some(([key, value]) =>
    isTable(value) ? TABLES.includes(key) : CALL_KEYS.includes(key) && key !== "description"
  );
}

/** Checks the table of a call. */
export function checkCall(table: Table, at: readonly string[], problems: Problem[]): SavedCall {
  const written: Written = {};
  for (const [key, raw] of Object.entries(table)) {
    if (TABLES.includes(key)) continue;
    if (!Object.hasOwn(VALUES, key)) {
      const problem = unknownKey([...at, key], CALL_KEYS);
      const hint = "A command with 'graphql' or 'request' has no commands below it";
      problems.push(isTable(raw) && problem.hint === undefined ? { ...problem, hint } : problem);
      continue;
    }
    const result = v.safeParse(VALUES[key as keyof typeof VALUES] as v.GenericSchema, raw);
    if (result.success) Object.assign(written, { [key]: result.output });
    else problems.push(invalid([...at, key], result.issues[0].message));
  }
  const below = <T>(
    key: string,
    check: (value: unknown, keys: readonly string[], problems: Problem[]) => T,
  ) => check(table[key], [...at, key], problems);
  const parameters = (kind: "arguments" | "options") =>
    below(kind, (value, keys) => checkParameters(kind, value, keys, problems));
  const call = {
    arguments: parameters("arguments"),
    options: parameters("options"),
    fields: below("fields", checkFields),
    headers: below("headers", checkHeaders),
  };
  checkNames(call, at, problems);
  const target = checkTarget(table, written, at, problems);
  if (target.kind === "graphql") checkVariables(target.document, call, at, problems);
  else checkPath(target.inPath, call, at, problems);
  if (written.paginate && target.kind === "http" && target.method !== "GET") {
    problems.push(invalid([...at, "paginate"], "must not be true: only GET requests have pages"));
  }
  return {
    kind: "call",
    description: written.description ?? written.request ?? "a GraphQL call",
    example: written.example,
    account: written.account,
    target,
    ...call,
    paginate: written.paginate ?? false,
    rows: written.rows,
    columns: written.columns,
    sort: written.sort,
  };
}

type Sent = Pick<SavedCall, "arguments" | "options" | "fields">;

/** The parameters of a call with the keys that lead to each. */
function parametersOf(call: Sent, at: readonly string[]): [SavedParameter, readonly string[]][] {
  return (["arguments", "options"] as const).flatMap((kind) =>
    call[kind].map((parameter): [SavedParameter, readonly string[]] => [
      parameter,
      [...at, kind, parameter.name],
    ])
  );
}

/** Whatever is sent under a name comes from one place. */
function checkNames(call: Sent, at: readonly string[], problems: Problem[]): void {
  const names = new Set(call.arguments.map(({ name }) => attribute(name)));
  for (const { name } of call.options) {
    if (!names.has(attribute(name))) continue;
    problems.push(invalid([...at, "options", name], "must have another name than an argument"));
  }
  for (const [{ name }, keys] of parametersOf(call, at)) {
    if (!Object.hasOwn(call.fields, name)) continue;
    problems.push(invalid(keys, "must have another name than a field"));
  }
}

/** What is to be sent. A target that is wrong is one that no other check complains of. */
function checkTarget(
  table: Table,
  { graphql, request }: Written,
  at: readonly string[],
  problems: Problem[],
): SavedTarget {
  const both = Object.hasOwn(table, "graphql") && Object.hasOwn(table, "request");
  const neither = !Object.hasOwn(table, "graphql") && !Object.hasOwn(table, "request");
  if (both) problems.push(invalid([...at, "request"], "must not stand beside 'graphql'"));
  if (neither) problems.push(invalid(at, "must have a key 'graphql' or 'request'"));
  if (request !== undefined && !both) {
    const target = parseRequest(request);
    if (typeof target !== "string") return target;
    problems.push(invalid([...at, "request"], target));
  }
  if (graphql !== undefined && !both) return { kind: "graphql", document: graphql };
  return { kind: "http", method: "GET", path: "/", inPath: [] };
}

/** `METHOD /path` as a target, or what it must be. */
function parseRequest(request: string): SavedTarget | string {
  const [, word, path] = /^(\S+) (\/\S*)$/.exec(request) ?? [];
  const method = HTTP_METHODS.find((name) => name === word);
  if (path === undefined || method === undefined) {
    return `must be 'METHOD /path', where METHOD is one of ${HTTP_METHODS.join(", ")}`;
  }
  // The URL parser takes both for the start of another host, and drops some characters silently.
  if (/^\/[/\\]|[\\#]|[^\x21-\x7e]/.test(path)) {
    return "must have a path of printable ASCII without '#', '\\' and a second '/' at its start";
  }
  const inPath = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const rest = path.replaceAll(/\{[^{}]+\}/g, "");
  if (/[{}]/.test(rest)) return "must have a name between '{' and '}', and no other braces";
  return { kind: "http", method, path, inPath: [...new Set(inPath)] };
}

/** Each place in the path has a value whenever the call is made. */
function checkPath(
  inPath: readonly string[],
  call: Sent,
  at: readonly string[],
  problems: Problem[],
): void {
  const parameters = parametersOf(call, at);
  for (const name of inPath) {
    const [parameter, keys] = parameters.find(([{ name: own }]) => own === name) ?? [];
    if (!parameter || !keys) {
      const meant = nearest(name, parameters.map(([{ name }]) => name));
      problems.push({
        ...invalid([...at, "request"], `has '{${name}}', which is no argument or option`),
        ...meant !== undefined && { hint: `Did you mean '{${meant}}'?` },
      });
    } else if (parameter.type === "json") {
      problems.push(invalid(keys, "must have another type than 'json' to be in the path"));
    } else if (!parameter.required && parameter.default === undefined) {
      const must = parameter.flag === undefined
        ? "must be required or have a 'default', because it is in the path"
        : "must have 'required = true' or a 'default', because it is in the path";
      problems.push(invalid(keys, must));
    }
  }
}

/** A GraphQL document declares every variable that it is sent (a look, no parsing). */
function checkVariables(
  document: string,
  call: Sent,
  at: readonly string[],
  problems: Problem[],
): void {
  const declared = new Set(
    [...document.matchAll(/\$([_A-Za-z][_0-9A-Za-z]*)/g)].map(([, name]) => name),
  );
  const sent = [
    ...parametersOf(call, at).map(([, keys]) => keys),
    ...Object.keys(call.fields).map((name) => [...at, "fields", name]),
  ];
  for (const keys of sent) {
    if (declared.has(keys.at(-1))) continue;
    problems.push(invalid(keys, `is no variable of 'graphql', which has no '$${keys.at(-1)}'`));
  }
}
