import { clientIdOf, providerId } from "./accounts.ts";
import type { App } from "./app.ts";
import type { Account } from "./config/account.ts";
import { nameProblem } from "./config/names.ts";
import { nearest } from "./config/suggest.ts";
import { VantageError } from "./errors.ts";
import type { Secret } from "./secret.ts";
import type { Reference } from "./tokens/reference.ts";
import { formatReference, parseReference } from "./tokens/reference.ts";
import { savedCredentials } from "./tokens/saved_credentials.ts";
import { isValsReference, valsValue } from "./vals.ts";

/** How many references are resolved at a time. */
const MOST_AT_ONCE = 8;

/** How to get each credential; undefined where the account has none. */
const CREDENTIALS: Record<string, (app: App, account: Account) => Promise<Secret | undefined>> = {
  token: accessToken,
  access_token: accessToken,
  id_token: async (app, account) => (await app.idToken(account)).value,
  // By way of the manager: a token that is renewed beside us must not leave us the replaced one.
  refresh_token: async (app, account) =>
    (await (await app.tokenManager(account)).session()).refreshToken,
  async api_key(app, account) {
    const secrets = await savedCredentials(await app.stores.ofSecrets(account), account.id);
    if (secrets.apiKey) return secrets.apiKey;
    return (await savedCredentials(await app.store(account), account.id)).apiKey;
  },
  async client_secret(app, account) {
    const store = await app.stores.ofSecrets(account);
    return (await savedCredentials(store, clientIdOf(account))).clientSecret;
  },
};

async function accessToken(app: App, account: Account): Promise<Secret> {
  return (await (await app.tokenSource(account)).token()).value;
}

/** Whether a text as a whole is meant as a reference, right or wrong. */
export const isReference = (text: string): boolean =>
  text.startsWith("auth://") || isValsReference(text);

/** Resolves references, each of them once. */
export class References {
  readonly #values = new Map<string, Promise<Secret>>();
  readonly #free: (() => void)[] = [];
  #running = 0;

  constructor(readonly app: App) {}

  /**
   * The value of `auth://SERVICE/ACCOUNT/CREDENTIAL`, `ref+BACKEND://…` or `vals:ref+…`. Throws
   * `reference_invalid`, `reference_unknown`, `vals_failed`, and what a token source throws.
   */
  resolve(text: string): Promise<Secret> {
    const known = this.#values.get(text);
    if (known) return known;
    const value = this.#inTurn(() => this.#resolve(text));
    this.#values.set(text, value);
    return value;
  }

  async #resolve(text: string): Promise<Secret> {
    if (isValsReference(text)) {
      return await valsValue(this.app.system, text, this.app.interrupted);
    }
    const reference = checked(parseReference(text), text);
    const { service, account, credential } = reference;
    const value = await CREDENTIALS[credential]!(
      this.app,
      await this.app.account({ service, account }),
    );
    if (!value) throw unknown(reference);
    if (isReference(value.expose())) {
      // VANTAGE_TOKEN is used as it is, also where it was meant for the program that `exec` runs.
      throw invalid(text, "has a reference for its value", "Unset VANTAGE_TOKEN");
    }
    return value;
  }

  /** A person can answer one login at a time. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const most = this.app.person.canAnswer ? 1 : MOST_AT_ONCE;
    while (this.#running >= most) await new Promise<void>((resolve) => this.#free.push(resolve));
    this.#running++;
    try {
      this.app.interrupted.throwIfAborted();
      return await work();
    } finally {
      this.#running--;
      this.#free.shift()?.();
    }
  }
}

function checked(reference: Reference, text: string): Reference {
  const { service, account, credential } = reference;
  if (!Object.hasOwn(CREDENTIALS, credential)) throw wrongCredential(reference, text);
  const ofProvider = account === providerId(service).account;
  if (ofProvider && credential !== "client_secret") {
    throw invalid(text, `names a provider, which has a 'client_secret' only`);
  }
  const names = ofProvider ? [service] : [service, account];
  for (const name of names) {
    const wrong = nameProblem(name);
    if (wrong !== undefined) throw invalid(text, `has the name '${name}', which ${wrong}`);
  }
  return reference;
}

function wrongCredential(reference: Reference, text: string): VantageError {
  const names = Object.keys(CREDENTIALS);
  const meant = nearest(reference.credential, names);
  const hint = meant === undefined
    ? `A credential is one of ${names.join(", ")}`
    : `Did you mean '${formatReference({ ...reference, credential: meant })}'?`;
  return invalid(text, `names no credential: '${reference.credential}' is not one`, hint);
}

function invalid(text: string, problem: string, hint?: string): VantageError {
  return new VantageError("reference_invalid", `Reference '${text}' ${problem}`, {
    hint: hint ?? "`vantage account list` lists the accounts there are",
  });
}

function unknown({ service, account, credential }: Reference): VantageError {
  const name = `${service}/${account}`;
  return new VantageError("reference_unknown", `Account '${name}' has no '${credential}'`, {
    hint: HINTS[credential]?.(service, account) ??
      `Log in first: \`vantage login ${loginArguments(service, account)}\``,
  });
}

const HINTS: Record<string, (service: string, account: string) => string> = {
  api_key: (service, account) =>
    `Store one with \`vantage account add ${service} ${account} --api-key -\``,
  client_secret: (service, account) =>
    service === "vantage" && account !== providerId(service).account
      ? `Store it with \`vantage profile set client_secret - -p ${account}\``
      : `Store it with \`vantage provider set ${service} client_secret -\``,
};

const loginArguments = (service: string, account: string) =>
  service === "vantage" ? `-p ${account}` : `${service} ${account}`;
