import { toVantageError, VantageError } from "../errors.ts";

/** A place and what went wrong there. */
export interface Failure {
  readonly place: string;
  readonly error: unknown;
}

/** How many failures an error tells before it only counts them. */
const MOST_TOLD = 5;

/**
 * One error for several failures: it has the code and the hint of the first, and tells the
 * others too. `what` is what could not be done: "Cannot start 'x'".
 */
export function failuresError(what: string, failures: readonly Failure[]): VantageError {
  const errors = failures.map(({ place, error }) => ({ place, error: toVantageError(error) }));
  const [first] = errors;
  if (!first) throw new RangeError("There is no failure to report");
  const told = errors.slice(0, MOST_TOLD).map(({ place, error }) => `${place}: ${error.message}`);
  if (errors.length > MOST_TOLD) told.push(`and ${errors.length - MOST_TOLD} more`);
  const { code, hint, cause } = first.error;
  return new VantageError(code, `${what}: ${told.join("; ")}`, {
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });
}
