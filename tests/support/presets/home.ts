import { type PresetName, PRESETS } from "../../../src/config/presets.ts";
import type { Home, RunOptions } from "../vantage.ts";
import { makeHome } from "../vantage.ts";
import type { PresetServer } from "./server.ts";

export const CLIENT_ID = "a-client-of-ours";

/**
 * A preset's own addresses, on this server: only the origins are another's, so that a path which
 * the preset has wrong is not there.
 */
export function localAddresses(name: PresetName, origin: string): Record<string, string> {
  const settings = Object.entries(PRESETS[name].settings)
    .filter((entry): entry is [string, string] =>
      typeof entry[1] === "string" && entry[1].startsWith("https://")
    );
  return Object.fromEntries(
    settings.map(([key, url]) => [key, origin + url.slice(new URL(url).origin.length)]),
  );
}

/** `[providers.NAME]` of the settings file. */
export function providerTable(name: string, settings: Record<string, unknown>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${toml(value)}`);
  return `[providers.${name}]\n${lines.join("\n")}\n`;
}

function toml(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const pairs = Object.entries(value).map(([key, value]) => `${key} = ${toml(value)}`);
  return `{ ${pairs.join(", ")} }`;
}

/**
 * A home whose settings name this server as the provider of the preset. What it prints is searched
 * for the provider's secrets, stdout of `token` excepted.
 */
export async function presetHome(
  name: PresetName,
  server: PresetServer,
  settings: Record<string, unknown> = {},
): Promise<Home> {
  const table = { client_id: CLIENT_ID, ...localAddresses(name, server.origin), ...settings };
  return await homeFor(server, providerTable(name, table));
}

/** The same with settings of one's own. */
export async function homeFor(
  server: Pick<PresetServer, "secrets">,
  config: string,
): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(`${home.dir}/config.toml`, config);
  const start = (args: string[], options?: RunOptions) => {
    const running = home.start(args, options);
    const searched = async () => {
      const result = await running.result;
      const shown = result.stderr + (args[0] === "token" ? "" : result.stdout);
      const leak = server.secrets().find((secret) => shown.includes(secret));
      if (leak !== undefined) throw new Error(`vantage ${args.join(" ")} printed '${leak}'`);
      return result;
    };
    return { ...running, result: searched() };
  };
  return {
    ...home,
    start,
    run: (args, options) => start(args, options).result,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
