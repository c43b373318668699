import type { ProviderListResult } from "../commands/provider/list.ts";
import type { ProviderRegisterResult } from "../commands/provider/register.ts";
import type { ProviderSetResult } from "../commands/provider/set.ts";
import type { ProviderShowResult } from "../commands/provider/show.ts";
import { fields } from "./fields.ts";
import { setText, settingText } from "./setting.ts";
import { relative, rfc3339 } from "./time.ts";
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

export const providerRegisterView: View<ProviderRegisterResult> = {
  text({ provider, client, store }, context) {
    const { clientSecretExpiresAt: expiry } = client;
    const facts = fields({
      issuer: client.issuer,
      "client id": client.clientId,
      "client secret": store && `in the ${store} store`,
      "secret expires": expiry === undefined ? undefined : relative(expiry, context.now),
      "redirect URIs": client.redirectUris.join(" "),
    }, context);
    return `Registered a client at provider '${provider}'\n${facts}\n` +
      `next: vantage account add ${provider} ACCOUNT`;
  },
  json: ({ provider, client, store }) => ({
    provider,
    issuer: client.issuer,
    client_id: client.clientId,
    client_secret_store: store ?? null,
    client_secret_expires_at: client.clientSecretExpiresAt === undefined
      ? null
      : rfc3339(client.clientSecretExpiresAt),
    client_auth: client.clientAuth,
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    scopes: client.scopes ?? null,
  }),
};
