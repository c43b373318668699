import type { App } from "../../app.ts";
import { describeAccount } from "../../config/account_name.ts";
import type { HelperEntry } from "../../config/helper_tables.ts";
import { isVantageError, VantageError } from "../../errors.ts";
import type { Choice, HelperSetup } from "../../helpers/chosen_account.ts";
import { entryChoice, namedChoice } from "../../helpers/chosen_account.ts";
import type { DockerCredential } from "../../helpers/docker_credential.ts";
import {
  parseServer,
  parseStored,
  registryOf,
  registryPlace,
  serverOf,
} from "../../helpers/docker_credential.ts";
import { givenCredential, keptKey } from "../../helpers/given_credential.ts";
import { dropKey, keepKey } from "../../helpers/kept_key.ts";
import { isLoopback } from "../../helpers/place.ts";

export const DOCKER_OPERATIONS = ["get", "store", "erase", "list"] as const;
export type DockerOperation = typeof DOCKER_OPERATIONS[number];

export type DockerResult =
  | { readonly kind: "credential"; readonly credential: DockerCredential }
  | { readonly kind: "not found" }
  /** User names by server. */
  | { readonly kind: "list"; readonly users: Readonly<Record<string, string>> }
  | { readonly kind: "done" };

/**
 * `vantage credential-helper docker get|store|erase|list`, as docker-credential-helpers have it.
 * Throws `usage`, `account_exists`, and what the token source and the store throw.
 */
export async function dockerHelper(
  app: App,
  setup: HelperSetup,
  operation: DockerOperation,
): Promise<DockerResult> {
  if (operation === "list") return { kind: "list", users: await list(app, setup) };
  const input = await app.system.stdin.readAll();
  if (operation === "store") {
    await store(app, setup, parseStored(input));
    return { kind: "done" };
  }
  const server = parseServer(input);
  const choice = await choose(app, setup, server);
  if (operation === "erase") {
    if (choice) await erase(app, choice);
    return { kind: "done" };
  }
  const credential = choice && await get(app, choice, server);
  return credential ? { kind: "credential", credential } : { kind: "not found" };
}

type Chosen = Extract<Choice, { kind: "account" }>;

async function entriesOf(app: App): Promise<HelperEntry[]> {
  const { docker } = (await app.config()).helpers;
  return docker.map(({ place, id }) => ({ place: registryPlace(place), id }));
}

/** The account for a server, undefined where there is none that may be used there. */
async function choose(app: App, setup: HelperSetup, server: string): Promise<Chosen | undefined> {
  const asked = registryOf(server);
  const entries = await entriesOf(app);
  const hosts = setup.hosts?.map(registryPlace);
  const choice = await namedChoice(app, { ...setup, hosts }, entries, asked) ??
    await entryChoice(app, entries, asked);
  if (choice?.kind !== "account") return undefined;
  if (asked.encrypted || isLoopback(asked.host)) return choice;
  app.person.warn(
    `vantage does not send the token of ${describeAccount(choice.account.id)} to ${server}: it ` +
      "would travel unencrypted. Use https",
  );
  return undefined;
}

async function get(app: App, { account }: Chosen, server: string): Promise<DockerCredential> {
  const { username, password } = await givenCredential(app, account);
  return { server, username, secret: password };
}

/** `docker login`: a password for an account without session; what is ours is kept already. */
async function store(app: App, setup: HelperSetup, given: DockerCredential): Promise<void> {
  const choice = await choose(app, setup, given.server);
  if (!choice) {
    const { host } = registryOf(given.server);
    throw new VantageError("account_unknown", `Cannot keep a password for '${host}'`, {
      hint: `Say whose it is, with "${host}" = "SERVICE/ACCOUNT" below ` +
        "[credential_helper.docker] in config.toml (`vantage config edit`)",
    });
  }
  const { account } = choice;
  const session = await app.savedSession(account);
  const { apiKey, apiKeyUser } = await keptKey(app, account);
  // Docker stores again what it has just got from us.
  if (given.secret.equals(session?.accessToken ?? apiKey)) return;
  if (!session && (!apiKey || apiKeyUser !== undefined)) {
    return await keepKey(app, account, given.username, given.secret);
  }
  const { service, account: name } = account.id;
  throw new VantageError(
    "account_exists",
    `Cannot keep a password for ${describeAccount(account.id)}: it has ` +
      (session ? "a session" : "an API key"),
    {
      hint: "Docker has its token without `docker login`; to use the password instead, first " +
        `run \`vantage account remove ${service} ${name}\``,
    },
  );
}

/** `docker logout`: what `docker login` brought goes; what came by vantage stays. */
async function erase(app: App, { account }: Chosen): Promise<void> {
  const { apiKey, apiKeyUser } = await keptKey(app, account);
  const session = await app.savedSession(account);
  if (!session && apiKey && apiKeyUser !== undefined && await dropKey(app, account)) return;
  if (!session && !apiKey) return;
  const { service, account: name } = account.id;
  app.person.warn(
    `${describeAccount(account.id)} stays as it is: ` +
      `\`vantage account remove ${service} ${name}\` removes it`,
  );
}

/** The servers of which there is a credential now. No network: Docker asks for each afterwards. */
async function list(app: App, setup: HelperSetup): Promise<Record<string, string>> {
  const users: Record<string, string> = {};
  for (const place of [...(await entriesOf(app)).map(({ place }) => place), ...setup.hosts ?? []]) {
    try {
      const choice = await choose(app, setup, place);
      if (!choice) continue;
      await app.requireNoLogin(choice.account);
      const { apiKeyUser } = await keptKey(app, choice.account);
      users[serverOf(place)] = apiKeyUser ?? choice.account.settings.git_username.value;
    } catch (error) {
      // One account that cannot be used must not keep Docker from the others.
      if (!isVantageError(error) || error.code === "interrupted") throw error;
      app.person.detail(1, error.message);
    }
  }
  return users;
}
