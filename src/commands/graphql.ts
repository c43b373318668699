import type { ApiClient } from "../api/client.ts";
import type { TypedText } from "../api/fields.ts";
import { parseFields } from "../api/fields.ts";
import type { Operation } from "../api/graphql/document.ts";
import type { Account } from "../config/account.ts";
import { describeAccount } from "../config/account_name.ts";
import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import type { ApiResult, CallOptions } from "./api.ts";
import { calledAccount } from "./api.ts";
import type { OutputOptions } from "./api_output.ts";
import { jqOf, outputForm } from "./api_output.ts";
import { checkedPages } from "./api_pages.ts";
import type { Given } from "./api_request.ts";
import { stdinOnce, textOf } from "./api_request.ts";
import { checkedOperation } from "./graphql_check.ts";
import { graphqlPages } from "./graphql_pages.ts";
import type { ServerSchema } from "./graphql_schema.ts";
import { subscriptionPages } from "./graphql_subscription.ts";

export interface GraphqlOptions extends OutputOptions, CallOptions {
  readonly fields: readonly TypedText[];
  /** A file with the document, `-` for stdin. */
  readonly input?: string | undefined;
  /** Which operation of the document. */
  readonly operation?: string | undefined;
  readonly paginate?: boolean | undefined;
  readonly subscribe?: boolean | undefined;
  readonly transport?: "auto" | "ws" | "sse" | undefined;
  /** Check the document by the server's schema before it is sent: always, never, or where it is known. */
  readonly check?: boolean | undefined;
}

/**
 * `vantage graphql QUERY`: a query, a mutation or a subscription with the account's token.
 * Throws `usage`, `graphql_invalid`, `config_incomplete`, `network`; reading the pages throws
 * `graphql_failed`, `api_…` and `token_refused`.
 */
export async function graphql(
  app: App,
  query: string | undefined,
  options: GraphqlOptions,
): Promise<ApiResult> {
  // Whatever is asked for, it has to make sense before anybody is asked.
  outputForm(options, { json: app.options.json, paginate: options.paginate ?? false });
  const given = stdinOnce(app.system);
  const document = await documentOf(app, given, query, options.input);
  const fields = await parseFields(options.fields, (path) => textOf(given, path));
  const account = await calledAccount(app, options);
  const { client, reach } = await app.api(account, "graphql_url", options.timeoutMs);
  const schema = await schemaOf(app, account, client, reach.base);
  const { operation, known } = await checkedOperation(schema, document, fields, {
    operationName: options.operation,
    mode: options.check ?? (app.system.stderr.isTerminal ? "ask" : "remembered"),
  });
  const { variablesFor } = await import("../api/graphql/variables.ts");
  const variables = variablesFor(operation, fields, known);
  return await calls(app, { account, client, url: reach.base, operation, variables }, options);
}

/** A call whose parts are known. */
export interface GraphqlCallParts {
  readonly account: Account;
  readonly client: ApiClient;
  readonly url: URL;
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The answers to a call, in the form that options ask for. Throws `usage`. */
export async function calls(
  app: App,
  { account, client, url, operation, variables }: GraphqlCallParts,
  options: OutputOptions & Pick<GraphqlOptions, "paginate" | "subscribe" | "transport">,
): Promise<ApiResult> {
  const { paginate = false, subscribe = false } = options;
  const isSubscription = operation.kind === "subscription";
  if (subscribe && !isSubscription) {
    throw new VantageError("usage", `Cannot subscribe to a ${operation.kind}`, {
      hint: "Begin the document with `subscription`, or leave out --subscribe",
    });
  }
  const perLine = isSubscription || paginate && !options.slurp;
  const form = outputForm(options, {
    json: app.options.json,
    paginate,
    perLine,
    blocking: app.system.blocking,
  });
  const call = { query: operation.text, variables, operationName: operation.name };
  if (isSubscription) {
    if (paginate) throw new VantageError("usage", "A subscription has no pages");
    const { tokens, certificates } = await app.connection(account);
    const parts = { app, client, url, tokens, certificates };
    const events = subscriptionPages(parts, call, options.transport ?? "auto");
    const pages = checkedPages(jqOf(form), events);
    return { kind: "pages", pages, form, interrupted: () => app.interrupted.aborted };
  }
  const { pagination } = await import("../api/graphql/pages.ts");
  const pages = graphqlPages(client, url, call, {
    isQuery: operation.kind === "query",
    ...paginate && { pagination: pagination(operation) },
  });
  return { kind: "pages", pages: checkedPages(jqOf(form), pages), form };
}

/** The document and what errors call it. Throws `usage`, `file_unusable`. */
async function documentOf(
  { system }: App,
  given: Given,
  query: string | undefined,
  input: string | undefined,
): Promise<{ text: string; name: string }> {
  if (query !== undefined && query !== "-" && input !== undefined) {
    throw new VantageError("usage", "A query and --input exclude each other");
  }
  if (query !== undefined && query !== "-") return { text: query, name: "query" };
  const path = input ?? "-";
  if (path === "-" && query === undefined && input === undefined && system.stdin.isTerminal) {
    throw new VantageError("usage", "No query is given", {
      hint: "Give it as an argument, with -i FILE, or on stdin",
    });
  }
  return { text: await textOf(given, path), name: path === "-" ? "stdin" : path };
}

async function schemaOf(
  app: App,
  account: Account,
  client: ApiClient,
  url: URL,
): Promise<ServerSchema> {
  const { ServerSchema } = await import("./graphql_schema.ts");
  const { schemaCache } = await import("../api/graphql/schema_cache.ts");
  const { files, clock } = app.system;
  const cache = schemaCache(files, app.paths().cache);
  return new ServerSchema({ client, url, account: describeAccount(account.id), cache, clock });
}
