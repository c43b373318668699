import type { ApiRequest } from "../api/client.ts";
import { jsonBody } from "./api_request.ts";

/** What a GraphQL server is asked (GraphQL over HTTP, 5.4). */
export interface GraphqlCall {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string | undefined;
}

/** A call as a request. `isQuery`: it changes nothing at the server, and may be sent again. */
export function graphqlRequest(
  url: URL,
  { query, variables, operationName }: GraphqlCall,
  isQuery: boolean,
): ApiRequest {
  return {
    method: "POST",
    url,
    headers: { accept: "application/graphql-response+json, application/json;q=0.9" },
    body: jsonBody({
      query,
      ...Object.keys(variables).length > 0 && { variables },
      ...operationName !== undefined && { operationName },
    }),
    idempotent: isQuery,
  };
}
