/** Whether a provider can get a client by registration: each throws where it cannot. */
import type { Account } from "../config/account.ts";
import { howToSet, PROFILE_SERVICE, unknownProvider } from "../config/account.ts";
import type { Config } from "../config/config_file.ts";
import { VantageError } from "../errors.ts";
import { requireProviderName } from "./provider_account.ts";

/** Throws `usage`: profiles share nothing that a client could be noted in. */
export function requireRegistrable(name: string): void {
  requireProviderName(name);
  if (name !== PROFILE_SERVICE) return;
  throw new VantageError("usage", "Cannot register a client for profiles", {
    hint: "Register under a name of its own: `vantage provider register NAME --issuer URL`",
  });
}

/** Throws `client_exists`. */
export function requireNoClient(name: string, config: Config): void {
  const clientId = config.providers.get(name)?.settings.client_id;
  if (clientId === undefined) return;
  throw new VantageError("client_exists", `Provider '${name}' has the client id '${clientId}'`, {
    hint: "Give --force to register another client, which ends the logins of this one here",
  });
}

/** Throws `usage`: an issuer beside another provider's endpoints would send one's secrets to the other. */
export function requireNoAddresses(name: string, config: Config): void {
  const settings = config.providers.get(name)?.settings ?? {};
  const key = Object.keys(settings).find((key) => /_endpoint$|^jwks_uri$/.test(key));
  if (key === undefined) return;
  throw new VantageError("usage", `Cannot take --issuer: provider '${name}' has '${key}'`, {
    hint: `Leave --issuer out, or run \`vantage provider set ${name} ${key} --unset\``,
  });
}

/** Throws `provider_unknown`, `config_incomplete`. */
export function requireAddress({ settings, definition }: Account): void {
  if (settings.issuer || settings.token_endpoint) return;
  if (!definition.exists) throw unknownProvider(definition.name);
  throw new VantageError("config_incomplete", `Provider '${definition.name}' has no 'issuer'`, {
    hint: `Give --issuer, or run \`${howToSet(definition, "issuer", "https://id.example.com")}\``,
  });
}
