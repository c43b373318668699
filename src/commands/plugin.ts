import type { App } from "../app.ts";
import { resolvePath } from "../config/paths.ts";
import type { HandOverResult } from "./hand_over.ts";
import { handOver } from "./hand_over.ts";

/**
 * `vantage NAME` by the program `vantage-NAME`, which finds the profile in use in its
 * environment, and no secret. Throws what the settings do, `command_not_found`, `command_refused`.
 */
export async function plugin(
  app: App,
  path: string,
  args: readonly string[],
): Promise<HandOverResult> {
  const { id, settings } = await app.profile();
  const home = app.options.home;
  const variables = {
    VANTAGE_PROFILE: id.account,
    VANTAGE_ISSUER: settings.issuer?.value,
    VANTAGE_CLIENT_ID: settings.client_id?.value,
    VANTAGE_API_URL: settings.api_url?.value,
    VANTAGE_GRAPHQL_URL: settings.graphql_url?.value,
    VANTAGE_HOME: home && resolvePath(app.system, home, app.system.cwd()),
    VANTAGE_NO_INPUT: app.options.input ? undefined : "1",
    VANTAGE_BIN: app.system.executable,
  };
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) if (value) env[name] = value;
  return await handOver(app, path, args, { env });
}
