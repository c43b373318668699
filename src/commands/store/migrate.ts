import type { App } from "../../app.ts";
import { editConfig } from "../../config/config_edit.ts";
import type { Config } from "../../config/config_file.ts";
import type { Change } from "../../config/toml_edit.ts";
import { VantageError } from "../../errors.ts";
import type { MigrateOutcome } from "../../migrate.ts";
import type { PersistentStoreName } from "../../store/store.ts";

export interface StoreMigrateResult extends MigrateOutcome {
  readonly from: PersistentStoreName;
  readonly to: PersistentStoreName;
}

/**
 * `vantage store migrate FROM TO`: moves all credentials of one store to another, and makes the
 * settings say so. Throws `usage`, `store_…`, `config_…`, `lock_timeout`.
 */
export async function storeMigrate(
  app: App,
  from: PersistentStoreName,
  to: PersistentStoreName,
): Promise<StoreMigrateResult> {
  if (from === to) throw new VantageError("usage", `Cannot move '${from}' to itself`);
  const { files, clock } = app.system;
  const outcome = await app.migrate(from, to, async () => {
    await editConfig(files, clock, app.paths().config, (config) => changes(config, from, to));
  });
  return { from, to, ...outcome };
}

/** Everything in the settings that names the old store names the new one. */
function changes(config: Config, from: PersistentStoreName, to: PersistentStoreName): Change[] {
  const tables = [
    ...[...config.profiles].map(([name, table]) => ({ at: ["profiles", name], table })),
    ...[...config.providers].map(([name, { settings }]) => ({
      at: ["providers", name],
      table: settings,
    })),
  ];
  const named = tables.flatMap(({ at, table }) =>
    (["store", "secondary_store"] as const)
      .filter((key) => table[key] === from)
      .map((key) => ({ keys: [...at, key], value: to }))
  );
  const primary = config.shared.store ?? "file";
  if (primary === from) named.push({ keys: ["storage", "primary"], value: to });
  if (config.shared.secondary_store === from) {
    named.push({ keys: ["storage", "secondary"], value: to });
  }
  return named;
}
