import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { fileStore } from "../../src/store/file.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import type { Home } from "../support/vantage.ts";
import { ACCOUNT, homeWithSession, reached, REFRESH } from "../tokens/sessions.ts";
import { attach, canTrace, killAt } from "../tokens/strace.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!canTrace) console.log("skipped: strace is not installed");

const NEXT_LOGS_IN = /^error: The provider no longer accepts the saved session of 'vantage\/test'/m;

/** The next command ends the session plainly, and the one after it asks nobody. */
async function assertEnded(home: Home, provider: Provider): Promise<void> {
  const next = await home.run(["token"]);
  assert.equal(next.status, 4, next.stderr);
  assert.match(next.stderr, NEXT_LOGS_IN);
  assert.match(next.stderr, /^hint: Run `vantage login -p test`$/m);
  const requests = provider.count(REFRESH);
  assert.equal((await home.run(["token"])).status, 4);
  assert.equal(provider.count(REFRESH), requests);
}

async function assertWorks(home: Home): Promise<void> {
  const next = await home.run(["token"]);
  assert.equal(next.status, 0, next.stderr);
  assert.equal(next.stdout, `${(await home.readRecord()).session?.access_token}\n`);
  assert.notEqual(next.stdout, `${await oldToken(home)}\n`);
}

const oldTokens = new WeakMap<Home, string>();
const oldToken = (home: Home) => oldTokens.get(home);

async function deadHome(provider: Provider): Promise<Home> {
  const home = await homeWithSession(provider, "dead");
  oldTokens.set(home, home.session.accessToken.expose());
  return home;
}

Deno.test("vantage token killed before the provider used the refresh token up loses nothing", async () => {
  await using provider = await startProvider();
  await using home = await deadHome(provider);
  const before = await Deno.readTextFile(home.tokenFile);
  const gate = provider.gate(REFRESH, "before");
  const killed = home.start(["token"]);
  await reached(gate, killed);
  killed.kill("SIGKILL");
  assert.equal((await killed.result).stdout, "");
  gate.release("close");
  assert.equal(await Deno.readTextFile(home.tokenFile), before);
  await assertWorks(home);
  assert.equal(provider.count(REFRESH), 2);
});

Deno.test("vantage token killed after the provider used the refresh token up leaves the old record", async () => {
  await using provider = await startProvider();
  await using home = await deadHome(provider);
  const before = await Deno.readTextFile(home.tokenFile);
  const gate = provider.gate(REFRESH, "after");
  const killed = home.start(["token"]);
  await reached(gate, killed);
  killed.kill("SIGKILL");
  await killed.result;
  gate.release("close");
  assert.equal(await Deno.readTextFile(home.tokenFile), before);
  await assertEnded(home, provider);
});

/** Where a file is claimed before the request, in the order in which it happens. */
for (const syscall of ["openat", "write", "ftruncate", "fsync"]) {
  Deno.test({
    name:
      `vantage token killed at ${syscall} of the space it claims sends nothing and loses nothing`,
    ignore: !canTrace,
    async fn() {
      await using provider = await startProvider();
      await using home = await deadHome(provider);
      const before = await Deno.readTextFile(home.tokenFile);
      const { files, clock } = denoSystem();
      // While we hold the account's lock it cannot go on, so that strace is there in time.
      const lock = await fileStore(files, clock, join(home.dir, "tokens")).tryLock(
        ACCOUNT,
        "write",
      );
      assert.ok(lock);
      const killed = home.start(["token"]);
      const tracer = await attach(killed.pid, killAt(syscall, temporaryOf(home)));
      await lock[Symbol.asyncDispose]();
      assert.equal((await killed.result).status, 137);
      await tracer.ended;
      assert.equal(provider.count(REFRESH), 0);
      assert.equal(await Deno.readTextFile(home.tokenFile), before);
      await assertWorks(home);
      assert.equal(provider.count(REFRESH), 1);
      assertTidy(home);
    },
  });
}

/** Where the answer is saved: what is on the disk, and whether the new tokens are. */
const SAVING = [
  { syscall: "write", on: temporaryOf, saved: false },
  { syscall: "ftruncate", on: temporaryOf, saved: false },
  { syscall: "fsync", on: temporaryOf, saved: false },
  { syscall: "rename", on: temporaryOf, saved: false },
  { syscall: "fsync", on: (home: Home) => dirname(home.tokenFile), saved: true },
];

for (const { syscall, on, saved } of SAVING) {
  for (const rotate of [true, false]) {
    const where = on === temporaryOf ? "of the new record" : "of the directory";
    const kind = rotate ? "rotating" : "lasting";
    Deno.test({
      name:
        `vantage token killed at ${syscall} ${where} leaves it whole when refresh tokens are ${kind}`,
      ignore: !canTrace,
      async fn() {
        await using provider = await startProvider({ rotate });
        await using home = await deadHome(provider);
        const before = await Deno.readTextFile(home.tokenFile);
        const gate = provider.gate(REFRESH, "after");
        const killed = home.start(["token"]);
        await reached(gate, killed);
        const tracer = await attach(killed.pid, killAt(syscall, on(home)));
        gate.release();
        const { status, stdout } = await killed.result;
        assert.equal(status, 137);
        assert.equal(stdout, "");
        await tracer.ended;

        const after = await Deno.readTextFile(home.tokenFile);
        if (saved) assert.notEqual((await home.readRecord()).session?.access_token, oldToken(home));
        else assert.equal(after, before);
        if (saved || !rotate) await assertWorks(home);
        else await assertEnded(home, provider);
        assert.equal(provider.count(REFRESH), saved ? 1 : 2);
        if (!saved) assertTidy(home);
      },
    });
  }
}

function temporaryOf({ tokenFile }: Home): string {
  return join(dirname(tokenFile), `.${basename(tokenFile)}.tmp`);
}

/** What a killed writer leaves is gone when the next one has written. */
function assertTidy(home: Home): void {
  const names = [...Deno.readDirSync(dirname(home.tokenFile))].map(({ name }) => name).sort();
  assert.deepEqual(names, ["test.json", "test.lock"]);
}
