import assert from "node:assert/strict";
import { inspectConfig, loadConfig } from "../../src/config/config_file.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { FileError } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { failure, Home } from "./support.ts";

const { files } = denoSystem();

/** The error that loading a file of this text ends with, its path written as PATH. */
async function loading(text: string | Uint8Array) {
  await using home = new Home();
  if (typeof text === "string") home.write(text);
  else Deno.writeFileSync(home.config, text);
  const { code, message, hint } = await failure(() => loadConfig(files, home.config));
  return { code, message: message.replaceAll(home.config, "PATH"), hint };
}

Deno.test("loadConfig() returns no profiles when there is no file", async () => {
  await using home = new Home();
  const config = await loadConfig(files, `${home.dir}/none/config.toml`);
  assert.equal(config.profiles.size, 0);
  assert.equal(config.activeProfile, undefined);
});

Deno.test("loadConfig() returns checked settings when the file is valid", async () => {
  await using home = new Home();
  home.write(`
version = 1
active_profile = "prod"
profiles.dotted.issuer = "https://d.example.com"
[profiles.prod]
issuer = "https://id.example.com"
scopes = ["openid"]
refresh_threshold = "90s"
dpop = true
[profiles."me@x.y"]
client_id = 'c'
[oauth]
callback_host = "::1"
callback_port = 0x1F90
[storage]
primary = "memory"
`);
  const config = await loadConfig(files, home.config);
  assert.equal(config.activeProfile, "prod");
  assert.deepEqual(Object.fromEntries(config.profiles), {
    dotted: { issuer: "https://d.example.com" },
    prod: {
      issuer: "https://id.example.com",
      scopes: ["openid"],
      refresh_threshold: 90_000,
      dpop: true,
    },
    "me@x.y": { client_id: "c" },
  });
  assert.deepEqual(config.shared, { callback_host: "::1", callback_port: 8080, store: "memory" });
});

Deno.test("loadConfig() reads a file when it has a byte order mark and CRLF line ends", async () => {
  await using home = new Home();
  home.write('\uFEFF# c\r\n[profiles.a]\r\nclient_id = "x"\r\n');
  const config = await loadConfig(files, home.config);
  assert.equal(config.profiles.get("a")?.client_id, "x");
  const error = await loading('\uFEFF# c\r\n[profiles.a]\r\nclient = "x"\r\n');
  assert.match(error.message, /^PATH:3: /);
});

Deno.test("loadConfig() names file, line and key when a key is unknown", async () => {
  assert.deepEqual(await loading('# one\n[profiles.prod]\n\nclent_id = "x"\n'), {
    code: "config_invalid",
    message: "PATH:4: Unknown key 'clent_id' in [profiles.prod]",
    hint: "Did you mean 'client_id'?",
  });
  assert.deepEqual(await loading('issuer = "https://a.example"\n'), {
    code: "config_invalid",
    message: "PATH:1: Unknown key 'issuer'",
    hint: "Move 'issuer' below [profiles.NAME]",
  });
  assert.equal(
    (await loading("[prod]\nissuer = 1\n")).hint,
    "The table of a profile is [profiles.prod]",
  );
  const inherited = await loading("[profiles.a]\nconstructor = 1\n__proto__ = 2\n");
  assert.match(inherited.message, /^PATH:2: Unknown key 'constructor' .* \(and 1 more problem\)$/);
  assert.match((await loading("[oauth]\nissuer = 1\n")).message, /'issuer' in \[oauth\]$/);
});

Deno.test("loadConfig() names file, line and key when a value is wrong", async () => {
  const cases: [text: string, message: string][] = [
    ["[profiles.a]\nissuer = 5\n", "PATH:2: Key 'issuer' in [profiles.a] must be a string"],
    ["active_profile = 1\n", "PATH:1: Key 'active_profile' must be a string"],
    ["profiles = 1\n", "PATH:1: Key 'profiles' must be a table of profiles"],
    ["profiles = [1]\n", "PATH:1: Key 'profiles' must be a table of profiles"],
    ["[profiles]\na = 2026-01-01\n", "PATH:2: Key 'a' in [profiles] must be a table"],
    ["\n[[profiles.a]]\nx = 1\n", "PATH:2: Key 'a' in [profiles] must be a table"],
    [
      "profiles.a = { flow = 'x' }\n",
      "PATH:1: Key 'flow' in [profiles.a] must be one of 'auto', 'device', 'browser', 'client-credentials'",
    ],
    [
      "[storage]\nprimary = 's3'\n",
      "PATH:2: Key 'primary' in [storage] must be one of 'file', 'keyring', 'sops', 'memory'",
    ],
    ["[profiles.'a/b']\n", "PATH:1: Profile name 'a/b' must be 1 to 64 letters"],
    ["[profiles.A]\n[profiles.a]\n", "PATH:2: Profile names 'A' and 'a' differ only in case"],
    ["[profiles.Default]\n", "PATH:1: Profile names 'default' and 'Default' differ only in case"],
    ["version = '1'\n", "PATH:1: Key 'version' must be 1"],
  ];
  for (const [text, message] of cases) {
    const error = await loading(text);
    assert.equal(error.code, "config_invalid");
    assert.ok(error.message.startsWith(message), error.message);
  }
});

