/** What `vantage daemon unit` prints, read and run by the tools that it is for. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RawClient } from "../support/daemon.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import { BINARY, makeHome, type Result } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";

/** Characters that mean something to systemd, to a shell or in XML. */
const ODD = `a $x %h "q" o'c \\b & <c>`;
const KEY = `key-${crypto.randomUUID()}`;
const PROXY = "/usr/lib/systemd/systemd-socket-proxyd";

const has = async (program: string): Promise<boolean> => {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
};
const installed = new Map(
  await Promise.all(
    ["systemd-analyze", "systemd-socket-activate", PROXY, "python3"].map(
      async (program) => [program, await has(program)] as const,
    ),
  ),
);
for (const [program, there] of installed) {
  // deno-lint-ignore no-console -- the notice that the test command looks for
  if (!there) console.log(`skipped: ${program} is not installed`);
}
const lacks = (...programs: string[]) => !programs.every((program) => installed.get(program));

/** The program, and a home with the account `acme/work`, at a path with odd characters. */
interface Installed extends AsyncDisposable {
  readonly dir: string;
  readonly program: string;
  readonly env: Readonly<Record<"PATH" | "VANTAGE_HOME" | "XDG_RUNTIME_DIR", string>>;
  run(program: string, args: readonly string[], options?: Options): Promise<Result>;
  /** Puts the three units of systemd in a directory, and returns their paths. */
  writeUnits(): Promise<string[]>;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

async function install(): Promise<Installed> {
  const root = await Deno.makeTempDir({ prefix: "vantage-" });
  const dir = join(root, ODD);
  const program = join(dir, "vantage");
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    VANTAGE_HOME: join(dir, "home"),
    XDG_RUNTIME_DIR: join(dir, "run"),
  };
  await Deno.mkdir(env.XDG_RUNTIME_DIR, { recursive: true });
  await Deno.copyFile(BINARY, program);
  const installed: Installed = {
    dir,
    program,
    env,
    async run(program, args, options = {}) {
      const child = new Deno.Command(program, {
        args: [...args],
        clearEnv: true,
        env: { ...env, ...options.env },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = child.output();
      const stdin = child.stdin.getWriter();
      await stdin.write(new TextEncoder().encode(options.stdin ?? "")).catch(() => {});
      await stdin.close().catch(() => {}); // it need not read what it is given
      const { code, stdout, stderr } = await output;
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { status: code, stdout: text(stdout), stderr: text(stderr) };
    },
    async writeUnits() {
      const paths: string[] = [];
      for (const [kind, name] of UNITS) {
        const { stdout } = await installed.run(program, ["daemon", "unit", kind]);
        paths.push(join(dir, name));
        await Deno.writeTextFile(join(dir, name), stdout);
      }
      return paths;
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
  const add = ["account", "add", "acme", "work", "--api-key", "-"];
  assertDone(await installed.run(program, add, { stdin: `${KEY}\n` }));
  return installed;
}

const UNITS = [
  ["systemd", "vantage.service"],
  ["systemd-socket", "vantage.socket"],
  ["systemd-proxy", "vantage-proxy.service"],
] as const;

Deno.test({
  name: "vantage daemon unit prints units that systemd has nothing to say against",
  ignore: lacks("systemd-analyze"),
  async fn() {
    await using installed = await install();
    const units = await installed.writeUnits();
    const args = ["--user", "verify", ...units];
    const { status, stdout, stderr } = await installed.run("systemd-analyze", args);
    assert.equal(status, 0, stderr);
    // It tells of other units too.
    assert.doesNotMatch(stdout + stderr, /vantage(-proxy)?\.(service|socket)/);
  },
});

Deno.test({
  name: "vantage daemon unit launchd prints a property list with the program's path and home",
  ignore: lacks("python3"),
  async fn() {
    await using installed = await install();
    const { program, env } = installed;
    const agent = await installed.run(program, ["daemon", "unit", "launchd"]);
    const toJson =
      "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    const read = await installed.run("python3", ["-c", toJson], { stdin: agent.stdout });
    assertDone(read);
    const { ProgramArguments, EnvironmentVariables, Umask } = JSON.parse(read.stdout);
    assert.deepEqual(ProgramArguments, [program, "daemon", "run"]);
    assert.deepEqual(EnvironmentVariables, { VANTAGE_HOME: env.VANTAGE_HOME });
    assert.equal(Umask, 0o077);
  },
});

/** The words of a command in a unit, by the rules of systemd.syntax(7) and systemd.service(5). */
function command(unit: string, key: string): [string, ...string[]] {
  const line = unit.split("\n").find((line) => line.startsWith(`${key}=`)) ?? "";
  const [program = "", ...args] = [...line.slice(key.length + 1).matchAll(WORD)]
    .map(([, quoted, bare]) => quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "")
    .map((word) => word.replaceAll("%%", "%"));
  return [program, ...args.map((word) => word.replaceAll("$$", "$"))];
}
const WORD = /"((?:\\.|[^"\\])*)"|(\S+)/g;

/** Connects as soon as somebody listens. */
async function connect(socket: string): Promise<RawClient> {
  let client: RawClient | undefined;
  await eventually(async () =>
    (client = await RawClient.connect(socket).catch(() => undefined)) !== undefined
  );
  return client!;
}

/** A command that is run when the first client comes, with the socket, as by a socket unit. */
function activate(
  socket: string,
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): Deno.ChildProcess {
  const variables = Object.entries(env).flatMap(([name, value]) => ["-E", `${name}=${value}`]);
  return new Deno.Command("systemd-socket-activate", {
    args: ["-l", socket, ...variables, ...command],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

Deno.test({
  name: "vantage daemon unit systemd-proxy prints commands that serve clients of systemd's socket",
  ignore: lacks("systemd-socket-activate", PROXY),
  async fn() {
    await using installed = await install();
    const { dir, program, env } = installed;
    await installed.writeUnits();
    const unit = await Deno.readTextFile(join(dir, "vantage-proxy.service"));
    const socket = join(env.VANTAGE_HOME, "vantage.sock");
    const runtimeDir = join(env.XDG_RUNTIME_DIR, "vantage"); // RuntimeDirectory=
    await Deno.mkdir(runtimeDir, { mode: 0o700 });
    const behind = { ...env, VANTAGE_SOCKET: join(runtimeDir, "daemon.sock") };

    const output = activate(socket, behind, command(unit, "ExecStart")).output();
    const [stop, ...stopArgs] = command(unit, "ExecStop");
    try {
      using client = await connect(socket);
      const account = { service: "acme", account: "work" };
      assert.equal((await client.call("get_token", account)).result.token, KEY);
      assert.equal((await installed.run(program, ["token", "acme", "work"])).stdout, `${KEY}\n`);
      const through = await installed.run(program, ["daemon", "status", "--json"]);
      const direct = await installed.run(program, ["daemon", "status", "--json"], { env: behind });
      assert.equal(JSON.parse(through.stdout).running, true);
      assert.equal(JSON.parse(through.stdout).pid, JSON.parse(direct.stdout).pid);
    } finally {
      assert.equal((await installed.run(stop, stopArgs, { env: behind })).stderr, "");
      // With the daemon its proxy ends, so that the next client starts both.
      assert.equal((await output).signal, "SIGTERM");
    }
  },
});

Deno.test({
  name: "vantage daemon run throws daemon_unusable when systemd passes it a socket",
  ignore: lacks("systemd-socket-activate"),
  async fn() {
    await using home = await makeHome(undefined);
    const socket = join(home.dir, "systemd.sock");
    const daemon = activate(socket, { VANTAGE_HOME: home.dir }, [
      BINARY,
      "--json",
      "daemon",
      "run",
    ]);
    const output = daemon.output();
    using _client = await connect(socket);
    const { code, stderr } = await output;
    const [last = ""] = new TextDecoder().decode(stderr).trim().split("\n").slice(-1);
    const { message, hint } = assertFailed(
      { status: code, stdout: "", stderr: last },
      1,
      "daemon_unusable",
    );
    assert.equal(message, "Cannot listen on the socket that systemd passes");
    assert.match(hint, /vantage daemon unit systemd-proxy/);
  },
});
