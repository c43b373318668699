import type { ProviderListResult } from "../commands/provider/list.ts";
import type { ProviderSetResult } from "../commands/provider/set.ts";
import type { ProviderShowResult } from "../commands/provider/show.ts";
import { setText, settingText } from "./setting.ts";
import type { View } from "./view.ts";

export const providerListView: View<ProviderListResult> = {
  async text({ providers }, context) {
    const { table } = await import("./table.ts");
    const rows = providers.map(({ name, issuer, clientId, source }) => [
      name,
      issuer ?? "",
      clientId ?? "",
      source,
    ]);
    return table(["PROVIDER", "ISSUER", "CLIENT", "FROM"], rows, context);
  },
  json: ({ providers }) => ({
    providers: providers.map(({ name, title, issuer, clientId, source }) => ({
      name,
      title: title ?? null,
      issuer: issuer ?? null,
      client_id: clientId ?? null,
      source,
    })),
  }),
};

export const providerShowView: View<ProviderShowResult> = {
  async text({ name, registration, settings }, context) {
    const { table } = await import("./table.ts");
    const rows = settings.map(({ key, value, source }) => [key, settingText(value), source]);
    const head = [["provider", name, ""]];
    if (registration !== undefined) head.push(["register at", registration, ""]);
    return table(["KEY", "VALUE", "FROM"], [...head, ...rows], context);
  },
  json: ({ name, registration, settings }) => ({
    name,
    registration: registration ?? null,
    settings,
  }),
};

export const providerSetView: View<ProviderSetResult> = {
  text: ({ provider, ...result }) => setText(`provider '${provider}'`, result),
  json: ({ provider, key, value, removed }) => ({ provider, key, value: value ?? null, removed }),
};
