import type { App } from "../../app.ts";
import { PRESET_NAMES, presetOf } from "../../config/presets.ts";
import type { Source } from "../../config/source.ts";
import { describeSource } from "../../config/source.ts";
import { providerAccount } from "../provider_account.ts";

export interface ListedProvider {
  readonly name: string;
  /** What a preset calls it. */
  readonly title: string | undefined;
  /** The issuer, or the token endpoint of a provider that has none. */
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  /** Where it is defined: "config.toml:3", or "preset". */
  readonly source: string;
}

export interface ProviderListResult {
  readonly providers: readonly ListedProvider[];
}

/** `vantage provider list`: the built-in providers, then those of the settings file. */
export async function providerList(app: App): Promise<ProviderListResult> {
  const config = await app.config();
  const providers: ListedProvider[] = [];
  for (const name of new Set([...PRESET_NAMES, ...config.providers.keys()])) {
    const { settings } = await providerAccount(app, name);
    const source: Source | undefined = config.providers.has(name)
      ? { kind: "file", keys: ["providers", name] }
      : undefined;
    providers.push({
      name,
      title: presetOf(name)?.title,
      issuer: settings.issuer?.value ?? settings.token_endpoint?.value,
      clientId: settings.client_id?.value,
      source: source ? await describeSource(source, config) : "preset",
    });
  }
  return { providers };
}
