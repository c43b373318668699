import type { App } from "../../app.ts";
import type { Account } from "../../config/account.ts";
import { howToSet } from "../../config/account.ts";
import { editConfig } from "../../config/config_edit.ts";
import { presetOf } from "../../config/presets.ts";
import { checkSetting } from "../../config/setting_values.ts";
import type { EditValue } from "../../config/toml_text.ts";
import { isVantageError, VantageError } from "../../errors.ts";
import type { RegisteredClient } from "../../oauth/register.ts";
import type { Secret } from "../../secret.ts";
import { checkWritable } from "../../tokens/credential_update.ts";
import {
  requireAddress,
  requireNoAddresses,
  requireNoClient,
  requireRegistrable,
} from "../registrable.ts";
import { readSecret } from "../secret_input.ts";

export interface RegisterOptions {
  readonly issuer?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly clientName: string;
  /** `-` reads it from stdin, true asks for it. */
  readonly initialAccessToken?: string | true | undefined;
  /** Register again, although there is a client id. */
  readonly force?: boolean | undefined;
}

export interface ProviderRegisterResult {
  readonly provider: string;
  readonly client: RegisteredClient;
  /** The store that has the client's secret; undefined for a client without one. */
  readonly store: string | undefined;
}

/**
 * `vantage provider register NAME`: registers a client of its own where the provider lets
 * programs do so (RFC 7591), and notes it in the settings; its secret goes to the store first.
 * Throws `client_exists`, `not_supported`, `client_refused`, `usage`.
 */
export async function providerRegister(
  app: App,
  name: string,
  { issuer, scope, clientName, initialAccessToken, force = false }: RegisterOptions,
): Promise<ProviderRegisterResult> {
  requireRegistrable(name);
  const config = await app.config();
  const known = config.providers.get(name)?.settings;
  if (!force) requireNoClient(name, config);
  if (issuer !== undefined) requireNoAddresses(name, config);

  const account = await app.account({ service: name, account: "_provider" }, {
    issuer,
    scopes: scope,
  });
  requireAddress(account);
  // A client whose secret cannot be kept is of no use.
  const store = await app.stores.ofSecrets(account);
  await checkWritable({ store, clock: app.system.clock, id: account.id }, app.interrupted);
  const token = initialAccessToken === undefined
    ? undefined
    : await readToken(app, name, initialAccessToken);
  const client = await register(app, account, { clientName, scopes: scope, token });
  requireUsable(client);

  const of = { kind: "provider", name } as const;
  if (client.clientSecret) await app.saveClientSecret(of, client.clientSecret);
  else await app.deleteClientSecret(of);
  await note(app, name, client, {
    expected: known?.client_id,
    settings: {
      ...(issuer !== undefined && { issuer }),
      client_id: client.clientId,
      ...clientAuth(account, client),
      ...(scope && { scopes: [...client.scopes ?? account.settings.scopes.value] }),
    },
  });
  return {
    provider: name,
    client,
    store: client.clientSecret && store.name,
  };
}

function readToken(app: App, name: string, text: string | true): Promise<Secret> {
  return readSecret(app, text === true ? undefined : text, {
    name: "--initial-access-token",
    question: `Initial access token of '${name}'`,
    command: `vantage provider register ${name} --initial-access-token -`,
    instead: "Give `--initial-access-token -`, and the token on stdin",
  });
}

async function register(
  app: App,
  account: Account,
  { clientName, scopes, token }: {
    clientName: string;
    scopes: readonly string[] | undefined;
    token: Secret | undefined;
  },
): Promise<RegisteredClient> {
  try {
    return await app.registerClient(account, {
      clientName,
      scopes,
      initialAccessToken: token,
      signal: app.interrupted,
    });
  } catch (error) {
    if (!isVantageError(error, "not_supported")) throw error;
    const { name } = account.definition;
    const page = presetOf(name)?.registration;
    throw new VantageError("not_supported", `Cannot register a client: ${error.message}`, {
      hint: `Register one by hand${page === undefined ? "" : ` at ${page}`}, then run ` +
        `\`${howToSet(account.definition, "client_id", "CLIENT_ID")}\``,
      cause: error,
    });
  }
}

/** What a provider answers ends up in a file that people read. */
function requireUsable({ clientId, scopes }: RegisteredClient): void {
  for (const [key, value] of [["client_id", clientId], ["scopes", scopes ?? []]] as const) {
    const checked = checkSetting(key, value);
    if (checked.ok) continue;
    throw new VantageError("provider_answer", `Cannot use the client: its ${key} ${checked.must}`, {
      hint: "Nothing was stored. Register a client by hand, and tell the provider",
    });
  }
}

/** `auto` stands for the public client too; anything else has to say so. */
function clientAuth({ settings }: Account, { clientAuth }: RegisteredClient) {
  const isSaid = clientAuth === "none" && settings.client_auth.value === "auto";
  return isSaid ? {} : { client_auth: clientAuth };
}

async function note(
  app: App,
  name: string,
  { clientId }: RegisteredClient,
  { expected, settings }: {
    expected: string | undefined;
    settings: Readonly<Record<string, EditValue>>;
  },
): Promise<void> {
  const { system } = app;
  try {
    await editConfig(system.files, system.clock, app.paths().config, (config) => {
      const now = config.providers.get(name)?.settings.client_id;
      if (now !== expected) requireNoClient(name, config);
      return Object.entries(settings).map(([key, value]) => ({
        keys: ["providers", name, key],
        value,
      }));
    });
  } catch (error) {
    if (!isVantageError(error)) throw error;
    throw new VantageError(
      error.code,
      `Registered the client '${clientId}', but cannot note it: ${error.message}`,
      {
        hint: "When that is mended, run " +
          `\`${howToSet({ kind: "provider", name }, "client_id", clientId)}\``,
        cause: error,
      },
    );
  }
}
