import { VantageError } from "../../errors.ts";

/** The largest event that is taken: bytes, or UTF-16 code units where it came as text. */
export const LARGEST_EVENT = 16 * 1024 * 1024;

export const tooLarge = (origin: string) =>
  new VantageError("api_answer", `${origin} sent an event of more than 16 MiB`, {
    hint: "Ask for fewer fields, or for fewer items of a list",
  });

/** A message that is not one of the protocol. */
export const garbled = (origin: string, cause: Error) =>
  new VantageError("api_answer", `${origin} sent what is no message of a subscription`, {
    cause,
    hint: "Check 'graphql_url', and whether a proxy stands between",
  });

/** The server's own errors in place of events (GraphQL, 7.1.2), which may be anything. */
export function failed(origin: string, errors: readonly unknown[]): VantageError {
  const message = (errors[0] as { message?: unknown } | null | undefined)?.message;
  const why = typeof message === "string" && message !== "" ? message : "it does not say why";
  return new VantageError("graphql_failed", `${origin} refuses the subscription: ${why}`, {
    hint: "Check the document, its variables, and what your account may see",
  });
}
