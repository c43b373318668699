import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { canMount, mount } from "../tokens/mounts.ts";
import { giveAway, isRoot, publicProgram, runProgram } from "../tokens/run_as.ts";
import { type Life, reached, REFRESH, saveSession } from "../tokens/sessions.ts";

/** A home whose token files are on a file system of their own, of 256 KiB. */
async function homeOnSmallDisk(provider: Provider, life: Life) {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await makeHome(provider));
  const tokens = join(home.dir, "tokens");
  await Deno.mkdir(tokens, { mode: 0o700 });
  stack.use(await mount(["-t", "tmpfs", "-o", "size=256k,mode=0700", "none"], tokens));
  const session = await saveSession(home, provider, life);
  const held = stack.move();
  return { ...home, session, tokens, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Writes until nothing more fits; removing the file makes room again. */
async function fill(dir: string): Promise<string> {
  const path = join(dir, "filler");
  using file = await Deno.open(path, { write: true, create: true });
  try {
    while (true) await file.write(new Uint8Array(4096));
  } catch {
    return path;
  }
}

const contentOf = (home: Home) => Deno.readTextFile(home.tokenFile);

for (const life of ["dead", "due", "fresh"] as const) {
  Deno.test({
    name: `vantage token sends no refresh token when the disk is full and its token is ${life}`,
    ignore: !canMount,
    async fn() {
      await using provider = await startProvider();
      await using home = await homeOnSmallDisk(provider, life);
      const before = await contentOf(home);
      const filler = await fill(home.tokens);
      const { status, stdout, stderr } = await home.run(["token"]);
      if (life === "dead") {
        assert.equal(status, 6, stderr);
        assert.match(stderr, /^error: Cannot write .*: no space is left on the device$/m);
        assert.match(stderr, /^hint: Free some space.*: the saved session is unchanged$/m);
      } else {
        assert.equal(status, 0, stderr);
        assert.equal(stdout, `${home.session.accessToken.expose()}\n`);
        assert.equal(/^warning: .*no space is left/m.test(stderr), life === "due", stderr);
      }
      assert.equal(provider.count(REFRESH), 0);
      assert.equal(await contentOf(home), before);
      assert.deepEqual(
        [...Deno.readDirSync(dirname(home.tokenFile))].map(({ name }) => name).sort(),
        ["test.json", "test.lock"],
      );

      await Deno.remove(filler);
      assert.equal((await home.run(["refresh"])).status, 0);
      assert.equal(provider.count(REFRESH), 1);
    },
  });
}

Deno.test({
  name: "vantage token saves the answer when the disk fills up while it refreshes",
  ignore: !canMount,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeOnSmallDisk(provider, "dead");
    const gate = provider.gate(REFRESH, "after");
    const running = home.start(["token"]);
    await reached(gate, running);
    await fill(home.tokens);
    gate.release();
    const { status, stdout, stderr } = await running.result;
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${(await home.readRecord()).session?.access_token}\n`);
  },
});

for (const life of ["fresh", "due", "dead"] as const) {
  Deno.test({
    name:
      `vantage token uses what lives when the file system is read-only and its token is ${life}`,
    ignore: !canMount,
    async fn() {
      await using provider = await startProvider();
      await using home = await makeHome(provider);
      const session = await saveSession(home, provider, life);
      const before = await contentOf(home);
      {
        await using _readOnly = await mount(["-o", "bind,ro", home.dir], home.dir);
        const { status, stdout, stderr } = await home.run(["token"]);
        assert.equal(status, life === "dead" ? 6 : 0, stderr);
        if (life === "dead") assert.match(stderr, /^error: .*: the file system is read-only$/m);
        else assert.equal(stdout, `${session.accessToken.expose()}\n`);
      }
      assert.equal(provider.count(REFRESH), 0);
      assert.equal(await contentOf(home), before);
      assert.equal((await home.run(["refresh"])).status, 0);
    },
  });

  Deno.test({
    name:
      `vantage token uses what lives when its directory is not writable and its token is ${life}`,
    ignore: !isRoot,
    async fn() {
      await using provider = await startProvider();
      await using program = await publicProgram();
      await using home = await makeHome(provider);
      const session = await saveSession(home, provider, life);
      await giveAway(home.dir);
      const before = await contentOf(home);
      const env = { VANTAGE_HOME: home.dir };
      const dir = dirname(home.tokenFile);
      await Deno.chmod(dir, 0o500);
      const { status, stdout, stderr } = await runProgram(program.path, ["token"], {
        env,
        provider,
      });
      assert.equal(status, life === "dead" ? 6 : 0, stderr);
      if (life === "dead") assert.match(stderr, /^error: .*: permission is denied$/m);
      else assert.equal(stdout, `${session.accessToken.expose()}\n`);
      assert.equal(provider.count(REFRESH), 0);
      assert.equal(await contentOf(home), before);

      await Deno.chmod(dir, 0o700);
      const mended = await runProgram(program.path, ["refresh"], { env, provider });
      assert.equal(mended.status, 0, mended.stderr);
    },
  });
}
