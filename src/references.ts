import { clientIdOf, providerId } from "./accounts.ts";
import type { App } from "./app.ts";
import type { Account } from "./config/account.ts";
import { PROFILE_SERVICE } from "./config/account.ts";
import { namedAccount } from "./config/account_name.ts";
import { nearest } from "./config/suggest.ts";
import { isVantageError, VantageError } from "./errors.ts";
import { Secret } from "./secret.ts";
import { loginNeeded } from "./tokens/login_needed.ts";
import type { Reference } from "./tokens/reference.ts";
import { formatReference, isAccountReference, parseReference } from "./tokens/reference.ts";
import { savedCredentials } from "./tokens/saved_credentials.ts";
import { resolveByVals, valsReference } from "./vals.ts";

/** As many references are resolved at a time. */
const AT_ONCE = 8;

/** The credentials that a reference may name; `token` is a fresh access token, or the API key. */
export const REFERENCE_CREDENTIALS = [
  "token",
  "access_token",
  "id_token",
  "refresh_token",
  "api_key",
  "client_secret",
] as const;

type ReferenceCredential = typeof REFERENCE_CREDENTIALS[number];

/** Whether a text as a whole is a reference, a wrong one too. */
export function isReference(text: string): boolean {
  return isAccountReference(text) || valsReference(text) !== undefined;
}

/** The references of one command: each is resolved once, however often it is asked for. */
export class References {
  readonly #app: App;
  readonly #asked = new Map<string, Promise<Secret>>();
  /** Ends when nobody is being asked to log in. */
  #login: Promise<unknown> = Promise.resolve();

  constructor(app: App) {
    this.#app = app;
  }

  /** The values, or why there is none, in the order of the references; several are had at once. */
  async settle(references: readonly string[]): Promise<PromiseSettledResult<Secret>[]> {
    const settled: PromiseSettledResult<Secret>[] = [];
    const waiting = references.entries();
    const work = async () => {
      for (const [at, reference] of waiting) {
        [settled[at]] = await Promise.allSettled([this.resolve(reference)]) as [
          PromiseSettledResult<Secret>,
        ];
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.#app.interrupted.throwIfAborted();
    return settled;
  }

  /**
   * The value of one reference. Throws `reference_invalid`, `reference_unknown`, `vals_…`, and
   * what the source of the account's tokens throws.
   */
  async resolve(text: string): Promise<Secret> {
    const vals = valsReference(text);
    if (vals !== undefined) {
      const { system, interrupted } = this.#app;
      return await this.#once(vals, () => resolveByVals(system, vals, interrupted));
    }
    const reference = parseReference(text);
    const credential = credentialOf(reference);
    return await this.#once(
      formatReference({ ...reference, credential }),
      () => this.#credential(reference, credential),
    );
  }

  #once(key: string, resolve: () => Promise<Secret>): Promise<Secret> {
    const value = this.#asked.get(key) ?? resolve();
    this.#asked.set(key, value);
    return value;
  }

  async #credential(reference: Reference, credential: ReferenceCredential): Promise<Secret> {
    const account = await this.#account(reference, credential);
    switch (credential) {
      case "token":
      case "access_token":
        return await this.#accessToken(account);
      case "id_token":
        return (await this.#app.idToken(account)).value;
      case "refresh_token":
        return await this.#refreshToken(account);
      case "api_key":
        return await this.#apiKey(account);
      case "client_secret":
        return await this.#clientSecret(account);
    }
  }

  async #account(reference: Reference, credential: ReferenceCredential): Promise<Account> {
    const ofProvider = providerId(reference.service);
    if (credential === "client_secret" && reference.account === ofProvider.account) {
      return await this.#app.account(ofProvider);
    }
    try {
      return await this.#app.account(namedAccount(reference, undefined)!);
    } catch (error) {
      // The names are in the reference, and not on the command line.
      if (!isVantageError(error, "usage")) throw error;
      throw invalid(reference, lowerFirst(error.message), "Correct the reference");
    }
  }

  /** One login at a time, where a person is to log in to several accounts. */
  async #accessToken(account: Account): Promise<Secret> {
    const source = await this.#app.tokenSource(account);
    const token = async () => (await source.token()).value;
    if (!this.#app.person.canAnswer || !await this.#needsLogin(account)) return await token();
    const turn = this.#login.then(token);
    this.#login = turn.catch(() => {}); // whoever waits for the token hears of it
    return await turn;
  }

  async #needsLogin(account: Account): Promise<boolean> {
    try {
      await this.#app.requireNoLogin(account);
      return false;
    } catch {
      return true; // or something else that asking for the token will say
    }
  }

  async #refreshToken(account: Account): Promise<Secret> {
    const session = await this.#app.savedSession(account);
    if (!session) {
      const state = await (await this.#app.tokenManager(account)).state();
      throw loginNeeded(account.id, state);
    }
    return session.refreshToken ?? unknown(account, "refresh token", "Log in again");
  }

  async #apiKey(account: Account): Promise<Secret> {
    const { service, account: name } = account.id;
    const { apiKey } = await savedCredentials(await this.#app.stores.ofSecrets(account), account.id);
    const hint = `Store it with \`vantage account add ${service} ${name} --api-key -\``;
    return apiKey ?? unknown(account, "API key", hint);
  }

  async #clientSecret(account: Account): Promise<Secret> {
    const isProfile = account.definition.kind === "profile";
    const given = isProfile ? this.#app.system.env("VANTAGE_CLIENT_SECRET") : undefined;
    if (given !== undefined) return new Secret(given);
    const store = await this.#app.stores.ofSecrets(account);
    const { clientSecret } = await savedCredentials(store, clientIdOf(account));
    const { name } = account.definition;
    const command = isProfile
      ? `vantage profile set client_secret - -p ${name}`
      : `vantage provider set ${name} client_secret -`;
    return clientSecret ?? unknown(account, "client secret", `Store it with \`${command}\``);
  }
}

/** The credential that is named; `access_token` and `token` are one. Throws `reference_invalid`. */
function credentialOf(reference: Reference): ReferenceCredential {
  const { credential } = reference;
  const known = REFERENCE_CREDENTIALS.find((name) => name === credential);
  if (known !== undefined) return known === "access_token" ? "token" : known;
  const meant = nearest(credential, REFERENCE_CREDENTIALS);
  throw invalid(
    reference,
    `there is no credential '${credential}'`,
    (meant === undefined ? "" : `Did you mean '${meant}'? `) +
      `Credentials are ${REFERENCE_CREDENTIALS.join(", ")}`,
  );
}

function invalid(reference: Reference, problem: string, hint: string): VantageError {
  const text = formatReference(reference);
  return new VantageError("reference_invalid", `Cannot read reference '${text}': ${problem}`, {
    hint,
  });
}

function unknown({ id }: Account, what: string, hint: string): never {
  const name = id.service === PROFILE_SERVICE
    ? `profile '${id.account}'`
    : `account '${id.service}/${id.account}'`;
  throw new VantageError("reference_unknown", `The ${name} has no ${what}`, { hint });
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
