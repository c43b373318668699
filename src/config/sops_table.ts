import * as v from "valibot";
import type { Problem } from "./problem.ts";
import { invalid, isTable, unknown } from "./table_problems.ts";
import { filePath } from "./values.ts";

const RECIPIENTS = "must be an array of age recipients, such as 'age1…'";

const KEYS = {
  path: filePath,
  recipients: v.array(
    v.pipe(v.string(RECIPIENTS), v.regex(/^age1[a-z0-9]+$/, RECIPIENTS)),
    RECIPIENTS,
  ),
  identity_file: filePath,
};

/** The store `sops`: its file, who may read it, and the key to read it with. Paths as written. */
export interface SopsTable {
  readonly path?: string;
  readonly recipients?: readonly string[];
  readonly identity_file?: string;
}

/** Checks [storage.sops]. */
export function checkSops(value: unknown, problems: Problem[]): SopsTable {
  const at = ["storage", "sops"];
  if (!isTable(value)) {
    problems.push(invalid(at, "must be a table"));
    return {};
  }
  const table: Record<string, unknown> = {};
  for (const [key, raw] of Object.entries(value)) {
    if (!Object.hasOwn(KEYS, key)) {
      problems.push(unknown([...at, key], Object.keys(KEYS)));
      continue;
    }
    const result = v.safeParse(KEYS[key as keyof typeof KEYS] as v.GenericSchema<unknown>, raw);
    if (result.success) table[key] = result.output;
    else problems.push(invalid([...at, key], result.issues[0].message));
  }
  return table;
}
