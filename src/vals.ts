import { VantageError } from "./errors.ts";
import { findProgram } from "./programs.ts";
import { Secret } from "./secret.ts";
import type { System } from "./system.ts";

/** A backend may have to log in first; one that takes longer hangs (milliseconds). */
const TIMEOUT_MS = 60_000;

const REFERENCE = /^(?:vals:)?(ref\+[A-Za-z][A-Za-z0-9.+-]*:\/\/.+)$/s;

/** The reference as `vals` writes it, undefined where a text is none. */
export function valsReference(text: string): string | undefined {
  return REFERENCE.exec(text)?.[1];
}

/**
 * The value of a `ref+BACKEND://…` reference, from the program `vals`. The reference goes to its
 * stdin, where no list of processes shows it. Throws `vals_missing`, `vals_failed`, and the
 * signal's reason.
 */
export async function resolveByVals(
  system: Pick<System, "env" | "files" | "output" | "platform" | "cwd">,
  reference: string,
  interrupted: AbortSignal,
): Promise<Secret> {
  const found = await findProgram(system, "vals", { search: system.env("PATH"), trusted: true });
  if (found.kind !== "found") throw missing(reference);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([interrupted, timeout]);
  const args = ["eval", "-s", "-o", "json", "-f", "-"];
  const stdin = JSON.stringify({ value: reference });
  try {
    const result = await system.output(found.path, args, { stdin, signal });
    if (!result) throw missing(reference);
    if (result.status === 0) return valueOf(reference, result.stdout);
    // It says what failed on its last line; whoever shows it takes out secrets and controls.
    const said = result.stderr.trim().split("\n").at(-1) || `it ended with status ${result.status}`;
    throw failed(reference, said);
  } catch (error) {
    if (error !== timeout.reason) throw error;
    throw failed(reference, `it took more than ${TIMEOUT_MS / 1000} seconds`);
  }
}

function valueOf(reference: string, stdout: string): Secret {
  let value: unknown;
  try {
    value = JSON.parse(stdout)?.value;
  } catch {
    throw failed(reference, "its answer is not JSON"); // the parser would quote the answer
  }
  if (typeof value === "number" || typeof value === "boolean") value = String(value);
  if (typeof value === "string") return new Secret(value);
  throw failed(reference, "it names no single value");
}

function missing(reference: string): VantageError {
  return new VantageError(
    "vals_missing",
    `Cannot resolve '${reference}': the program 'vals' is not on PATH`,
    { hint: "Install vals (https://github.com/helmfile/vals), or use an auth:// reference" },
  );
}

function failed(reference: string, problem: string): VantageError {
  return new VantageError("vals_failed", `Cannot resolve '${reference}': vals: ${problem}`, {
    hint: "Try the reference with `vals get`",
  });
}