Deno.test("loadConfig() says to upgrade and nothing else when the version is newer", async () => {
  const error = await loading("new_feature = true\nversion = 2\n");
  assert.equal(
    error.message,
    "PATH:2: The file was written for a newer vantage: its version is 2",
  );
  assert.match(error.hint ?? "", /^Upgrade vantage/);
});

Deno.test("loadConfig() shows the first problem of the file and counts the others", async () => {
  const error = await loading("[profiles.a]\nflow = 1\n[oauth]\nx = 1\ncallback_port = 70000\n");
  assert.match(error.message, /^PATH:2: Key 'flow' .* \(and 2 more problems\)$/);
  assert.match(error.hint ?? "", /`vantage config check`/);
});

Deno.test("inspectConfig() lists all problems in the order of the file", async () => {
  const text = "[profiles.b]\nflow = 1\n[oauth]\nx = 1\n[profiles.a]\ny = 1\n";
  const { problems } = await inspectConfig(text, "PATH");
  assert.deepEqual(problems.map((problem) => problem.line), [2, 4, 6]);
  assert.equal(describeProblem("PATH", problems[2]!), "PATH:6: Unknown key 'y' in [profiles.a]");
});

Deno.test("loadConfig() refuses a secret with the command that stores it, and does not show it", async () => {
  const secret = "s3cr3t-hunter2";
  for (
    const key of [
      "client_secret",
      "client-secret",
      "clientSecret",
      "api_key",
      "password",
      "access_token",
      "refresh_token",
      "id_token",
      "token",
    ]
  ) {
    for (const header of ["[profiles.prod]\n", ""]) {
      const error = await loading(`${header}${key} = "${secret}"\nbad_key_beside = 1\n`);
      assert.equal(error.code, "config_secret", key);
      assert.ok(error.message.startsWith(`PATH:${header ? 2 : 1}: Key '${key}'`), error.message);
      const command = /token/.test(key) ? "login" : "profile set client_secret -";
      const name = header ? "prod" : "NAME";
      assert.ok(error.hint?.includes(`Remove the line and run \`vantage ${command} -p ${name}\``));
      assert.doesNotMatch(JSON.stringify(error), /hunter2/);
    }
  }
});

Deno.test("loadConfig() reports a secret first when other problems stand before it", async () => {
  const error = await loading("flow = 1\n[profiles.a]\nclient_secret = 'x'\n");
  assert.equal(error.code, "config_secret");
  assert.match(error.message, /^PATH:3: /);
});

Deno.test("loadConfig() names line and column and quotes nothing when the syntax is wrong", async () => {
  await using home = new Home();
  home.write('[profiles.a]\nclient_secret = "hunter2\n');
  const error = await failure(() => loadConfig(files, home.config));
  assert.equal(error.code, "config_invalid");
  assert.match(error.message, /config\.toml:2:\d+: Cannot parse TOML: /);
  assert.doesNotMatch(error.message, /hunter2|\n/);
  assert.equal(error.cause, undefined);
});

Deno.test("loadConfig() throws config_unreadable when the file is not UTF-8", async () => {
  const latin1 = new Uint8Array([...new TextEncoder().encode("# a\n# caf"), 0xE9, 0x0A]);
  assert.deepEqual(await loading(latin1), {
    code: "config_unreadable",
    message: "Cannot read PATH:2: it is not UTF-8",
    hint: "Save the file with the encoding UTF-8",
  });
  const utf16 = new Uint8Array([0xFF, 0xFE, 0x61, 0, 0x3D, 0, 0x31, 0]);
  assert.equal((await loading(utf16)).code, "config_unreadable");
});

Deno.test("loadConfig() throws config_unreadable when something else is in the file's place", async () => {
  await using home = new Home();
  Deno.mkdirSync(home.config);
  const directory = await failure(() => loadConfig(files, home.config));
  assert.equal(directory.code, "config_unreadable");
  assert.match(directory.message, /: it is a directory$/);

  Deno.symlinkSync(`${home.dir}/gone.toml`, `${home.dir}/link.toml`);
  const dangling = await failure(() => loadConfig(files, `${home.dir}/link.toml`));
  assert.equal(dangling.code, "config_unreadable");
  assert.match(dangling.message, /symbolic link to a file that does not exist$/);

  Deno.writeTextFileSync(`${home.dir}/plain`, "");
  const below = await failure(() => loadConfig(files, `${home.dir}/plain/config.toml`));
  assert.equal(below.code, "config_unreadable");
});

Deno.test("loadConfig() throws config_unreadable when the file may not be read", async () => {
  const denied = (path: string) => Promise.reject(new FileError("denied", path, "EACCES"));
  const error = await failure(() => loadConfig({ ...files, readText: denied }, "/x/config.toml"));
  assert.equal(error.code, "config_unreadable");
  assert.equal(error.message, "Cannot read /x/config.toml: permission is denied");
});
