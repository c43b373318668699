import assert from "node:assert/strict";
import { join } from "node:path";
import { type Message, RawClient, socketOf, startDaemon } from "../support/daemon.ts";
import { assertDone, assertFailed } from "../support/login.ts";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";
import { canMount, mount } from "../tokens/mounts.ts";
import { homeWithSession, REFRESH, saveSession } from "../tokens/sessions.ts";

const ACCOUNT = ["vantage", "test"];

/** What the token file says. */
const saved = async (home: Home) => String((await home.readRecord()).session?.access_token);

Deno.test("vantage token asks the daemon, and refreshes once with it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using daemon = await startDaemon(home);
  const { stdout, stderr } = await home.run(["token"], { quiet: true });
  assert.deepEqual([stdout, stderr], [`${await saved(home)}\n`, ""]);
  assert.equal(provider.count(REFRESH), 0);

  const refreshed = await home.run(["token", "--refresh"]);
  assertDone(refreshed);
  assert.equal(refreshed.stdout, `${await saved(home)}\n`);
  assert.equal(provider.count(REFRESH), 1);
  const { result } = await daemon.call("get_token", ACCOUNT);
  assert.equal(result.access_token, await saved(home));
  assert.equal(result.token, result.access_token);
  assert.equal(result.token_type, "Bearer");
  assert.match(result.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

Deno.test("vantage daemon and 100 commands refresh a dead token once, and lose nothing", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  await saveSession(home, provider, "dead"); // which the daemon hears of by itself, too
  const commands = Promise.all(
    Array.from(
      { length: 100 },
      (_, n) => home.run(n % 2 === 0 ? ["token"] : ["token", "--direct"]),
    ),
  );
  const calls = await Promise.all(
    Array.from({ length: 100 }, () => daemon.call("get_token", ACCOUNT)),
  );
  const token = await saved(home);
  for (const { status, stdout, stderr } of await commands) {
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${token}\n`);
  }
  for (const { result } of calls) assert.equal(result?.access_token, token);
  assert.equal(provider.count(REFRESH), 1);

  // The provider would have ended the session, had anybody sent the old token.
  assert.ok((await client.call("refresh_token", ACCOUNT)).result);
  assertDone(await home.run(["refresh", "--direct"]));
  assert.equal((await client.call("get_token", ACCOUNT)).result.token, await saved(home));
  assert.equal(provider.count(REFRESH), 3);
});

Deno.test("vantage daemon killed before the provider used the refresh token up loses nothing", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const before = await Deno.readTextFile(home.tokenFile);
  const gate = provider.gate(REFRESH, "before");
  const killed = await startDaemon(home);
  const asking = home.run(["token"]);
  await gate.arrived;
  killed.running.kill("SIGKILL");
  await killed.running.result;
  assert.equal(await Deno.readTextFile(home.tokenFile), before);
  await using daemon = await startDaemon(home);
  gate.release("close");
  // Who had asked the dead one goes on without it, or with the one that came after it.
  const { status, stdout, stderr } = await asking;
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${await saved(home)}\n`);
  assert.equal((await daemon.call("get_token", ACCOUNT)).result.token, await saved(home));
  assert.equal(provider.count(REFRESH), 2);
});

Deno.test("vantage daemon killed after the provider used the refresh token up says so plainly", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "dead");
  const gate = provider.gate(REFRESH, "after");
  const killed = await startDaemon(home);
  await gate.arrived;
  killed.running.kill("SIGKILL");
  await killed.running.result;
  gate.release("close");
  await using daemon = await startDaemon(home);
  const { error } = await daemon.call("get_token", ACCOUNT);
  assert.deepEqual([error.code, error.data.code], [-32004, "session_ended"]);
  assert.equal(error.data.hint, "Run `vantage login -p test`");
  const failed = assertFailed(await home.run(["token", "--json"]), 4, "session_ended");
  assert.equal(failed.message, error.message);
});

