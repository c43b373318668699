import * as v from "valibot";
import type { Json, ParameterType, SavedParameter } from "./command_types.ts";
import { PARAMETER_TYPES } from "./command_types.ts";
import { secretValue, unknownKey } from "./command_problems.ts";
import { oneLine, typeProblem } from "./command_values.ts";
import type { Problem } from "./problem.ts";
import { isSecretKey } from "./secrets.ts";
import type { Table } from "./table_problems.ts";
import { invalid, isTable } from "./table_problems.ts";
import { flag, oneOf } from "./values.ts";

/**
 * The options that every saved call has besides its own: those of all commands, and of output.
 * `--timeout-ms` is how the value of `--timeout` is called where the values are read.
 */
export const RESERVED_FLAGS: ReadonlySet<string> = new Set([
  ...["--profile", "--json", "--verbose", "--no-color", "--no-input", "--direct", "--home"],
  ...["--help", "--version", "--timings", "--timeout", "--timeout-ms", "--account"],
  ...["--columns", "--rows", "--sort", "--csv", "--yaml", "--jq", "--slurp"],
]);

/** Names of arguments and options. A dash that ends one, or doubles, has no camel case. */
const NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/i;

const KEYS = {
  description: oneLine,
  type: oneOf(PARAMETER_TYPES),
  choices: v.pipe(v.array(v.unknown(), "must be an array"), v.minLength(1, "must not be empty")),
  default: v.unknown(),
  required: flag,
};

type Key = keyof typeof KEYS;

/** A key's value once it has been checked; `choices` and `default` depend on the type. */
interface Written {
  description?: string;
  type?: ParameterType;
  choices?: unknown[];
  default?: unknown;
  required?: boolean;
}

/** Checks the table `arguments` or `options` of a call. */
export function checkParameters(
  kind: "arguments" | "options",
  value: unknown,
  at: readonly string[],
  problems: Problem[],
): SavedParameter[] {
  if (value === undefined) return [];
  if (!isTable(value)) {
    problems.push(invalid(at, `must be a table of ${kind}`));
    return [];
  }
  const found: SavedParameter[] = [];
  const taken = new Set<string>();
  for (const [name, table] of Object.entries(value)) {
    const keys = [...at, name];
    const must = nameProblem(name, kind);
    if (must !== undefined) problems.push(invalid(keys, must));
    else if (!isTable(table)) problems.push(invalid(keys, "must be a table"));
    else {
      const parameter = checkParameter(kind, name, table, keys, problems);
      const place = placeProblem(parameter, found, taken);
      if (place !== undefined) problems.push(invalid(keys, place));
      taken.add(attribute(name));
      found.push(parameter);
    }
  }
  return found;
}

function nameProblem(name: string, kind: "arguments" | "options"): string | undefined {
  if (!NAME.test(name)) {
    return "must have a name of letters and digits, with single '-' or '_' between them, " +
      "that starts with a letter";
  }
  if (kind === "options" && /^no-/.test(kebab(name))) return "must not start with 'no-'";
  // The parser of options would take what every object has for a value that was given.
  if (attribute(name) in {}) return "must have another name: this one is taken";
  return undefined;
}

function checkParameter(
  kind: "arguments" | "options",
  name: string,
  table: Table,
  at: readonly string[],
  problems: Problem[],
): SavedParameter {
  const written: Written = {};
  for (const [key, raw] of Object.entries(table)) {
    if (!Object.hasOwn(KEYS, key)) {
      problems.push(unknownKey([...at, key], Object.keys(KEYS)));
      continue;
    }
    const result = v.safeParse(KEYS[key as Key] as v.GenericSchema, raw);
    if (result.success) Object.assign(written, { [key]: result.output });
    else problems.push(invalid([...at, key], result.issues[0].message));
  }
  const { description = "", type = "string" } = written;
  const wrong = (key: Key, must: string) => problems.push(invalid([...at, key], must));

  const choices = written.choices as (string | number)[] | undefined;
  const impossible = choices && choicesProblem(type, choices);
  if (impossible !== undefined) wrong("choices", impossible);

  const fallback = written.default;
  if (fallback !== undefined) {
    const must = typeProblem(type, fallback);
    if (isSecretKey(name)) problems.push(secretValue([...at, "default"]));
    else if (must !== undefined) wrong("default", must);
    else if (choices && !choices.includes(fallback as string | number)) {
      wrong("default", "must be one of 'choices'");
    }
  }
  if (written.required && fallback !== undefined) {
    wrong("required", "must not be true where there is a 'default'");
  } else if (written.required && kind === "options" && type === "boolean") {
    wrong("required", "must not be true: an option of type 'boolean' is given or not");
  }
  const required = written.required ?? (kind === "arguments" && fallback === undefined);
  const isSwitch = type === "boolean" && fallback === true;
  return {
    name,
    flag: kind === "arguments" ? undefined : `--${isSwitch ? "no-" : ""}${kebab(name)}`,
    description,
    type,
    choices,
    default: fallback as Json | undefined,
    required: required && fallback === undefined,
  };
}

function choicesProblem(type: ParameterType, choices: readonly unknown[]): string | undefined {
  if (type === "boolean" || type === "json") return `must not be there for type '${type}'`;
  if (new Set(choices).size < choices.length) return "must not hold a value twice";
  const wrong = choices.find((choice) => typeProblem(type, choice) !== undefined);
  if (wrong !== undefined) return `must be an array of values of type '${type}'`;
  const fine = choices.every((choice) => typeof choice === "number" || v.is(oneLine, choice));
  return fine ? undefined : "must be an array of texts of one line";
}

/** What is wrong with a parameter beside those before it. */
function placeProblem(
  { name, flag, required }: SavedParameter,
  before: readonly SavedParameter[],
  taken: ReadonlySet<string>,
): string | undefined {
  if (flag !== undefined && RESERVED_FLAGS.has(flag)) {
    return `must have another name: '${flag}' is vantage's own`;
  }
  if (taken.has(attribute(name))) return "must have another name: one before it is written alike";
  if (flag === undefined && required && before.some((earlier) => !earlier.required)) {
    return "must not be required behind an argument that is not";
  }
  return undefined;
}

/** `clusterId` and `cluster_id` as a flag: `cluster-id`. */
function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").replaceAll("_", "-").toLowerCase();
}

/** What names that differ only in how words are joined have in common: `clusterId`. */
export function attribute(name: string): string {
  return kebab(name).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
