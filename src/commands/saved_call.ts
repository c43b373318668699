import type { ApiRequest } from "../api/client.ts";
import type { Reach } from "../api/target.ts";
import { targetUrl } from "../api/target.ts";
import type { App } from "../app.ts";
import type { Account } from "../config/account.ts";
import type { Json, SavedCall, SavedTarget } from "../config/command_types.ts";
import { VantageError } from "../errors.ts";
import type { ApiResult, CallOptions } from "./api.ts";
import { answers, calledAccount } from "./api.ts";
import type { OutputOptions } from "./api_output.ts";
import { jsonBody } from "./api_request.ts";
import { calls } from "./graphql.ts";

type Values = Readonly<Record<string, Json>>;
type Http = Extract<SavedTarget, { kind: "http" }>;

/**
 * `vantage NAME`, as the settings define it: a table for people where the call names rows or
 * columns, the answer itself with `--json` and `--jq`. Throws what `api` and `graphql` do.
 */
export async function savedCall(
  app: App,
  call: SavedCall,
  values: Values,
  output: OutputOptions & CallOptions,
): Promise<ApiResult> {
  const account = output.account === undefined && call.account
    ? await app.account(call.account)
    : await calledAccount(app, output);
  const options = { ...output, ...shownBy(app, call, output), paginate: call.paginate };
  const { target } = call;
  return target.kind === "graphql"
    ? await graphqlAnswers(app, account, target.document, { ...call.fields, ...values }, options)
    : await httpAnswers(app, account, call, target, values, options);
}

/** What the call says of its rows, where rows are what is shown. */
function shownBy({ options }: App, call: SavedCall, output: OutputOptions): OutputOptions {
  const { columns, rows, sort, csv, yaml } = output;
  const asked = columns !== undefined || rows !== undefined || sort !== undefined || csv || yaml;
  if (!asked && (options.json || output.jq !== undefined)) return {};
  return {
    rows: rows ?? call.rows,
    columns: columns ?? call.columns,
    sort: sort ?? call.sort,
  };
}

async function graphqlAnswers(
  app: App,
  account: Account,
  document: string,
  variables: Values,
  options: OutputOptions & CallOptions & { readonly paginate: boolean },
): Promise<ApiResult> {
  const { client, reach } = await app.api(account, "graphql_url", options.timeoutMs);
  const { parseDocument } = await import("../api/graphql/document.ts");
  const operation = parseDocument(document, "graphql");
  return await calls(app, { account, client, url: reach.base, operation, variables }, options);
}

async function httpAnswers(
  app: App,
  account: Account,
  call: SavedCall,
  target: Http,
  values: Values,
  options: OutputOptions & CallOptions & { readonly paginate: boolean },
): Promise<ApiResult> {
  const { client, reach } = await app.api(account, "api_url", options.timeoutMs);
  return answers(app, { client, reach, request: requestOf(reach, call, target, values) }, options);
}

/** Methods whose values go into the query. */
const BODILESS = ["GET", "HEAD", "OPTIONS", "DELETE"];

function requestOf(reach: Reach, call: SavedCall, target: Http, values: Values): ApiRequest {
  const { method, path, inPath } = target;
  const url = targetUrl(
    reach,
    path.replaceAll(/\{([^{}]*)\}/g, (_, name) => segment(name, values)),
  );
  const rest = Object.entries({ ...call.fields, ...values })
    .filter(([name]) => !inPath.includes(name));
  const inQuery = BODILESS.includes(method);
  if (inQuery) {
    for (const [name, value] of rest) {
      for (const each of Array.isArray(value) ? value : [value]) {
        url.searchParams.append(name, typeof each === "object" ? JSON.stringify(each) : `${each}`);
      }
    }
  }
  return {
    method,
    url,
    headers: { accept: "application/json", ...call.headers },
    body: inQuery || rest.length === 0 ? undefined : jsonBody(Object.fromEntries(rest)),
  };
}

/** A value as one segment of a path: it must not become another path. Throws `usage`. */
function segment(name: string, values: Values): string {
  const value = String(values[name] ?? "");
  if (value !== "" && value !== "." && value !== "..") return encodeURIComponent(value);
  throw new VantageError("usage", `'${name}' cannot be '${value}': it is part of a path`);
}