Deno.test({
  name: "vantage daemon sends no refresh token when the disk is full, and recovers",
  ignore: !canMount,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const tokens = join(home.dir, "tokens");
    await Deno.mkdir(tokens, { mode: 0o700 });
    await using _small = await mount(
      ["-t", "tmpfs", "-o", "size=256k,mode=0700", "none"],
      tokens,
    );
    await saveSession(home, provider, "dead");
    const before = await Deno.readTextFile(home.tokenFile);
    const filler = join(tokens, "filler");
    await fill(filler);
    await using daemon = await startDaemon(home);
    const { error } = await daemon.call("get_token", ACCOUNT);
    assert.deepEqual([error.code, error.data.code], [-32006, "store_full"]);
    assert.equal(provider.count(REFRESH), 0);
    assert.equal(await Deno.readTextFile(home.tokenFile), before);
    const { result: { failing } } = await daemon.call("status");
    assert.match(failing[0].message, /no space is left/);

    await Deno.remove(filler);
    const { result } = await daemon.call("get_token", ACCOUNT);
    assert.equal(result.access_token, await saved(home));
    assert.equal(provider.count(REFRESH), 1);
    assert.deepEqual((await daemon.call("status")).result.failing, []);
  },
});

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  try {
    while (true) await file.write(new Uint8Array(4096));
  } catch {
    // nothing more fits
  }
}

Deno.test("vantage daemon picks up changes of settings and sessions without a restart", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using daemon = await startDaemon(home);
  using client = await daemon.connect();
  const ask = (): Promise<Message> => client.call("get_token", ACCOUNT);
  const settings = { issuer: provider.issuer, client_id: provider.clientId };
  assert.ok((await ask()).result);
  for (const change of [{ client_id: "another" }, { scopes: ["openid"] }]) {
    await home.writeConfig({ ...settings, ...change });
    const { error } = await ask();
    assert.deepEqual([error.code, error.data.code], [-32004, "session_changed"]);
  }
  await Deno.writeTextFile(join(home.dir, "config.toml"), "[profiles.test\n");
  assert.deepEqual((await ask()).error.code, -32003);
  assert.match((await ask()).error.message, /config\.toml:1/);
  await home.writeConfig(settings);
  assert.ok((await ask()).result);

  assertDone(await home.run(["logout"]));
  assert.equal((await ask()).error.data.code, "not_logged_in");
  const session = await saveSession(home, provider, "fresh");
  assert.equal((await ask()).result.token, session.accessToken.expose());
});

Deno.test("vantage daemon refreshes a session that others made, before anybody asks", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using daemon = await startDaemon(home);
  await daemon.call("status");
  const { accessToken } = await saveSession(home, provider, "dead");
  await eventually(async () => await saved(home) !== accessToken.expose());
  assert.equal(provider.count(REFRESH), 1);
});

Deno.test("vantage token goes without the daemon when its settings are others, and says nothing", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using _daemon = await startDaemon(home);
  const token = `${await saved(home)}\n`;
  const env = { VANTAGE_CLIENT_ID: "another" };
  const failed = assertFailed(await home.run(["token", "--json"], { env }), 4, "session_changed");
  assert.match(failed.message, /another 'client_id'/);
  const other = { VANTAGE_TOKEN: "token-of-the-environment" };
  assert.equal((await home.run(["token"], { env: other })).stdout, "token-of-the-environment\n");
  // Another home beside the same socket is not that daemon's.
  await using stranger = await homeWithSession(provider, "fresh");
  const { stdout, stderr } = await stranger.run(["token"], {
    env: { VANTAGE_SOCKET: socketOf(home) },
    quiet: true,
  });
  assert.deepEqual([stdout, stderr], [`${await saved(stranger)}\n`, ""]);
  assert.notEqual(stdout, token);
});

Deno.test("vantage token goes without the daemon when its client secret is in the environment", async () => {
  await using provider = await startProvider();
  const { clientId, clientSecret } = provider.machine;
  await using home = await makeHome(provider, {
    client_id: clientId,
    flow: "client-credentials",
    scopes: [],
  });
  await using _daemon = await startDaemon(home);
  const env = { VANTAGE_CLIENT_SECRET: clientSecret };
  for (let times = 0; times < 2; times++) {
    const result = await home.run(["token", "--refresh"], { env });
    assertDone(result);
    assert.ok(provider.secrets().includes(result.stdout.trim()));
  }
  assertFailed(await home.run(["token", "--refresh", "--json"]), 3, "config_incomplete");
});

