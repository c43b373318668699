import assert from "node:assert/strict";
import { join } from "node:path";
import { isVantageError } from "../../src/errors.ts";
import { sopsIdentities } from "../../src/store/sops/identities.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { type AgePerson, agePerson } from "../support/sops.ts";

interface Place extends AsyncDisposable {
  readonly dir: string;
  /** Puts a file there, private unless told, and returns its path. */
  put(name: string, text: string, mode?: number): Promise<string>;
}

async function place(): Promise<Place> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-identities-" });
  return {
    dir,
    async put(name, text, mode = 0o600) {
      const path = join(dir, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text);
      if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
      return path;
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

function find(
  env: Record<string, string>,
  identityFile?: string,
  platform: "linux" | "darwin" | "windows" = "linux",
) {
  const system = { env: (name: string) => env[name], files: denoFiles(), platform };
  return sopsIdentities(system, identityFile)();
}

async function keys(...args: Parameters<typeof find>): Promise<string[]> {
  return (await find(...args)).found.map(({ key }) => key.expose());
}

async function refused(finding: Promise<unknown>, code: "store_key" | "store_insecure") {
  const error = await finding.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  assert.doesNotMatch(`${error.message} ${error.hint} ${error.cause}`, /AGE-SECRET-KEY-\w/);
  return error;
}

const file = (...people: AgePerson[]) =>
  "# created: today\n\n" + people.map(({ identity }) => `${identity}\r\n`).join("");

Deno.test("sopsIdentities() finds those of the settings, of SOPS's variables and of its own file", async () => {
  await using there = await place();
  const people = await Promise.all(Array.from({ length: 6 }, agePerson));
  const [a, b, c, d, e, f] = people as [
    AgePerson,
    AgePerson,
    AgePerson,
    AgePerson,
    AgePerson,
    AgePerson,
  ];
  await there.put("sops/age/keys.txt", file(f));
  const env = {
    SOPS_AGE_KEY: `${b.identity}\n${c.identity} ${d.identity}`,
    SOPS_AGE_KEY_FILE: await there.put("keys", file(e)),
    XDG_CONFIG_HOME: there.dir,
  };
  const own = await there.put("own", file(a));
  assert.deepEqual(await keys(env, own), people.map(({ identity }) => identity));
});

Deno.test("sopsIdentities() looks where SOPS does on each platform", async () => {
  await using there = await place();
  const ada = await agePerson();
  const home = { HOME: there.dir };
  for (
    const [path, env, platform] of [
      [".config/sops/age/keys.txt", home, "linux"],
      ["xdg/sops/age/keys.txt", { ...home, XDG_CONFIG_HOME: join(there.dir, "xdg") }, "linux"],
      ["Library/Application Support/sops/age/keys.txt", home, "darwin"],
      ["xdg/sops/age/keys.txt", { ...home, XDG_CONFIG_HOME: join(there.dir, "xdg") }, "darwin"],
      ["roaming/sops/age/keys.txt", { APPDATA: join(there.dir, "roaming") }, "windows"],
    ] as const
  ) {
    const full = await there.put(path, file(ada));
    assert.deepEqual(await keys(env, undefined, platform), [ada.identity], path);
    await Deno.remove(full);
    const { found, searched } = await find(env, undefined, platform);
    assert.deepEqual(found, []);
    assert.deepEqual(searched, ["SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", full]);
  }
  assert.deepEqual((await find({})).found, []);
});

Deno.test("sopsIdentities() throws store_key for a file that was named and is not there", async () => {
  await using there = await place();
  const missing = join(there.dir, "missing");
  const own = await refused(find({}, missing), "store_key");
  assert.ok(own.message.includes(missing) && own.hint?.includes("age-keygen"));
  await refused(find({ SOPS_AGE_KEY_FILE: missing }), "store_key");
  await refused(find({}, there.dir), "store_key");
});

Deno.test({
  name: "sopsIdentities() throws store_insecure for a file that others may read or change",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using there = await place();
    const ada = await agePerson();
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610]) {
      const path = await there.put("sops/age/keys.txt", file(ada), mode);
      const error = await refused(find({ XDG_CONFIG_HOME: there.dir }), "store_insecure");
      assert.ok(error.hint?.includes(`chmod 600 ${path}`));
      const link = join(there.dir, "link");
      await Deno.symlink(path, link);
      await refused(find({}, link), "store_insecure");
      await Deno.remove(link);
    }
    const path = await there.put("keys", file(ada), 0o400);
    assert.deepEqual(await keys({}, path), [ada.identity]);
  },
});

Deno.test("sopsIdentities() throws store_key for what is no identity, and shows nothing of it", async () => {
  await using there = await place();
  const ada = await agePerson();
  const half = ada.identity.slice(20);
  for (
    const [text, message] of [
      [`${ada.identity}\n${half}\n`, /line 2 is not an age identity/],
      [`-----BEGIN AGE ENCRYPTED FILE-----\n${half}`, /protected by a passphrase/],
      ["age-encryption.org/v1\n-> scrypt", /protected by a passphrase/],
    ] as const
  ) {
    const error = await refused(find({}, await there.put("keys", text)), "store_key");
    assert.match(error.message, message);
    assert.ok(!error.message.includes(half));
  }
  await refused(find({ SOPS_AGE_KEY: half }), "store_key");
  const plugin = await there.put("keys", `AGE-PLUGIN-YUBIKEY-1ABC\n${ada.identity}\n`);
  assert.deepEqual(await keys({}, plugin), [ada.identity]); // one that only age itself can use
});
