/**
 * Another process that uses a store, for tests: `lock_worker.ts DIR SERVICE ACCOUNT hold` takes a lock and keeps
 * it, `… count N` adds one to a counter, N times.
 */
import { fileStore } from "../../src/store/file.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { lockAccount } from "../../src/tokens/account_lock.ts";

const [dir = "", service = "", account = "", task, times] = Deno.args;
const id = { service, account };
const { files, clock } = denoSystem();
const store = fileStore(files, clock, dir);

if (task === "hold") {
  await using _lock = await lockAccount({ store, clock, id }, "write");
  await Deno.stdout.write(new TextEncoder().encode("held\n"));
  await new Promise((resolve) => setTimeout(resolve, 600_000)); // until it is killed
}

for (let time = 0; time < Number(times); time++) {
  await using lock = await lockAccount({ store, clock, id }, "write");
  const saved = await store.get(id);
  await lock.set({ count: Number(saved?.fields.count ?? 0) + 1 }, saved?.generation);
}
