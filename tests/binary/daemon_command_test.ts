import assert from "node:assert/strict";
import { join } from "node:path";
import { RawClient, socketOf, startDaemon } from "../support/daemon.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";
import { isRoot, STRANGER } from "../tokens/run_as.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

/** A home with an account that has an API key, so that no provider is needed. */
async function homeWithKey(): Promise<Home> {
  const home = await makeHome(undefined);
  await Deno.writeTextFile(join(home.dir, "config.toml"), "");
  const added = await home.run(["account", "add", "acme", "work", "--api-key", "-"], {
    stdin: "key-of-acme-work\n",
  });
  assertDone(added);
  return home;
}

Deno.test("vantage daemon start, status and stop say what they find and do", async () => {
  await using home = await makeHome(undefined);
  const none = await home.run(["daemon", "status"]);
  assert.equal(none.status, 1);
  assert.match(none.stdout, /^No daemon runs\. It would listen at .*vantage\.sock\n$/);

  const started = JSON.parse((await home.run(["daemon", "start", "--json"])).stdout);
  assert.deepEqual([started.socket, started.already], [socketOf(home), false]);
  const again = await home.run(["daemon", "start"]);
  assertDone(again);
  assert.match(again.stdout, new RegExp(`^The daemon runs already \\(process ${started.pid}\\)`));
  const refused = assertFailed(await home.run(["daemon", "run", "--json"]), 1, "daemon_running");
  assert.match(refused.message, new RegExp(`already \\(process ${started.pid}\\)$`));

  const status = await home.run(["daemon", "status", "--json"]);
  const { running, pid, tokens } = JSON.parse(status.stdout);
  assert.deepEqual([running, pid, tokens], [true, started.pid, join(home.dir, "tokens")]);
  assert.match((await home.run(["daemon", "status"])).stdout, /^process +\d+\nversion +\d/);

  assert.equal((await home.run(["daemon", "stop"])).stdout, "Stopped the daemon\n");
  assert.equal(await exists(socketOf(home)), false);
  assert.equal((await home.run(["daemon", "stop"])).stdout, "No daemon runs\n");
});

Deno.test("vantage daemon start begins one daemon when ten of it come together", async () => {
  await using home = await makeHome(undefined);
  const results = await Promise.all(
    Array.from({ length: 10 }, () => home.run(["daemon", "start", "--json"])),
  );
  const pids = results.map((result) => {
    assertDone(result);
    return JSON.parse(result.stdout).pid;
  });
  assert.equal(new Set(pids).size, 1);
  assertDone(await home.run(["daemon", "stop"]));
});

Deno.test("vantage daemon start tells the error that keeps the daemon from starting", async () => {
  await using home = await makeHome(undefined);
  await home.writeConfig({ clent_id: "x" });
  const { message } = assertFailed(
    await home.run(["daemon", "start", "--json"]),
    3,
    "config_invalid",
  );
  assert.match(message, /config\.toml:4: Unknown key 'clent_id'/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`vantage daemon run ends with status 0 and leaves no socket at ${signal}`, async () => {
    await using home = await makeHome(undefined);
    const daemon = await startDaemon(home);
    using idle = await daemon.connect();
    daemon.running.kill(signal);
    const { status, stdout } = await daemon.running.result;
    assert.deepEqual([status, stdout], [0, ""]);
    assert.equal(await idle.next(), undefined);
    assert.equal(await exists(socketOf(home)), false);
  });
}

Deno.test("vantage daemon run saves the refresh that is in flight when it is stopped", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const gate = provider.gate(REFRESH, "after");
  const daemon = await startDaemon(home);
  await gate.arrived;
  daemon.running.kill("SIGTERM");
  const refuses = () =>
    RawClient.connect(daemon.socket).then((client) => client[Symbol.dispose](), () => true);
  await eventually(async () => await refuses() ?? false);
  gate.release();
  assert.equal((await daemon.running.result).status, 0);
  const { session } = await home.readRecord();
  assert.notEqual(session?.access_token, home.session.accessToken.expose());
  assertDone(await home.run(["token", "--check"]));
});

