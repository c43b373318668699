import type { Account } from "../config/account.ts";
import { resolveAccount } from "../config/account.ts";
import { accountId, describeAccount } from "../config/account_name.ts";
import { loadConfig } from "../config/config_file.ts";
import { resolvePaths } from "../config/paths.ts";
import { resolveProfile } from "../config/profile.ts";
import type { System } from "../system.ts";

/** The names of the operations of a document, as far as it can be read. */
export async function operationsIn(
  { files }: Pick<System, "files">,
  path: string | undefined,
): Promise<readonly string[]> {
  if (path === undefined || path === "-") return [];
  const { operationNames } = await import("../api/graphql/document.ts");
  return operationNames(await files.readText(path));
}

/** The fields that a query may begin with, by the schema that is remembered. No network. */
export async function rememberedFields(
  system: System,
  { home, profile, account }: {
    readonly home: string | undefined;
    readonly profile: string | undefined;
    readonly account: string | undefined;
  },
): Promise<readonly string[]> {
  const paths = resolvePaths(system, home);
  const config = await loadConfig(system.files, paths.config);
  const id = account === undefined ? undefined : accountId(account);
  const asked: Account = id
    ? resolveAccount(config, system, id)
    : resolveProfile(config, system, { profile });
  const url = asked.settings.graphql_url?.value;
  if (url === undefined) return [];
  const { schemaCache } = await import("../api/graphql/schema_cache.ts");
  const known = await schemaCache(system.files, paths.cache)
    .get(new URL(url).href, describeAccount(asked.id));
  if (!known?.introspection) return [];
  const { readIntrospection } = await import("../api/graphql/introspection.ts");
  const { rootFields } = await import("../api/graphql/field_query.ts");
  const schema = readIntrospection(known.introspection);
  return schema ? rootFields(schema).map(({ name }) => name) : [];
}
