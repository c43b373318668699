import { VantageError } from "../errors.ts";
import type { Blocking, Jq } from "../api/jq.ts";
import { jq } from "../api/jq.ts";

/** How a person wants the answers of an API. */
export interface OutputOptions {
  /** `a.b`, or `a.b:TITLE`. */
  readonly columns?: readonly string[] | undefined;
  /** Where in an answer the rows are, such as `data.clusters.nodes`. */
  readonly rows?: string | undefined;
  /** A column, with a dash before it for the reverse order. */
  readonly sort?: string | undefined;
  readonly csv?: boolean | undefined;
  readonly yaml?: boolean | undefined;
  readonly jq?: string | undefined;
  readonly slurp?: boolean | undefined;
}

/** What becomes of the answers on stdout. */
export type OutputForm =
  /** As they are. */
  | { readonly kind: "body"; readonly include: boolean }
  /** Pages as one: arrays joined, or with `slurp` an array of pages; `lines` one behind the other. */
  | { readonly kind: "pages"; readonly as: "joined" | "slurped" | "lines" }
  | { readonly kind: "jq"; readonly jq: Jq; readonly slurp: boolean }
  | {
    readonly kind: "records";
    readonly format: "table" | "csv" | "yaml" | "json";
    readonly columns?: readonly string[];
    readonly rows?: string;
    readonly sort?: string;
    readonly jq: Jq | undefined;
  };

/** Whether answers are read whole before anything of them is shown. */
export const readsWhole = (form: OutputForm): boolean => form.kind !== "body";

/** The jq program of a form. */
export const jqOf = (form: OutputForm): Jq | undefined => "jq" in form ? form.jq : undefined;

/** The form that options ask for. Throws `usage` where they contradict each other. */
export function outputForm(
  options: OutputOptions & { readonly include?: boolean | undefined },
  { json, paginate = false, perLine = false, blocking }: {
    /** `--json`: what would be a table is JSON. */
    readonly json: boolean;
    readonly paginate?: boolean;
    /** Each answer is a line, whatever it is. */
    readonly perLine?: boolean;
    /** Runs the jq program. */
    readonly blocking?: Blocking;
  },
): OutputForm {
  const { columns, rows, sort, csv, yaml, slurp = false, include = false } = options;
  if (csv && yaml) throw contradiction("--csv", "--yaml");
  if (include && json) throw contradiction("--include", "--json"); // that is one document
  if (slurp && !paginate) {
    throw new VantageError("usage", "There is nothing to slurp without --paginate");
  }
  const program = options.jq === undefined ? undefined : jq(options.jq, blocking);
  if (columns || rows !== undefined || sort !== undefined || csv || yaml) {
    if (include) throw contradiction("--include", "--columns and the like");
    return {
      kind: "records",
      format: json ? "json" : csv ? "csv" : yaml ? "yaml" : "table",
      ...(columns && { columns }),
      ...(rows !== undefined && { rows }),
      ...(sort !== undefined && { sort }),
      jq: program,
    };
  }
  if (program) {
    if (include) throw contradiction("--include", "--jq");
    return { kind: "jq", jq: program, slurp };
  }
  if (slurp || perLine || paginate && !include) {
    if (include) throw contradiction("--include", slurp ? "--slurp" : "--subscribe");
    // With `--json` pages are one document; events have no end to wait for.
    const isOne = slurp || json && paginate && perLine;
    return { kind: "pages", as: isOne ? "slurped" : perLine ? "lines" : "joined" };
  }
  return { kind: "body", include };
}

const contradiction = (one: string, other: string) =>
  new VantageError("usage", `${one} and ${other} exclude each other`);