Deno.test("vantage daemon run replaces a dead socket and respects a live one", async () => {
  await using home = await homeWithKey();
  {
    const killed = await startDaemon(home);
    killed.running.kill("SIGKILL");
    await killed.running.result;
  }
  assert.equal(await exists(socketOf(home)), true);
  // Commands say nothing of it.
  const direct = await home.run(["token", "acme", "work"], { quiet: true });
  assert.deepEqual([direct.stdout, direct.stderr], ["key-of-acme-work\n", ""]);
  {
    await using daemon = await startDaemon(home);
    const answer = await daemon.call("get_token", ["acme", "work"]);
    assert.equal(answer.result.access_token, "key-of-acme-work");
  }

  // Another program listens there, which does not hold our lock.
  const path = socketOf(home);
  using other = Deno.listen({ transport: "unix", path });
  const refused = assertFailed(await home.run(["daemon", "run", "--json"]), 1, "daemon_unusable");
  assert.match(refused.message, /another program listens there$/);
  assert.equal(await exists(path), true);
  other.close(); // which removes it
  await Deno.writeTextFile(path, "a file of somebody's");
  const kept = assertFailed(await home.run(["daemon", "run", "--json"]), 1, "daemon_unusable");
  assert.match(kept.message, /there is something else/);
  assert.equal(await Deno.readTextFile(path), "a file of somebody's");
});

Deno.test("vantage daemon run refuses a place where others could put their own socket", async () => {
  await using home = await makeHome(undefined);
  const open = join(home.dir, "open");
  await Deno.mkdir(open);
  await Deno.chmod(open, 0o777);
  const run = async (VANTAGE_SOCKET: string) =>
    assertFailed(
      await home.run(["daemon", "run", "--json"], { env: { VANTAGE_SOCKET } }),
      1,
      "daemon_unusable",
    );
  assert.match((await run(join(open, "s"))).message, /others may change its directory$/);
  assert.match((await run(join(home.dir, "x".repeat(120)))).message, /may have \d+ bytes/);
  if (isRoot) {
    await Deno.chmod(open, 0o700);
    await Deno.chown(open, STRANGER, STRANGER);
    assert.match((await run(join(open, "s"))).message, /belongs to another user$/);
  }
});

Deno.test("vantage daemon run makes a socket and a directory that its user alone can use", async () => {
  await using home = await homeWithKey();
  await Deno.chmod(home.dir, 0o755);
  const socket = join(home.dir, "run", "vantage.sock");
  await using _daemon = await startDaemon(home, { env: { VANTAGE_SOCKET: socket } });
  const mode = async (path: string) => ((await Deno.lstat(path)).mode ?? 0) & 0o777;
  assert.deepEqual([await mode(socket), await mode(join(home.dir, "run"))], [0o600, 0o700]);
  assert.deepEqual([...Deno.readDirSync(join(home.dir, "run"))].map(({ name }) => name).sort(), [
    "vantage.sock",
    "vantage.sock.lock",
  ]);
});

const hasPython = await new Deno.Command("python3", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);
// deno-lint-ignore no-console -- the notice that the test command looks for
if (!hasPython) console.log("skipped: python3 is not installed");

Deno.test({
  name: "vantage daemon run lets no other user connect",
  ignore: !isRoot || !hasPython,
  async fn() {
    await using home = await homeWithKey();
    await Deno.chmod(home.dir, 0o755); // so that the socket's own mode is what counts
    await using daemon = await startDaemon(home);
    const code = "import socket, sys\n" +
      "s = socket.socket(socket.AF_UNIX)\n" +
      "try:\n  s.connect(sys.argv[1]); print('connected')\n" +
      "except PermissionError: print('refused')\n";
    const as = async (uid: number) => {
      const { stdout } = await new Deno.Command("/usr/bin/python3", {
        args: ["-c", code, daemon.socket],
        uid,
        gid: uid,
        stderr: "inherit",
      }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    assert.deepEqual([await as(0), await as(STRANGER)], ["connected", "refused"]);
  },
});

Deno.test({
  name: "vantage token does not talk to a socket of another user",
  ignore: !isRoot,
  async fn() {
    await using home = await homeWithKey();
    using theirs = Deno.listen({ transport: "unix", path: socketOf(home) });
    await Deno.chown(socketOf(home), STRANGER, STRANGER);
    let asked = false;
    const accepting = theirs.accept().then((connection) => {
      asked = true;
      connection.close();
    }, () => {});
    const { stdout, stderr } = await home.run(["token", "acme", "work"], { quiet: true });
    assert.deepEqual([stdout, stderr, asked], ["key-of-acme-work\n", "", false]);
    theirs.close();
    await accepting;
  },
});

Deno.test("vantage daemon status fails plainly when the daemon does not move", async () => {
  await using home = await makeHome(undefined);
  await using daemon = await startDaemon(home);
  daemon.running.kill("SIGSTOP");
  const result = await home.run(["daemon", "status", "--json"]);
  daemon.running.kill("SIGCONT");
  const { message, hint } = assertFailed(result, 1, "daemon_answer");
  assert.match(message, /does not answer$/);
  assert.match(hint, new RegExp(`kill -9 ${daemon.running.pid}\``));
});
