import type { App } from "../../app.ts";
import type { Account } from "../../config/account.ts";
import { describeAccount } from "../../config/account_name.ts";
import type { Choice, HelperSetup } from "../../helpers/chosen_account.ts";
import { entryChoice, hostChoice, namedChoice } from "../../helpers/chosen_account.ts";
import type { GitCredential, GitRequest } from "../../helpers/git_credential.ts";
import { parseGitRequest, wantsBearer } from "../../helpers/git_credential.ts";
import { givenCredential, keptKey } from "../../helpers/given_credential.ts";
import { keepKey } from "../../helpers/kept_key.ts";
import type { Place } from "../../helpers/place.ts";
import { isLoopback, placeOf } from "../../helpers/place.ts";
import { markRefused } from "../../helpers/refused_token.ts";
import { Secret } from "../../secret.ts";

/** What is answered; undefined lets git go on to its other helpers, and to asking the person. */
export type GitResult = GitCredential | undefined;

/** Git decodes the host of a URL, so `github.com%2f.evil.example` comes as one with a slash. */
const NO_HOST = /[/\\?#@]/;

/**
 * `vantage credential-helper git get|store|erase`, as gitcredentials(7) has it. Any other
 * operation is ignored, for the sake of a git that has learned more. Throws `usage`, and what
 * the token source and the store throw.
 */
export async function gitHelper(
  app: App,
  setup: HelperSetup,
  operation: string,
): Promise<GitResult> {
  const run = OPERATIONS[operation];
  if (!run) return undefined;
  const request = parseGitRequest(await app.system.stdin.readAll());
  const { protocol, host, path = "" } = request;
  if (!host || NO_HOST.test(host) || protocol !== "https" && protocol !== "http") return undefined;
  const choice = await choose(app, setup, request, placeOf(`${host}/${path}`, protocol));
  if (choice.kind !== "account") {
    if (operation === "get") explain(app, choice, host);
    return undefined;
  }
  if (protocol === "http" && !isLoopback(host)) {
    if (operation === "get") {
      const whose = describeAccount(choice.account.id);
      app.person.warn(
        `vantage does not send the token of ${whose} to http://${host}: it would travel ` +
          "unencrypted. Use https",
      );
    }
    return undefined;
  }
  return await run(app, choice, request);
}

type Chosen = Extract<Choice, { kind: "account" }>;
type Operation = (app: App, chosen: Chosen, request: GitRequest) => Promise<GitResult>;

const OPERATIONS: Partial<Record<string, Operation>> = { get, store, erase };

async function choose(
  app: App,
  setup: HelperSetup,
  { username }: GitRequest,
  asked: Place,
): Promise<Choice> {
  const { git } = (await app.config()).helpers;
  return await namedChoice(app, setup, git, asked) ??
    await entryChoice(app, git, asked) ??
    await hostChoice(app, asked, username);
}

function explain(app: App, choice: Exclude<Choice, Chosen>, host: string): void {
  if (choice.kind === "several") {
    const names = choice.ids.map(({ service, account }) => `${service}/${account}`).join(", ");
    app.person.warn(
      `vantage has several accounts for ${host} (${names}). Choose one by ` +
        `\`git config credential.https://${host}.username ${choice.ids[0]?.account}\`, or by ` +
        `[credential_helper.git] in config.toml`,
    );
  } else if (choice.kind === "elsewhere") {
    app.person.warn(
      `vantage does not send the token of ${describeAccount(choice.account.id)} to ${host}: ` +
        `nothing says that it is for that host. Give --host ${host} to the helper if it is`,
    );
  }
}

async function get(app: App, { account }: Chosen, request: GitRequest): Promise<GitResult> {
  const { owner, ...credential } = await givenCredential(app, account);
  // Somebody else's password is no answer to who asks for a user's own.
  const { username = owner } = request;
  if (owner !== undefined && username !== owner) return undefined;
  return { ...credential, asBearer: wantsBearer(request) };
}

/**
 * Git has used a credential with success. Ours is kept already; what another helper made is its
 * own to keep; a password that a person typed becomes the API key of an account that was
 * appointed for the place and has nothing yet.
 */
async function store(
  app: App,
  { account, appointed }: Chosen,
  { username, password, isGenerated }: GitRequest,
): Promise<undefined> {
  if (!appointed || isGenerated || !username || !password) return;
  const { kind } = await (await app.tokenManager(account)).state();
  if (kind !== "none" || app.usesEnvironmentToken(account)) return;
  await keepKey(app, account, username, new Secret(password));
}

/** A server refused a credential. If it is ours, the next one is another; nothing is deleted. */
async function erase(
  app: App,
  { account }: Chosen,
  { host, password: text }: GitRequest,
): Promise<undefined> {
  if (!text) return;
  const password = new Secret(text);
  if (await markRefused(app, account, password)) return;
  const what = await refusedSecret(app, account, password);
  if (what === undefined) return;
  const { service, account: name } = account.id;
  const replace = what === "API key"
    ? `vantage account add ${service} ${name} --api-key - --force`
    : `vantage login ${service} ${name} --force`;
  app.person.warn(
    `${host} refuses the ${what} of ${describeAccount(account.id)}. It is kept; replace it with ` +
      `\`${replace}\``,
  );
}

/** What of the account the refused password is; undefined where it is none of its own. */
async function refusedSecret(
  app: App,
  account: Account,
  password: Secret,
): Promise<"token" | "API key" | undefined> {
  if (password.equals((await app.savedSession(account))?.accessToken)) return "token";
  if (password.equals((await keptKey(app, account)).apiKey)) return "API key";
  return undefined;
}
