/**
 * Another process that writes to a SOPS store, for tests: `sops_worker.ts DIR FILE RECIPIENT
 * PREFIX COUNT` writes COUNT accounts, one after the other, and tells each on a line of its own.
 * The identity is in SOPS_AGE_KEY.
 */
import { sopsStore } from "../../src/store/sops.ts";
import { sopsIdentities } from "../../src/store/sops/identities.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { lockAccount } from "../../src/tokens/account_lock.ts";

const [dir = "", path = "", recipient = "", prefix = "", count] = Deno.args;
const system = denoSystem();
const { files, clock } = system;
const identities = sopsIdentities(system);
const store = sopsStore({ files, clock, dir, path, recipients: [recipient], identities });

for (let index = 0; index < Number(count); index++) {
  const id = { service: "vantage", account: `${prefix}${index}` };
  await using lock = await lockAccount({ store, clock, id }, "write");
  await lock.set({ access_token: `token of ${id.account}` }, undefined);
  await Deno.stdout.write(new TextEncoder().encode(`${id.account}\n`));
}
