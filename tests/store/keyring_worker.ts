/** Another process that uses the keyring, for tests: `keyring_worker.ts DIR SERVICE ACCOUNT N` adds one to a counter, N times. */
import { keyringStore } from "../../src/store/keyring.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { lockAccount } from "../../src/tokens/account_lock.ts";

const [dir = "", service = "", account = "", times] = Deno.args;
const id = { service, account };
const system = denoSystem();
const store = keyringStore(system, dir);

for (let time = 0; time < Number(times); time++) {
  await using lock = await lockAccount({ store, clock: system.clock, id }, "write");
  const saved = await store.get(id);
  const count = Number(saved?.fields.count ?? 0) + 1;
  await lock.set({ count, padding: "x".repeat(count % 2 * 50_000) }, saved?.generation);
}
