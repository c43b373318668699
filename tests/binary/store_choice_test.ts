import assert from "node:assert/strict";
import { hasKeyring, KEYRING_SKIPPED, startBus, startKeyring } from "../support/keyring.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { agePerson } from "../support/sops.ts";
import { type Home, makeHome, type RunOptions } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!hasKeyring) console.log(KEYRING_SKIPPED);

const KEY = `key-${crypto.randomUUID()}`;

async function addKey(home: Home, account: string, options: RunOptions = {}): Promise<void> {
  const args = ["account", "add", "openai", account, "--api-key", "-"];
  assertDone(await home.run(args, { ...options, stdin: `${KEY}-${account}` }));
}

async function keyOf(home: Home, account: string, options: RunOptions = {}): Promise<string> {
  return (await home.run(["token", "openai", account], options)).stdout.trim();
}

/** Adds a store for SOPS to the settings: its file and its key are in the home. */
async function addSops(home: Home, name = "secrets.yaml"): Promise<void> {
  const { identity, recipient } = await agePerson();
  await Deno.writeTextFile(`${home.dir}/age.key`, identity + "\n", { mode: 0o600 });
  const path = `${home.dir}/config.toml`;
  await Deno.writeTextFile(
    path,
    await Deno.readTextFile(path) +
      `\n[storage.sops]\npath = "${name}"\nrecipients = ["${recipient}"]\nidentity_file = "age.key"\n`,
  );
}

Deno.test({
  name: "vantage keeps a session in the keyring, refreshes it there, and no file has it",
  ignore: !hasKeyring,
  async fn() {
    await using provider = await startProvider();
    await using keyring = await startKeyring();
    await using home = await homeWithSession(provider, "dead");
    const { env } = keyring;
    const moved = await home.run(["store", "migrate", "file", "keyring"], { env });
    assertDone(moved);
    assert.equal(moved.stdout, "Moved 1 account from 'file' to 'keyring', which is in use now\n");
    await assert.rejects(Deno.stat(home.tokenFile));
    const first = await home.run(["token"], { env });
    assertDone(first);
    assert.equal((await home.run(["token"], { env })).stdout, first.stdout);
    assert.equal(provider.count(REFRESH), 1);
    await assert.rejects(Deno.stat(home.tokenFile));
    const { accounts } = JSON.parse((await home.run(["status", "--json"], { env })).stdout);
    assert.deepEqual([accounts[1].state, accounts[1].store], ["logged_in", "keyring"]);
    assertDone(await home.run(["logout"], { env }));
    assertFailed(await home.run(["token", "--json"], { env }), 4, "not_logged_in");
  },
});

Deno.test({
  name: "vantage token refreshes once when 40 processes find a dead token in the keyring",
  ignore: !hasKeyring,
  async fn() {
    await using provider = await startProvider();
    await using keyring = await startKeyring();
    await using home = await homeWithSession(provider, "dead");
    const { env } = keyring;
    assertDone(await home.run(["store", "migrate", "file", "keyring"], { env }));
    const results = await Promise.all(
      Array.from({ length: 40 }, () => home.run(["token"], { env })),
    );
    for (const result of results) assertDone(result);
    assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
    assert.equal(provider.count(REFRESH), 1);
  },
});

