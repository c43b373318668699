import type { ApiClient, ApiRequest } from "../api/client.ts";
import type { Reach } from "../api/target.ts";
import type { Account } from "../config/account.ts";
import { accountId } from "../config/account_name.ts";
import { VantageError } from "../errors.ts";
import type { App } from "../app.ts";
import type { OutputForm, OutputOptions } from "./api_output.ts";
import { jqOf, outputForm, readsWhole } from "./api_output.ts";
import type { ApiPage } from "./api_pages.ts";
import { checkedPages, singlePage, wholePages } from "./api_pages.ts";
import type { RequestOptions } from "./api_request.ts";
import { requestOf, stdinOnce } from "./api_request.ts";
import type { Downloaded } from "./download.ts";
import { download } from "./download.ts";

/** What commands that call an API have in common. */
export interface CallOptions {
  /** `SERVICE/ACCOUNT` in place of the profile in use. */
  readonly account?: string | undefined;
  /** The longest silence of the server (milliseconds). */
  readonly timeoutMs?: number | undefined;
}

export interface ApiOptions extends RequestOptions, OutputOptions, CallOptions {
  readonly include?: boolean | undefined;
  readonly paginate?: boolean | undefined;
  /** A file for the body, `-` for stdout. */
  readonly output?: string | undefined;
}

/** Answers for stdout as they come, or the file that one was saved in. */
export type ApiResult =
  | {
    readonly kind: "pages";
    readonly pages: AsyncIterable<ApiPage>;
    readonly form: OutputForm;
    /** It ended because the person said so, which is the way to end it. */
    readonly interrupted?: () => boolean;
  }
  | { readonly kind: "saved"; readonly file: Downloaded };

/**
 * `vantage api PATH`: a request with the account's token. Throws `usage`, `config_incomplete`,
 * `redirect_refused`, `network`; reading the pages throws `api_…` and `token_refused`.
 */
export async function api(app: App, path: string, options: ApiOptions): Promise<ApiResult> {
  const account = await calledAccount(app, options);
  const { client, reach } = await app.api(account, "api_url", options.timeoutMs);
  const request = await requestOf(stdinOnce(app.system), reach, path, options);
  const output = options.output === "-" ? undefined : options.output;
  if (output === undefined) return answers(app, { client, reach, request }, options);
  if (request.headers?.range !== undefined) {
    throw new VantageError("usage", "--output asks for ranges by itself: leave out that header");
  }
  if (options.paginate || options.include || readsWhole(outputForm(options, { json: false }))) {
    throw new VantageError("usage", "--output takes the body of one answer as it is");
  }
  return { kind: "saved", file: await download(app, client, request, output) };
}

/** A request that is about to be sent. */
export interface Call {
  readonly client: ApiClient;
  readonly reach: Reach;
  readonly request: ApiRequest;
}

/** The answer to a request, or all its pages, in the form that options ask for. Throws `usage`. */
export function answers(
  app: App,
  { client, reach, request }: Call,
  options: OutputOptions & Pick<ApiOptions, "include" | "paginate">,
): ApiResult {
  const { paginate = false } = options;
  if (paginate && request.method !== "GET") {
    throw new VantageError("usage", "--paginate goes with GET requests only");
  }
  const form = outputForm(options, {
    json: app.options.json,
    paginate,
    blocking: app.system.blocking,
  });
  const pages = readsWhole(form) || paginate
    ? wholePages(client, request, { paginate, reach })
    : singlePage(client, request);
  return { kind: "pages", pages: checkedPages(jqOf(form), pages), form };
}

/** The account that a call is for. Throws `usage`, `profile_unknown`. */
export async function calledAccount(app: App, { account }: CallOptions): Promise<Account> {
  if (account === undefined) return await app.target({});
  const id = accountId(account);
  if (id) return await app.target(id);
  throw new VantageError("usage", `Cannot find the account '${account}'`, {
    hint: "Write it as SERVICE/ACCOUNT; `vantage account list` lists them",
  });
}
