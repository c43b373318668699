/** docs/daemon.md against the program: its clients run, and its examples fit the protocol. */
import assert from "node:assert/strict";
import { join } from "node:path";
import * as v from "valibot";
import type { MethodName } from "../../src/daemon/methods.ts";
import { METHODS, readParams } from "../../src/daemon/methods.ts";
import { RPC, rpcError } from "../../src/daemon/protocol.ts";
import { ERROR_CODES, type ErrorCode, VantageError } from "../../src/errors.ts";
import { type Message, type RunningDaemon, startDaemon } from "../support/daemon.ts";
import { approveDevice } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/daemon.md", import.meta.url));
const KEY = `key-${crypto.randomUUID()}`;

/** The programs on the page by the names that it gives them. */
const CLIENTS = new Map(
  [...PAGE.matchAll(/^```\w+ client=(\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [name!, text!]),
);
// The page tells this one as a change of another.
const [, netcat = ""] = /^.* the line is `(.*)`\.$/m.exec(PAGE) ?? [];
CLIENTS.set(
  "netcat.sh",
  CLIENTS.get("token.sh")?.replace(/^.*\bsocat\b.*\|$/m, `  ${netcat}`) ?? "",
);

const DENO = `${Deno.execPath()} run --quiet --no-config --no-lock`;

/** How each is run, and what has to be installed for it. */
const RUN: Record<string, { readonly command: string; readonly needs: readonly string[] }> = {
  "token.sh": { command: "sh token.sh", needs: ["socat", "jq"] },
  "netcat.sh": { command: "sh netcat.sh", needs: ["nc", "jq"] },
  "vantage_client.py": { command: "python3 vantage_client.py", needs: ["python3"] },
  "login.py": { command: "python3 login.py", needs: ["python3"] },
  "token.ts": {
    command: `${DENO} --allow-env --allow-sys=uid --allow-read --allow-write token.ts`,
    needs: [],
  },
  "token.mjs": { command: "node token.mjs", needs: ["node"] },
};
const PRINT_A_TOKEN = Object.keys(RUN).filter((name) => name !== "login.py");

/** What tells whether each is there; of `nc` there are several, of which one is meant. */
const PROBES: Record<string, readonly [args: readonly string[], output: RegExp]> = {
  socat: [["-V"], /socat version/],
  nc: [["-h"], /OpenBSD netcat/],
  jq: [["--version"], /^jq/],
  python3: [["--version"], /^Python 3/],
  node: [["--version"], /^v\d/],
};
const missing = (await Promise.all(
  Object.keys(PROBES).map(async (name) => {
    return await isInstalled(name) ? [] : [name];
  }),
)).flat();
// deno-lint-ignore no-console -- the notice that the test command looks for
for (const name of missing) console.log(`skipped: ${name} is not installed`);

async function isInstalled(name: string): Promise<boolean> {
  const [args, output] = PROBES[name]!;
  try {
    const { stdout, stderr } = await new Deno.Command(name, { args: [...args] }).output();
    return output.test(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const ignored = (name: string): boolean =>
  Deno.build.os === "windows" || RUN[name]!.needs.some((program) => missing.includes(program));

/** The programs as files, and a daemon with the account `acme/work`, which has a key. */
interface Scene extends AsyncDisposable {
  readonly daemon: RunningDaemon;
  /** A directory that is empty but for what a test puts there. */
  readonly scratch: string;
  start(name: string, args: string[], env: Record<string, string>): Deno.ChildProcess;
}

async function setUp(config = ""): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await makeHome(undefined));
  await Deno.writeTextFile(join(home.dir, "config.toml"), config);
  const added = await home.run(["account", "add", "acme", "work", "--api-key", "-"], {
    stdin: KEY,
  });
  assert.equal(added.status, 0, added.stderr);
  const temporary = async () => {
    const dir = await Deno.makeTempDir({ prefix: "vantage-doc-" });
    stack.defer(() => Deno.remove(dir, { recursive: true }));
    return dir;
  };
  const [programs, scratch] = [await temporary(), await temporary()];
  for (const [name, text] of CLIENTS) await Deno.writeTextFile(join(programs, name), text);
  const daemon = stack.use(await startDaemon(home));
  const whole = stack.move();
  return {
    daemon,
    scratch,
    start(name, args, env) {
      const [program = "", ...before] = RUN[name]!.command.split(" ");
      return new Deno.Command(program, {
        args: [...before, ...args],
        cwd: programs,
        clearEnv: true,
        // HOME: what starts the programs here (pyenv, say) may want it.
        env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", ...env },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function outcome(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { status: code, stdout: out, stderr: err };
}

/** The ways in which the environment names a socket, each with its link to the daemon's. */
function places(dir: string): { readonly link: string; readonly env: Record<string, string> }[] {
  const own = `vantage-${Deno.uid()}`;
  return [
    { link: join(dir, "s"), env: { VANTAGE_SOCKET: join(dir, "s"), VANTAGE_HOME: "/none" } },
    {
      link: join(dir, "home", "vantage.sock"),
      env: { VANTAGE_HOME: join(dir, "home"), XDG_RUNTIME_DIR: "/none" },
    },
    {
      link: join(dir, "run", "vantage.sock"),
      env: { XDG_RUNTIME_DIR: join(dir, "run"), TMPDIR: "/none" },
    },
    { link: join(dir, "tmp", own, "vantage.sock"), env: { TMPDIR: join(dir, "tmp") } },
  ];
}

Deno.test("docs/daemon.md has no program but those that are run here", () => {
  assert.deepEqual([...CLIENTS.keys()].sort(), Object.keys(RUN).sort());
  assert.match(CLIENTS.get("netcat.sh") ?? "", /^ {2}nc -N -U "\$socket" \|$/m);
});

for (const name of PRINT_A_TOKEN) {
  Deno.test({
    name: `${name} of docs/daemon.md prints the token, wherever the daemon listens`,
    ignore: ignored(name),
    async fn() {
      await using scene = await setUp();
      for (const { link, env } of places(scene.scratch)) {
        await Deno.mkdir(join(link, ".."), { recursive: true });
        await Deno.symlink(scene.daemon.socket, link);
        const result = await outcome(scene.start(name, ["acme", "work"], env));
        assert.deepEqual(result, { status: 0, stdout: `${KEY}\n`, stderr: "" });
      }
    },
  });

  Deno.test({
    name: `${name} of docs/daemon.md fails with what the daemon says, and where none listens`,
    ignore: ignored(name),
    async fn() {
      await using scene = await setUp();
      const env = { VANTAGE_SOCKET: scene.daemon.socket };
      const unknown = await outcome(scene.start(name, ["acme", "nobody"], env));
      assert.notEqual(unknown.status, 0);
      assert.equal(unknown.stdout, "");
      assert.match(unknown.stderr, /Not logged in to 'acme\/nobody'/);
      const nowhere = { VANTAGE_SOCKET: join(scene.scratch, "none") };
      const alone = await outcome(scene.start(name, ["acme", "work"], nowhere));
      assert.notEqual(alone.status, 0);
      assert.equal(alone.stdout, "");
      assert.match(alone.stderr, /none/);
    },
  });
}

for (
  const { deny, status, end } of [
    { deny: false, status: 0, end: "Logged in\n" },
    { deny: true, status: 1, end: "" },
  ]
) {
  Deno.test({
    name: `login.py of docs/daemon.md waits until the person ${deny ? "refuses" : "approves"}`,
    ignore: ignored("login.py"),
    async fn() {
      await using provider = await startProvider({ deviceInterval: 1 });
      await using scene = await setUp(
        `[providers.example]\nissuer = "${provider.issuer}"\nclient_id = "${provider.clientId}"\n`,
      );
      const env = { VANTAGE_SOCKET: scene.daemon.socket };
      const login = scene.start("login.py", ["example", "work"], env);
      const err = new Response(login.stderr).text();
      let text = "";
      let wasAsked = false;
      for await (const chunk of login.stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const asked = wasAsked ? null : /^Open (\S+) and enter (\S+)\n/.exec(text);
        if (!asked) continue;
        wasAsked = true;
        const [, verification_uri = "", user_code = ""] = asked;
        await approveDevice({ verification_uri, user_code }, { deny });
      }
      assert.equal((await login.status).code, status, await err);
      assert.equal(text.split("\n").slice(1).join("\n"), end);
      assert.equal(await err, deny ? "The login was denied\n" : "");
      const { result } = await scene.daemon.call("list_accounts", ["example"]);
      assert.equal(result.accounts.length, deny ? 0 : 1);
    },
  });
}

/** A part of the page, from its heading to the next of its rank. */
function section(heading: string): string {
  const [rank = ""] = heading.split(" ");
  const start = PAGE.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, `There is no section '${heading}'`);
  const text = PAGE.slice(start + heading.length + 1);
  const end = new RegExp(`^#{1,${rank.length}} `, "m").exec(text)?.index;
  return text.slice(0, end);
}

/** The messages that a text shows, each with its direction. */
function messages(text: string): { readonly from: "client" | "daemon"; readonly json: unknown }[] {
  const blocks = [...text.matchAll(/^```text\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks.flatMap((block) => block.split(/^(?=-->|<--)/m)).filter((part) => part !== "")
    .map((part) => ({
      from: part.startsWith("-->") ? "client" : "daemon",
      json: JSON.parse(part.slice(3)),
    }));
}

for (const [name, { params, result }] of Object.entries(METHODS)) {
  Deno.test(`docs/daemon.md shows what '${name}' takes and answers`, () => {
    const text = section(`### ${name}`);
    const parameters = [...text.matchAll(/^\| `(\w+)` +\| (?:string|number|boolean|array)/gm)]
      .map(([, parameter]) => parameter);
    assert.deepEqual(parameters, Object.keys(params.entries));
    const shown = messages(text);
    const requests = shown.filter(({ from }) => from === "client")
      .map(({ json }) => json as Message);
    assert.ok(requests.length > 0, "It shows no request");
    for (const { method, params = {} } of requests) {
      assert.equal(method, name);
      readParams(name as MethodName, params);
    }
    const told = shown.filter(({ from }) => from === "daemon").map(({ json }) => json as Message);
    assert.ok(told.some((message) => message.result), "It shows no answer");
    for (const message of told) {
      const { success, issues } = v.safeParse<v.GenericSchema>(
        result,
        message.result ?? message.params,
      );
      assert.ok(success, JSON.stringify([message, issues]));
    }
  });
}

Deno.test("docs/daemon.md describes no method that there is not", () => {
  const described = [...section("## Methods").matchAll(/^### (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(described.sort(), Object.keys(METHODS).sort());
});

Deno.test("docs/daemon.md describes every state of a login", () => {
  const text = section("### add_account");
  const states = [...text.matchAll(/^\| `(\w+)` +\|(?! (?:string|number|boolean|array))/gm)]
    .map(([, state]) => state);
  assert.equal(states.shift(), "state", "the head of their table");
  assert.deepEqual(states, METHODS.add_account.result.entries.state.options);
});

Deno.test("docs/daemon.md has every number of an error, and the codes with it have that", () => {
  const rows = [...section("### Errors").matchAll(/^\| `(-\d+)` \|[^|]*\|([^|]*)\|/gm)];
  const numberOf = (code: string) => rpcError(new VantageError(code as ErrorCode, "x")).code;
  // What `exec` ends with is no matter of a daemon.
  const { command_refused: _, command_not_found: __, ...codes } = ERROR_CODES;
  const given = new Set([...Object.values(RPC), ...Object.keys(codes).map(numberOf)]);
  assert.deepEqual(rows.map(([, number]) => Number(number)).sort(), [...given].sort());
  for (const [, number, examples = ""] of rows) {
    for (const [, code = ""] of examples.matchAll(/`(\w+)`/g)) {
      assert.ok(Object.hasOwn(ERROR_CODES, code), code);
      assert.equal(numberOf(code), Number(number), code);
    }
  }
});

Deno.test("docs/daemon.md shows only messages that are JSON, and errors with their numbers", () => {
  const shown = messages(PAGE).flatMap(({ json }) => json as Message | Message[]);
  assert.ok(shown.length > 20);
  for (const { jsonrpc, error } of shown) {
    assert.equal(jsonrpc, "2.0");
    if (!error) continue;
    assert.equal(error.code, rpcError(new VantageError(error.data.code, "x")).code);
  }
});
