import type { GraphQLSchema } from "graphql";
import type { ApiClient } from "../api/client.ts";
import { INTROSPECTION_QUERY, readIntrospection } from "../api/graphql/introspection.ts";
import type { SchemaCache } from "../api/graphql/schema_cache.ts";
import { isFresh } from "../api/graphql/schema_cache.ts";
import { jsonOf, wholeAnswer } from "../api/whole.ts";
import { isVantageError } from "../errors.ts";
import type { Clock } from "../system.ts";
import { graphqlRequest } from "./graphql_request.ts";

interface SchemaParts {
  readonly client: ApiClient;
  readonly url: URL;
  /** Whose schema it is: servers show people what they may use. */
  readonly account: string;
  readonly cache: SchemaCache;
  readonly clock: Clock;
}

/** The schema of a server, as it was last told, or asked for. */
export class ServerSchema {
  readonly #parts: SchemaParts;

  constructor(parts: SchemaParts) {
    this.#parts = parts;
  }

  /** What is remembered, undefined where that is nothing, old, or that the server tells nobody. */
  async remembered(): Promise<GraphQLSchema | undefined> {
    const { cache, url, account, clock } = this.#parts;
    const known = await cache.get(url.href, account);
    if (!known?.introspection || !isFresh(known, clock.now())) return undefined;
    return readIntrospection(known.introspection);
  }

  /** Whether the server has lately refused to tell. */
  async isRefused(): Promise<boolean> {
    const { cache, url, account, clock } = this.#parts;
    const known = await cache.get(url.href, account);
    return known !== undefined && known.introspection === null && isFresh(known, clock.now());
  }

  /** Asks the server, and remembers the answer. Undefined where it does not tell. Throws `network`. */
  async asked(): Promise<GraphQLSchema | undefined> {
    const { client, cache, url, account, clock } = this.#parts;
    const answer = await wholeAnswer(
      client,
      graphqlRequest(url, { query: INTROSPECTION_QUERY, variables: {} }, true),
    );
    const schema = answer.status < 400 ? read(answer) : undefined;
    // With another token, or later, it may tell.
    if (answer.status >= 500 || answer.status === 429 || answer.status === 401) return undefined;
    const introspection = schema ? jsonOf(answer).value as object : null;
    await cache.set(url.href, account, { fetched_at: clock.now(), introspection });
    return schema;
  }
}

function read(answer: Parameters<typeof jsonOf>[0]): GraphQLSchema | undefined {
  try {
    return readIntrospection(jsonOf(answer).value);
  } catch (error) {
    if (isVantageError(error, "api_answer")) return undefined;
    throw error;
  }
}
