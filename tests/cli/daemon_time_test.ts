import assert from "node:assert/strict";
import { join } from "node:path";
import type { FakeSystem } from "../support/fake_system.ts";
import { type Message, RawClient, socketOf } from "../support/daemon.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";
import { ManualClock } from "../tokens/manual_clock.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";
import { inHome } from "./in_home.ts";

/**
 * The daemon in this process, with real files, sockets and provider, in a time that the test
 * lets pass.
 */
interface TimedDaemon extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly client: RawClient;
  readonly fake: FakeSystem;
  /** Lets so much pass (ms), in steps; in between requests come to their end. */
  pass(ms: number, step: number, look?: () => Promise<void>): Promise<void>;
  /** Set it where who is at work waits for time to pass: it then does, little by little. */
  waitsForTime: boolean;
  /** Lets time pass, little by little, until `work` is done. */
  meanwhile(work: Promise<Message>): Promise<Message>;
}

async function startTimed(home: Home): Promise<TimedDaemon> {
  const clock = new ManualClock();
  const fake = inHome(home, ["daemon", "run"], { clock });
  const running = fake.run();
  await fake.stderr.line(/Listening at/);
  const client = await RawClient.connect(socketOf(home));
  const isAtRest = async () => {
    const { next_refresh_at, in_progress } = (await client.call("status")).result;
    // Told in whole seconds; NaN where nothing is due.
    return in_progress === 0 && !(Date.parse(next_refresh_at) + 999 < clock.now());
  };
  const daemon: TimedDaemon = {
    clock,
    client,
    fake,
    waitsForTime: false,
    async pass(ms, step, look = () => Promise.resolve()) {
      for (const end = clock.now() + ms; clock.now() < end;) {
        clock.advance(Math.min(step, end - clock.now()));
        await eventually(async () => {
          const atRest = await isAtRest();
          if (!atRest && daemon.waitsForTime) clock.advance(200);
          return atRest;
        });
        await look();
      }
    },
    async meanwhile(work) {
      let done = false;
      work.finally(() => done = true);
      await eventually(() => {
        if (!done) clock.advance(200);
        return done;
      });
      return await work;
    },
    async [Symbol.asyncDispose]() {
      await client.call("stop");
      client[Symbol.dispose]();
      clock.advance(60_000); // for who waits for its end
      assert.equal((await running).status, 0, fake.stderr.text);
    },
  };
  return daemon;
}

const MINUTE_MS = 60_000;
const ACCOUNTS = 1_000;

/** A home with so many accounts of a machine's client, whose tokens expire within one minute. */
async function homeWithMany(provider: Provider, expireFrom: number): Promise<Home> {
  const home = await makeHome(undefined);
  const { clientId, clientSecret } = provider.machine;
  await Deno.writeTextFile(
    join(home.dir, "config.toml"),
    `[providers.ci]\nissuer = "${provider.issuer}"\nclient_id = "${clientId}"\n` +
      `flow = "client-credentials"\nscopes = []\n`,
  );
  const dir = join(home.dir, "tokens", "ci");
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  const save = (account: string, content: object) =>
    Deno.writeTextFile(
      join(dir, `${account}.json`),
      JSON.stringify({ version: 1, generation: 1, service: "ci", account, ...content }),
      { mode: 0o600 },
    );
  await save("_provider", { client_secret: clientSecret });
  const names = Array.from({ length: ACCOUNTS }, (_, n) => `a${n}`);
  await Promise.all(names.map((name, n) => {
    const expiresAt = expireFrom + MINUTE_MS * n / ACCOUNTS;
    return save(name, {
      session: {
        issuer: provider.issuer,
        client_id: clientId,
        scopes: [],
        access_token: `first-token-of-${name}`,
        token_type: "Bearer",
        obtained_at: new Date(expiresAt - 60 * MINUTE_MS).toISOString(),
        expires_at: new Date(expiresAt).toISOString(),
      },
    });
  }));
  await Deno.writeTextFile(
    join(home.dir, "accounts.toml"),
    names.map((id) => `[[accounts]]\nservice = "ci"\nid = "${id}"\nscopes = []\n`).join("\n"),
  );
  return home;
}

Deno.test("vantage daemon refreshes 1,000 accounts that expire together once each, spread out", async () => {
  await using provider = await startProvider();
  const expireFrom = Date.now() + 20 * MINUTE_MS;
  await using home = await homeWithMany(provider, expireFrom);
  await using daemon = await startTimed(home);
  const { client, clock } = daemon;
  await eventually(async () => (await client.call("status")).result.account_count === ACCOUNTS);
  const requests = () => provider.count({ path: "token" });
  /** How many were refreshed in each half minute. */
  const steps: number[] = [];
  await daemon.pass(21 * MINUTE_MS, 30_000, async () => {
    steps.push(requests() - steps.reduce((sum, count) => sum + count, 0));
    for (let n = 0; n < ACCOUNTS; n += 97) {
      const { result } = await client.call("get_token", ["ci", `a${n}`]);
      assert.ok(Date.parse(result.expires_at) > clock.now(), "An expired token was served");
      assert.equal(result.warning, undefined);
    }
  });
  assert.equal(requests(), ACCOUNTS);
  const busy = steps.filter((count) => count > 0);
  assert.ok(busy.length >= 5, `${steps}`);
  assert.ok(Math.max(...busy) <= ACCOUNTS / 3, `${steps}`);
  for (let n = 0; n < ACCOUNTS; n++) {
    const path = join(home.dir, "tokens", "ci", `a${n}.json`);
    const { session } = JSON.parse(await Deno.readTextFile(path));
    assert.ok(provider.secrets().includes(session.access_token));
  }
});

Deno.test("vantage daemon serves what lives while the provider is down for an hour, and recovers by itself", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh"); // 50 minutes left
  await using daemon = await startTimed(home);
  const { client, clock } = daemon;
  const old = home.session.accessToken.expose();
  const ask = () => daemon.meanwhile(client.call("get_token", ["vantage", "test"]));
  provider.down();
  daemon.waitsForTime = true; // between its tries
  let warned = 0;
  await daemon.pass(48 * MINUTE_MS, MINUTE_MS, async () => {
    const { result } = await ask();
    assert.equal(result.token, old);
    assert.ok(Date.parse(result.expires_at) > clock.now());
    if (/Cannot reach/.test(result.warning ?? "")) warned++;
  });
  assert.ok(warned > 0);
  const { failing } = (await client.call("status")).result;
  assert.deepEqual([failing.length, failing[0].account], [1, "test"]);

  await daemon.pass(12 * MINUTE_MS, MINUTE_MS); // nobody asks, and the token dies
  assert.equal(provider.count(REFRESH), 0);
  assert.equal(
    (await home.readRecord()).session?.refresh_token,
    home.session.refreshToken?.expose(),
  );
  provider.up();
  daemon.waitsForTime = false;
  await daemon.pass(13 * MINUTE_MS, MINUTE_MS);
  assert.equal(provider.count(REFRESH), 1);
  const { result } = await ask();
  assert.equal(result.token, (await home.readRecord()).session?.access_token);
  assert.deepEqual((await client.call("status")).result.failing, []);
});
