import { clientIdOf, providerId } from "./accounts.ts";
import type { Account, Definer } from "./config/account.ts";
import { PROFILE_SERVICE } from "./config/account.ts";
import { Secret } from "./secret.ts";
import type { AccountId } from "./store/store.ts";
import type { Stores } from "./stores.ts";
import type { System } from "./system.ts";
import { updateCredentials } from "./tokens/credential_update.ts";
import { readableCredentials, savedCredentials } from "./tokens/saved_credentials.ts";
import type { Credentials } from "./tokens/session.ts";

interface SecretParts {
  readonly system: System;
  readonly stores: Stores;
  readonly account: (id: AccountId) => Promise<Account>;
}

/** What nobody renews: client secrets and API keys. */
export class StaticSecrets {
  readonly #parts: SecretParts;

  constructor(parts: SecretParts) {
    this.#parts = parts;
  }

  /** The secret of the client that an account uses; the environment's for a profile. */
  async clientSecret(account: Account): Promise<Secret | undefined> {
    const { system, stores } = this.#parts;
    const given = account.definition.kind === "profile"
      ? system.env("VANTAGE_CLIENT_SECRET")
      : undefined;
    if (given !== undefined) return new Secret(given);
    // A login has to get past a damaged record in order to mend it.
    const store = await stores.ofSecrets(account);
    return (await readableCredentials(store, clientIdOf(account))).clientSecret;
  }

  /** Puts the client secret of a profile or a provider into its store, in place of an earlier one. */
  saveClientSecret(of: Definer, clientSecret: Secret): Promise<void> {
    return this.#update(of, (kept) => ({ ...kept, clientSecret }));
  }

  deleteClientSecret(of: Definer): Promise<void> {
    return this.#update(of, ({ clientSecret: _gone, ...kept }) => kept);
  }

  async #update(
    { kind, name }: Definer,
    change: (kept: Credentials) => Credentials,
  ): Promise<void> {
    const { system, stores } = this.#parts;
    const account = await this.#parts.account(
      kind === "profile" ? { service: PROFILE_SERVICE, account: name } : providerId(name),
    );
    const store = await stores.ofSecrets(account);
    await updateCredentials(store, system.clock, clientIdOf(account), change);
  }

  /** An API key that is kept in another store than tokens are. */
  async apiKeyElsewhere(account: Account): Promise<Secret | undefined> {
    if (!account.settings.secondary_store) return undefined;
    const store = await this.#parts.stores.ofSecrets(account);
    return (await savedCredentials(store, account.id)).apiKey;
  }

  /** Puts a static key in the place of a session. */
  async saveApiKey(account: Account, apiKey: Secret): Promise<void> {
    const store = await this.#parts.stores.ofSecrets(account);
    await updateCredentials(store, this.#parts.system.clock, account.id, ({ clientSecret }) => ({
      apiKey,
      ...(clientSecret && { clientSecret }),
    }));
  }
}
