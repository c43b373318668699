import { LOOKED_AT_BYTES, shortened, statusError } from "../api/answer_error.ts";
import type { ApiClient } from "../api/client.ts";
import type { Pagination } from "../api/graphql/pages.ts";
import type { WholeAnswer } from "../api/whole.ts";
import { jsonOf, wholeAnswer } from "../api/whole.ts";
import { isVantageError, VantageError } from "../errors.ts";
import type { ApiPage } from "./api_pages.ts";
import type { GraphqlCall } from "./graphql_request.ts";
import { graphqlRequest } from "./graphql_request.ts";

/**
 * The answer to a call, or all its pages. Data beside errors is given before the error is thrown.
 * Throws `graphql_failed`, `api_…`, `token_refused`, `network`.
 */
export async function* graphqlPages(
  client: ApiClient,
  url: URL,
  call: GraphqlCall,
  { isQuery, pagination }: { readonly isQuery: boolean; readonly pagination?: Pagination },
): AsyncGenerator<ApiPage> {
  let variables = call.variables;
  while (true) {
    const answer = await wholeAnswer(client, graphqlRequest(url, { ...call, variables }, isQuery));
    const { data, errors } = readAnswer(answer);
    yield {
      status: answer.status,
      statusText: answer.statusText,
      headers: answer.headers,
      // Partial data is data: what was asked of it still holds.
      failed: data === undefined || data === null,
      body: once(answer.bytes),
    };
    // What a status says of the token or of the server goes before what the body says.
    if (answer.status === 401 || answer.status === 429 || answer.status >= 500) {
      throw httpError(answer);
    }
    if (errors.length > 0) throw failedError(errors);
    if (answer.status >= 400) throw httpError(answer);
    const cursor = pagination?.next(data);
    if (cursor === undefined) return;
    variables = { ...variables, [pagination!.variable]: cursor };
  }
}

async function* once(bytes: Uint8Array) {
  yield await Promise.resolve(bytes);
}

const httpError = (answer: WholeAnswer) =>
  statusError(answer, answer.bytes.subarray(0, LOOKED_AT_BYTES));

export interface GraphqlError {
  readonly message: string;
  readonly path: string;
}

/** An answer as GraphQL has it (GraphQL, 7.1). Throws where it is none. */
function readAnswer(answer: WholeAnswer): { data: unknown; errors: GraphqlError[] } {
  let value: unknown;
  try {
    value = jsonOf(answer).value;
  } catch (error) {
    if (answer.status >= 400 && isVantageError(error, "api_answer")) throw httpError(answer);
    throw error;
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const members = isObject ? value as Record<string, unknown> : {};
  const errors = errorsOf(members.errors);
  if (answer.status >= 400 && errors.length === 0) throw httpError(answer);
  if (!("data" in members) && errors.length === 0) {
    throw new VantageError("api_answer", `${answer.url.origin} does not answer as GraphQL does`, {
      hint: "Check 'graphql_url'",
    });
  }
  return { data: members.data, errors };
}

/** The errors of an answer, whatever they are. */
export function errorsOf(errors: unknown): GraphqlError[] {
  if (errors === undefined || errors === null) return [];
  return Array.isArray(errors) ? errors.map(errorOf) : [errorOf(errors)];
}

function errorOf(error: unknown): GraphqlError {
  const { message, path } = Object(error) as { message?: unknown; path?: unknown };
  const text = typeof error === "string" ? error : message;
  return {
    message: typeof text === "string" ? shortened(text) : "The server does not say what is wrong",
    path: Array.isArray(path) ? shortened(path.filter(isPart).join(".")) : "",
  };
}

/** Names and indices make a path (GraphQL, 7.1.2); what else there is may be nested without end. */
const isPart = (part: unknown) => typeof part === "string" || typeof part === "number";

/** What a server says is wrong, its first errors. */
export function failedError(errors: readonly GraphqlError[]): VantageError {
  const [first, ...others] = errors;
  const at = first?.path ? ` (at ${first.path})` : "";
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return new VantageError("graphql_failed", `${first?.message}${at}${more}`, {
    hint: "The answer's 'errors' say more; what else it has was printed",
  });
}
