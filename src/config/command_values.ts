import * as v from "valibot";
import type { Json, ParameterType } from "./command_types.ts";
import { isTable } from "./table_problems.ts";

const LINE = "must be one line of text";

/** Text for a help page or a path of keys: one line that holds something. */
export const oneLine = v.pipe(
  v.string("must be a string"),
  // deno-lint-ignore no-control-regex -- to refuse them
  v.regex(/^(?=.*\S)[^\x00-\x1f\x7f-\x9f]*$/, LINE),
);

const COLUMNS = "must be an array of columns, such as 'name' or 'createdAt:CREATED'";

/** Columns as `--columns` has them, which reads them. */
export const columnList = v.pipe(
  v.array(v.pipe(v.string(COLUMNS), v.check((text) => v.is(oneLine, text), COLUMNS)), COLUMNS),
  v.minLength(1, COLUMNS),
);

/** What a value must be, for messages, and whether it is, by the type of its parameter. */
const TYPES: Readonly<
  Record<ParameterType, readonly [must: string, is: (value: unknown) => boolean]>
> = {
  string: ["must be a string", (value) => typeof value === "string"],
  integer: ["must be a whole number", Number.isSafeInteger],
  number: ["must be a number", Number.isFinite],
  boolean: ["must be true or false", (value) => typeof value === "boolean"],
  json: ["must be a string, number, boolean, array or table", isJson],
};

/** What a value of a parameter's type must be, undefined when it is. */
export function typeProblem(type: ParameterType, value: unknown): string | undefined {
  const [must, is] = TYPES[type];
  return is(value) ? undefined : must;
}

/** Whether a parsed value can be sent as JSON: TOML's dates, `inf` and `nan` cannot. */
export function isJson(value: unknown): value is Json {
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isTable(value) && Object.values(value).every(isJson);
}
