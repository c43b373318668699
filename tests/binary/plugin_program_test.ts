import assert from "node:assert/strict";
import { assertFailed } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { BINARY, type Home, makeHome, type Result } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

const ignore = Deno.build.os === "windows";
const PATH = Deno.env.get("PATH") ?? "";

const SETTINGS = {
  issuer: "https://id.example.com",
  client_id: "our-client",
  api_url: "https://api.example.com",
  graphql_url: "https://api.example.com/graphql",
};

/** Puts a shell script on a PATH of its own, and returns the environment with it. */
async function install(
  home: Home,
  name: string,
  script: string,
  mode = 0o755,
): Promise<{ PATH: string; bin: string }> {
  const bin = `${home.dir}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(`${bin}/${name}`, mode); // whatever the umask
  return { PATH: `${bin}:${PATH}`, bin };
}

const SHOW = "env | grep ^VANTAGE_ | sort";

/** The variables with our prefix that the program printed. */
function variables({ stdout, stderr, status }: Result): Record<string, string> {
  assert.equal(status, 0, stderr);
  return Object.fromEntries(
    stdout.trimEnd().split("\n").map((line) => line.split(/=(.*)/s, 2)),
  );
}

Deno.test(
  "vantage NAME runs vantage-NAME with the words behind the name as they are",
  { ignore },
  async () => {
    await using home = await makeHome(undefined, SETTINGS);
    const env = await install(home, "vantage-hello", `printf '<%s>' "$@"; cat; exit 9`);
    const words = ["--json", "-p", "nobody", "--help", "--", "", "a b", "$HOME"];
    const result = await home.run(["hello", ...words], { env, stdin: "input" });
    const stdout = words.map((word) => `<${word}>`).join("") + "input";
    assert.deepEqual(result, { status: 9, stdout, stderr: "" });
  },
);

Deno.test(
  "vantage NAME gives the program the profile in use, and no secret",
  { ignore },
  async () => {
    await using home = await makeHome(undefined, SETTINGS);
    const env = await install(home, "vantage-show", SHOW);
    const { VANTAGE_BIN, ...rest } = variables(await home.run(["show"], { env }));
    assert.ok((await Deno.stat(VANTAGE_BIN!)).isFile);
    assert.deepEqual(rest, {
      VANTAGE_HOME: home.dir,
      VANTAGE_PROFILE: "test",
      VANTAGE_ISSUER: SETTINGS.issuer,
      VANTAGE_CLIENT_ID: SETTINGS.client_id,
      VANTAGE_API_URL: SETTINGS.api_url,
      VANTAGE_GRAPHQL_URL: SETTINGS.graphql_url,
    });
  },
);

Deno.test("vantage NAME heeds the options that stand before the name", { ignore }, async () => {
  await using home = await makeHome(undefined, SETTINGS);
  await using other = await makeHome(undefined);
  const env = await install(home, "vantage-show", SHOW);
  const config = `[profiles.other]\nissuer = "https://other.example.com"\nclient_id = "x"\n`;
  await Deno.writeTextFile(`${other.dir}/config.toml`, config);
  for (const options of [["-p", "other"], ["--profile=other"], ["-vpother"], ["-vp", "other"]]) {
    const args = [...options, "--home", other.dir, "--no-input", "show"];
    const shown = variables(await home.run(args, { env }));
    assert.deepEqual(
      [shown.VANTAGE_PROFILE, shown.VANTAGE_ISSUER, shown.VANTAGE_HOME, shown.VANTAGE_API_URL],
      ["other", "https://other.example.com", other.dir, undefined],
    );
  }
  const unknown = await home.run(["--json", "-p", "nobody", "show"], { env });
  assertFailed(unknown, 3, "profile_unknown");
});

Deno.test(
  "vantage NAME lets the program get the profile's token by vantage itself",
  { ignore },
  async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    const script = `[ "$("$VANTAGE_BIN" token)" = "$(cat "$1")" ] && echo same`;
    const env = await install(home, "vantage-nested", script);
    const file = `${home.dir}/expected`;
    await Deno.writeTextFile(file, home.session.accessToken.expose());
    const { status, stdout, stderr } = await home.run(["nested", file], { env });
    assert.deepEqual([status, stdout], [0, "same\n"], stderr);
    assert.equal(provider.requests.length, 0);
  },
);

Deno.test(
  "vantage NAME prefers its own commands, their other names and help",
  { ignore },
  async () => {
    await using home = await makeHome(undefined, SETTINGS);
    for (const name of ["status", "get-token", "help"]) {
      const env = await install(home, `vantage-${name}`, "echo taken");
      const { stdout } = await home.run([name], { env });
      assert.ok(!stdout.includes("taken"), name);
    }
  },
);

Deno.test("vantage NAME ignores what is no program, and entries of PATH that are no full path", {
  ignore,
}, async () => {
  await using home = await makeHome(undefined, SETTINGS);
  const { bin } = await install(home, "vantage-show", SHOW);
  await install(home, "vantage-data", SHOW, 0o644);
  await Deno.mkdir(`${bin}/vantage-dir`);
  const here = async (name: string, path: string) => {
    const result = await new Deno.Command("sh", {
      args: ["-c", 'cd "$1"; shift; exec "$@"', "sh", bin, BINARY, "--json", name],
      env: { PATH: path, VANTAGE_HOME: home.dir },
    }).output();
    const [stdout, stderr] = [result.stdout, result.stderr].map((b) => new TextDecoder().decode(b));
    return { status: result.code, stdout: stdout!, stderr: stderr! };
  };
  for (const path of [`:${PATH}`, `.:${PATH}`, `../bin:${PATH}`, `${PATH}:`]) {
    assertFailed(await here("show", path), 2, "usage");
  }
  for (const name of ["data", "dir"]) {
    assertFailed(await here(name, `${bin}:${PATH}`), 2, "usage");
  }
  assert.equal((await here("show", `:${bin}:${PATH}`)).status, 0);
});

Deno.test(
  "vantage NAME says what was meant when there is no such program either",
  { ignore },
  async () => {
    await using home = await makeHome(undefined, SETTINGS);
    for (const name of ["statsu", "../statsu", "/bin/sh", ""]) {
      const { message } = assertFailed(await home.run(["--json", name]), 2, "usage");
      assert.ok(message.includes(`Unknown command '${name}'`), message);
    }
    const { hint } = assertFailed(await home.run(["--json", "statsu"]), 2, "usage");
    assert.match(hint, /Did you mean status\?/);
  },
);
