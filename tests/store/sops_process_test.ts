import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { SopsSubject } from "../support/sops.ts";
import { openSops } from "../support/sops.ts";
import { take } from "./contract.ts";

const WORKER = fileURLToPath(new URL("./sops_worker.ts", import.meta.url));

function worker(subject: SopsSubject, prefix: string, count: number): Deno.ChildProcess {
  const { dir, path, ada } = subject;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", WORKER, dir, path, ada.recipient, prefix, `${count}`],
    env: { SOPS_AGE_KEY: ada.identity, XDG_CONFIG_HOME: subject.root },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function names(subject: SopsSubject): Promise<string[]> {
  return (await subject.another().list()).map(({ account }) => account).sort();
}

const expected = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

Deno.test("sopsStore() loses no account when two processes write at once", async () => {
  await using subject = await openSops("json");
  const outputs = await Promise.all(["a", "b"].map((name) => worker(subject, name, 50).output()));
  for (const { success } of outputs) assert.ok(success);
  const all = [...expected("a", 50), ...expected("b", 50)];
  assert.deepEqual(await names(subject), all.sort());
  const store = subject.another();
  for (const account of all) {
    const saved = await store.get({ service: "vantage", account });
    assert.deepEqual(saved?.fields, { access_token: `token of ${account}` });
  }
});

Deno.test("sopsStore() has a whole file with all that was told done after a kill at any moment", async () => {
  await using subject = await openSops("yaml");
  for (let round = 0; round < 4; round++) {
    const child = worker(subject, `r${round}-`, 1_000);
    const told: string[] = [];
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      told.push(...text.split("\n").filter(Boolean));
      if (told.length > 3 + round) child.kill("SIGKILL");
      if (told.length > 3 + round) break;
    }
    await child.status;
    const found = await names(subject);
    for (const account of told) assert.ok(found.includes(account), account);
  }
  // What the dead have left is in nobody's way.
  await using lock = await take(subject.another(), { service: "vantage", account: "last" });
  await lock.reserve();
  await lock.set({ a: "1" }, undefined);
  const left = [...Deno.readDirSync(subject.root)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => name.endsWith(".tmp")), []);
});
