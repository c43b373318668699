import { VantageError } from "./errors.ts";
import { destination, movedTo } from "./store/moved.ts";
import type { AccountId, AccountLock, PersistentStore } from "./store/store.ts";
import { formatAccount } from "./store/store.ts";
import type { System } from "./system.ts";
import { holdAccount } from "./tokens/account_lock.ts";
import { mergeRecords } from "./tokens/merge_records.ts";

/** What a migration needs of the program around it. */
export interface MigrateApp {
  readonly interrupted: AbortSignal;
  readonly system: Pick<System, "files" | "clock">;
  paths(): { readonly tokens: string };
}

export interface MigrateOutcome {
  /** How many accounts this run copied. */
  readonly moved: number;
  /** How many records that led to the new store this run removed from the old one. */
  readonly removed: number;
}

/**
 * Moves every account of one store to another. Each is copied and read back under its lock; then
 * the old record becomes one that leads to the new place, in one write. So at every moment and
 * for every process, the account is in exactly one place. `switchSettings` makes the settings
 * name the new store, and what leads there is removed last. Stopped anywhere, the next run goes
 * on from there. Throws `store_…`, `lock_timeout`, and what `switchSettings` throws.
 */
export async function migrate(
  app: MigrateApp,
  from: PersistentStore,
  to: PersistentStore,
  switchSettings: () => Promise<void>,
): Promise<MigrateOutcome> {
  const each = async (work: (move: Move) => Promise<boolean>): Promise<number> => {
    let count = 0;
    for (const id of await from.list()) if (await alone(app, id, from, to, work)) count++;
    return count;
  };
  const moved = await each(moveAccount);
  await switchSettings();
  // Once more: whoever began before the switch may have written to the old store.
  const late = await each(moveAccount);
  return { moved: moved + late, removed: await each(removeTrace) };
}

/** An account whose lock is held, in both stores. */
interface Move {
  readonly id: AccountId;
  readonly from: PersistentStore;
  readonly to: PersistentStore;
  readonly inFrom: AccountLock;
  readonly inTo: AccountLock;
}

async function alone(
  app: MigrateApp,
  id: AccountId,
  from: PersistentStore,
  to: PersistentStore,
  work: (move: Move) => Promise<boolean>,
): Promise<boolean> {
  app.interrupted.throwIfAborted();
  const signal = app.interrupted;
  await using held = await holdAccount(app.system, app.paths().tokens, id, { signal });
  await using inFrom = from.withLock(id, held);
  await using inTo = to.withLock(id, held);
  return await work({ id, from, to, inFrom, inTo });
}

/** False where there is nothing to move: it has moved already, or is gone. */
async function moveAccount({ id, from, to, inFrom, inTo }: Move): Promise<boolean> {
  const saved = await from.get(id);
  if (!saved || destination(saved) !== undefined) return false;
  const there = await to.get(id);
  const fields = mergeRecords(saved.fields, destination(there) ? undefined : there?.fields);
  await inTo.set(fields, there?.generation);
  if (!sameContent((await to.get(id))?.fields, fields)) {
    throw new VantageError(
      "store_unusable",
      `The store '${to.name}' does not give back what it was given for '${formatAccount(id)}'`,
      { hint: `Nothing is lost: the account is still in the store '${from.name}'` },
    );
  }
  await inFrom.set(movedTo(to.name), saved.generation);
  return true;
}

async function removeTrace({ id, from, to, inFrom }: Move): Promise<boolean> {
  const saved = await from.get(id);
  if (!saved || destination(saved) !== to.name) return false;
  await inFrom.delete(saved.generation);
  return true;
}

/** Whether two JSON values say the same, whatever the order of members. */
function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, each]) => [key, sorted(each)]);
}