/** Something that listens where a daemon would, and answers each request with what it is told. */
function impostor(home: Home, reply: (request: Message) => string | undefined) {
  const listener = Deno.listen({ transport: "unix", path: socketOf(home) });
  const serve = async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(64 * 1024);
      const size = await connection.read(buffer) ?? 0;
      const text = new TextDecoder().decode(buffer.subarray(0, size));
      const answer = reply(JSON.parse(text.split("\n")[0] || "{}"));
      if (answer !== undefined) await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  };
  const serving = serve().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("vantage token takes a refusal of the daemon for an answer", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const requests: Message[] = [];
  await using _impostor = impostor(home, (request) => {
    requests.push(request);
    const data = { code: "session_ended", hint: "Ask the daemon why" };
    const error = { code: -32004, message: "The daemon says no", data };
    return JSON.stringify({ jsonrpc: "2.0", id: request.id, error }) + "\n";
  });
  const failed = assertFailed(await home.run(["token", "--json"]), 4, "session_ended");
  assert.deepEqual(failed, {
    code: "session_ended",
    message: "The daemon says no",
    hint: "Ask the daemon why",
  });
  assert.deepEqual(
    requests.map(({ method, params }) => [method, params.service, params.account]),
    [["get_token", "vantage", "test"]],
  );
  assert.equal((await home.run(["token", "--direct"])).stdout, `${await saved(home)}\n`);
  assert.equal(requests.length, 1);
});

for (
  const [what, answer] of Object.entries({
    "is no JSON": "HTTP/1.1 400 Bad Request\r\n",
    "has no result": '{"jsonrpc":"2.0","id":1}\n',
    "has another shape": '{"jsonrpc":"2.0","id":1,"result":{"access_token":1}}\n',
    "is no message": "[1]\n",
  })
) {
  Deno.test(`vantage token fails plainly when the daemon's answer ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using _impostor = impostor(home, () => answer);
    const { hint } = assertFailed(await home.run(["token", "--json"]), 1, "daemon_answer");
    assert.match(hint, /--direct/);
  });
}

Deno.test("vantage token goes on without a daemon that hangs up", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using _impostor = impostor(home, () => undefined);
  const { stdout, stderr } = await home.run(["token"], { quiet: true });
  assert.deepEqual([stdout, stderr], [`${await saved(home)}\n`, ""]);
});

Deno.test("vantage token goes on without a daemon that does not move, and says so", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using daemon = await startDaemon(home);
  daemon.running.kill("SIGSTOP");
  const { stdout, stderr } = await home.run(["token"], { quiet: true });
  daemon.running.kill("SIGCONT");
  assert.equal(stdout, `${await saved(home)}\n`);
  assert.equal(stderr, "warning: The daemon does not answer: going on without it\n");
});

Deno.test("vantage exec, resolve and helpers take their tokens from the daemon", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const tokens = ["from-the-daemon-1", "from-the-daemon-2"];
  await using _impostor = impostor(home, ({ id, method }) => {
    assert.equal(method, "get_token");
    const access_token = tokens.shift();
    const result = { access_token, token: access_token, token_type: "Bearer", expires_at: null };
    return JSON.stringify({ jsonrpc: "2.0", id, result }) + "\n";
  });
  const reference = "auth://vantage/test/token";
  assert.equal((await home.run(["resolve", reference])).stdout, "from-the-daemon-1\n");
  const env = { T: reference };
  const { stdout } = await home.run(["exec", "--", "sh", "-c", "echo $T"], { env });
  assert.equal(stdout, "from-the-daemon-2\n");
});

Deno.test("vantage daemon gives up on nobody when a client leaves in the middle of a refresh", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  await using daemon = await startDaemon(home);
  const gate = provider.gate(REFRESH, "after");
  {
    using leaving = await RawClient.connect(daemon.socket);
    await leaving.sendMessage({ jsonrpc: "2.0", id: 1, method: "refresh_token", params: ACCOUNT });
    await gate.arrived;
  }
  const staying = daemon.call("refresh_token", ACCOUNT);
  gate.release();
  assert.equal((await staying).result.access_token, await saved(home));
  assert.notEqual(await saved(home), home.session.accessToken.expose());
});
