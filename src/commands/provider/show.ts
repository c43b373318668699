import type { App } from "../../app.ts";
import { presetOf } from "../../config/presets.ts";
import { knownProvider } from "../provider_account.ts";
import type { ShownSetting } from "../shown_settings.ts";
import { shownSettings } from "../shown_settings.ts";

export interface ProviderShowResult {
  readonly name: string;
  /** Where one registers a client; known of presets. */
  readonly registration: string | undefined;
  readonly settings: readonly ShownSetting[];
}

/** `vantage provider show NAME`: what counts for its accounts. Throws `provider_unknown`. */
export async function providerShow(app: App, name: string): Promise<ProviderShowResult> {
  const account = await knownProvider(app, name);
  const preset = (await app.config()).providers.get(name)?.extends ?? name;
  return {
    name,
    registration: presetOf(preset)?.registration,
    settings: await shownSettings(await app.config(), account),
  };
}
