import { VantageError } from "./errors.ts";
import { findProgram } from "./programs.ts";
import { Secret } from "./secret.ts";
import type { ProgramOutput, System } from "./system.ts";

/** How long `vals` may take for one reference (milliseconds): some of its backends are remote. */
const TIMEOUT_MS = 30_000;

/** The longest part of its complaint that is shown. */
const LONGEST_COMPLAINT = 300;

/** Whether a text as a whole is a reference for `vals` (https://github.com/helmfile/vals). */
export const isValsReference = (text: string): boolean =>
  /^(?:vals:)?ref\+[a-z][a-z0-9+.-]*:\/\//i.test(text);

/**
 * The value of `ref+BACKEND://…` by the program `vals`, which takes the reference and gives the
 * value through pipes. Throws `vals_failed`, and the reason of `interrupted`.
 */
export async function valsValue(
  system: Pick<System, "output" | "env" | "files" | "platform">,
  reference: string,
  interrupted: AbortSignal,
): Promise<Secret> {
  const program = await findProgram(system, "vals");
  if (program === undefined) throw missing(reference);
  const stdin = JSON.stringify({ value: reference.replace(/^vals:/i, "") });
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([interrupted, limit]);
  let output: ProgramOutput | undefined;
  try {
    const running = system.output(program, ["eval", "-o", "json", "-f", "-"], { stdin, signal });
    // What it has started may keep its output open after it was killed.
    output = await Promise.race([running, aborted(signal)]);
  } catch (error) {
    if (interrupted.aborted || !limit.aborted) throw error;
    throw failed(reference, `vals did not answer within ${TIMEOUT_MS / 1000} s`);
  }
  if (!output) throw missing(reference);
  if (output.status !== 0) {
    throw failed(reference, complaint(output) || `vals ended with status ${output.status}`);
  }
  return new Secret(valueIn(output, reference));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

function missing(reference: string): VantageError {
  return failed(
    reference,
    "the program 'vals' is not installed",
    "Install vals (https://github.com/helmfile/vals), or use an auth:// reference",
  );
}

/** Its last line is the error; what stands before may be a log. */
function complaint({ stderr }: ProgramOutput): string {
  return (stderr.trim().split("\n").at(-1) ?? "").slice(0, LONGEST_COMPLAINT);
}

function valueIn({ stdout }: ProgramOutput, reference: string): string {
  let value: unknown;
  try {
    value = Object(JSON.parse(stdout)).value;
  } catch {
    throw failed(reference, "the answer of vals is not JSON"); // without a cause: it may quote it
  }
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw failed(
    reference,
    "it is not a single value",
    "Name one of its values with a fragment, such as ref+file:///f.json#/key",
  );
}

function failed(
  reference: string,
  problem: string,
  hint = `Try it with \`vals get '${reference.replace(/^vals:/i, "")}'\``,
): VantageError {
  return new VantageError("vals_failed", `Cannot resolve '${reference}': ${problem}`, { hint });
}