Deno.test({
  name: "vantage says what is wrong with a keyring that is locked, absent, or does not answer",
  ignore: !hasKeyring,
  async fn() {
    await using home = await makeHome(undefined, {
      issuer: "https://id.example.com",
      client_id: "x",
    });
    await Deno.writeTextFile(
      `${home.dir}/config.toml`,
      await Deno.readTextFile(`${home.dir}/config.toml`) + `[storage]\nprimary = "keyring"\n`,
    );
    const failed = async (env: Record<string, string>, code: Parameters<typeof assertFailed>[2]) =>
      assertFailed(await home.run(["token", "--json"], { env }), 6, code);

    await failed({}, "store_missing");
    await failed({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${home.dir}/none` }, "store_missing");
    {
      await using bus = await startBus();
      const { hint } = await failed(bus.env, "store_missing");
      assert.match(hint, /vantage (?:profile set store file|store migrate)|store = "file"/);
    }
    await using keyring = await startKeyring();
    keyring.hang();
    await failed(keyring.env, "store_unresponsive");
    keyring.recover();
    await keyring.lock();
    await failed(keyring.env, "store_locked");
    // Nothing went to a file instead.
    assertFailed(
      await home.run(["account", "add", "openai", "work", "--api-key", "-", "--json"], {
        stdin: KEY,
        env: { ...keyring.env },
      }),
      6,
      "store_locked",
    );
    await assert.rejects(Deno.stat(`${home.dir}/tokens/openai/work.json`));
  },
});

Deno.test("vantage keeps a session in a SOPS file, refreshes it there, and no plain file has it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  await addSops(home);
  assertDone(await home.run(["store", "migrate", "file", "sops"]));
  await assert.rejects(Deno.stat(home.tokenFile));
  const results = await Promise.all(Array.from({ length: 10 }, () => home.run(["token"])));
  for (const result of results) assertDone(result);
  assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
  assert.equal(provider.count(REFRESH), 1);
  const text = await Deno.readTextFile(`${home.dir}/secrets.yaml`);
  for (const secret of provider.secrets()) assert.ok(!text.includes(secret));
  assert.match(text, /^vantage:$/m);
});

Deno.test("vantage refuses a SOPS file that was tampered with, and leaves it as it is", async () => {
  await using home = await makeHome(undefined, { store: "sops" });
  await addSops(home, "secrets.json");
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    (await Deno.readTextFile(`${home.dir}/config.toml`)).replace(
      "[storage.sops]",
      `[storage]\nprimary = "sops"\n[storage.sops]`,
    ),
  );
  await addKey(home, "a");
  await addKey(home, "b");
  assert.equal(await keyOf(home, "a"), `${KEY}-a`);
  const path = `${home.dir}/secrets.json`;
  const text = await Deno.readTextFile(path);
  // The two values change places: each is genuine, and neither is where it belongs.
  const [first = "", second = ""] = text.match(/ENC\[[^\]]+\](?="\n)/g)?.slice(0, 2) ?? [];
  assert.ok(first !== "" && second !== "");
  const swapped = text.replace(first, "FIRST").replace(second, first).replace("FIRST", second);
  for (
    const [changed, code] of [[swapped, "store_tampered"], [
      text.slice(0, 200),
      "store_format",
    ]] as const
  ) {
    await Deno.writeTextFile(path, changed);
    assertFailed(await home.run(["token", "openai", "a", "--json"]), 6, code);
    const add = ["account", "add", "openai", "c", "--api-key", "-", "--json"];
    assertFailed(await home.run(add, { stdin: KEY }), 6, code);
    assert.equal(await Deno.readTextFile(path), changed);
  }
});

Deno.test("vantage store migrate moves everything there and back, and the settings follow", async () => {
  await using home = await makeHome(undefined, { store: "file" });
  await addSops(home);
  for (const account of ["a", "b", "c"]) await addKey(home, account);
  const there = JSON.parse((await home.run(["store", "migrate", "file", "sops", "--json"])).stdout);
  assert.deepEqual(there, { from: "file", to: "sops", moved: 3, removed: 3 });
  const config = await Deno.readTextFile(`${home.dir}/config.toml`);
  assert.match(config, /^primary = "sops"$/m);
  assert.match(config, /^store = "sops"$/m); // that of the profile
  for (const account of ["a", "b", "c"]) {
    assert.equal(await keyOf(home, account), `${KEY}-${account}`);
  }
  assertDone(await home.run(["store", "migrate", "sops", "file"]));
  for (const account of ["a", "b", "c"]) {
    assert.equal(await keyOf(home, account), `${KEY}-${account}`);
    assert.ok((await Deno.stat(`${home.dir}/tokens/openai/${account}.json`)).isFile);
  }
  assertFailed(await home.run(["store", "migrate", "file", "file", "--json"]), 2, "usage");
});

Deno.test("vantage store migrate goes on where it was killed, and nothing is out of reach meanwhile", async () => {
  await using home = await makeHome(undefined, {});
  await addSops(home);
  const names = Array.from({ length: 8 }, (_, n) => `a${n}`);
  for (const name of names) await addKey(home, name);
  for (let kills = 0; kills < 3; kills++) {
    const migration = home.start(["store", "migrate", "file", "sops"], { quiet: true });
    // Killed when some of them have gone over, a few more each time.
    await reached(home, names, 1 + kills * 3);
    migration.kill("SIGKILL");
    await migration.result;
    for (const name of [names[0]!, names[4]!, names.at(-1)!]) {
      assert.equal(await keyOf(home, name), `${KEY}-${name}`);
    }
  }
  assertDone(await home.run(["store", "migrate", "file", "sops"]));
  for (const name of names) assert.equal(await keyOf(home, name), `${KEY}-${name}`);
});

/** Waits until so many accounts are no longer in files; ends too when the program has ended. */
async function reached(home: Home, names: readonly string[], count: number): Promise<void> {
  for (let looks = 0; looks < 10_000; looks++) {
    const texts = await Promise.all(
      names.map((name) =>
        Deno.readTextFile(`${home.dir}/tokens/openai/${name}.json`).catch(() => "moved_to")
      ),
    );
    if (texts.filter((text) => text.includes("moved_to")).length >= count) return;
  }
  throw new Error("It never got that far");
}
