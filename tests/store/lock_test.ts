import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isVantageError } from "../../src/errors.ts";
import { lockFile, waitForLock } from "../../src/files.ts";
import { fileStore } from "../../src/store/file.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { eventually } from "../tokens/eventually.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { ID } from "./contract.ts";

const { files, clock } = denoSystem();

function worker(dir: string, ...task: string[]): Deno.ChildProcess {
  const script = fileURLToPath(new URL("./lock_worker.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, dir, ID.service, ID.account, ...task],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function temporaryDir() {
  const dir = await Deno.makeTempDir({ prefix: "vantage-lock-" });
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

Deno.test("fileStore() tryLock() gives a lock again when its holder is killed", async () => {
  await using temporary = await temporaryDir();
  const store = fileStore(files, clock, temporary.dir);
  const holder = worker(temporary.dir, "hold");
  const output = holder.stdout.getReader();
  await output.read(); // "held"
  assert.equal(await store.tryLock(ID, "write"), undefined);
  holder.kill("SIGKILL");
  await holder.status;
  await output.cancel();
  const lock = await store.tryLock(ID, "write");
  assert.ok(lock);
  await lock[Symbol.asyncDispose]();
});

Deno.test("fileStore() loses no change when processes write at once", async () => {
  await using temporary = await temporaryDir();
  const workers = Array.from({ length: 6 }, () => worker(temporary.dir, "count", "5"));
  for (const { success } of await Promise.all(workers.map((worker) => worker.output()))) {
    assert.ok(success);
  }
  const store = fileStore(files, clock, temporary.dir);
  assert.equal((await store.get(ID))?.fields.count, 30);
});

Deno.test("lockFile() throws lock_timeout when the time is up, and not for a clock that jumps", async () => {
  await using temporary = await temporaryDir();
  const path = `${temporary.dir}/a.lock`;
  await using _held = await lockFile(files, clock, path, { timeoutMs: 0 });
  const ours = new ManualClock();
  let ended = false;
  const waiting = lockFile(files, ours, path, { timeoutMs: 5_000 }).then(
    () => assert.fail("Two hold the lock"),
    (error: unknown) => assert.ok(isVantageError(error, "lock_timeout")),
  ).finally(() => ended = true);
  let passed = 0;
  while (!ended) {
    await eventually(() => ended || ours.nextIn() !== undefined);
    ours.set(ours.now() + 7_200_000);
    const step = ours.nextIn() ?? 0;
    passed += step;
    ours.advance(step);
  }
  await waiting;
  assert.ok(passed >= 5_000 && passed < 6_000, `${passed} ms`);
});

Deno.test("waitForLock() calls onBusy once when somebody holds the lock, else never", async () => {
  const ours = new ManualClock();
  let busy = 0;
  const onBusy = () => void busy++;
  const options = { timeoutMs: 1_000, onBusy };
  assert.equal(await waitForLock(() => Promise.resolve("held"), ours, options), "held");
  assert.equal(busy, 0);
  let tries = 0;
  const waiting = waitForLock(
    () => Promise.resolve(++tries === 4 ? "held" : undefined),
    ours,
    options,
  );
  await ours.passUntil(waiting);
  assert.equal(await waiting, "held");
  assert.equal(busy, 1);
});

Deno.test("waitForLock() rejects with the signal's reason when it aborts", async () => {
  const interruption = new AbortController();
  const waiting = waitForLock(() => Promise.resolve(undefined), new ManualClock(), {
    timeoutMs: 1_000,
    signal: interruption.signal,
  });
  interruption.abort(new Error("Interrupted"));
  await assert.rejects(waiting, /Interrupted/);
});
