import type { App } from "../../app.ts";
import { requireProviderName } from "../provider_account.ts";
import type { SetOptions, SetResult } from "../set_setting.ts";
import { setSetting } from "../set_setting.ts";

export interface ProviderSetResult extends SetResult {
  readonly provider: string;
}

/**
 * `vantage provider set NAME KEY VALUE`: changes a provider, or begins to define a new one. A
 * client secret goes to the store. Throws `usage`.
 */
export async function providerSet(
  app: App,
  name: string,
  key: string,
  text: string | undefined,
  options: SetOptions = {},
): Promise<ProviderSetResult> {
  requireProviderName(name);
  const result = await setSetting(app, { kind: "provider", name }, key, text, options);
  return { provider: name, ...result };
}
