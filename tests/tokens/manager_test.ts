import assert from "node:assert/strict";
import { type ErrorCode, isVantageError, VantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import type { Session } from "../../src/tokens/session.ts";
import type { TokenRequest } from "../../src/tokens/source.ts";
import { GRANT, HOUR_MS, refused, rejected, transient, World } from "./manager_setup.ts";

const MIN = 60_000;

/** A world with a session that still lives for `left`. */
async function worldWith(left: number, change: (session: Session) => Session = (same) => same) {
  const world = new World();
  const session = change(world.session());
  await world.save({ session, clientSecret: new Secret("client-secret") });
  world.clock.advance(HOUR_MS - left);
  return { world, session, before: await world.saved() };
}

const withoutRefreshToken = ({ refreshToken: _, ...session }: Session): Session => session;

async function fails(work: Promise<unknown>, code: ErrorCode): Promise<VantageError> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, code), `Expected ${code}, got ${error}`);
  return error;
}

async function tokenOf(world: World, request: TokenRequest = {}): Promise<string> {
  return (await world.settle(world.manager().token(request))).value.expose();
}

Deno.test("token() returns a token that lives as it is", async () => {
  const { world, before } = await worldWith(HOUR_MS);
  const token = await world.manager().token();
  assert.equal(token.value.expose(), "access-1");
  assert.equal(token.type, "Bearer");
  assert.equal(token.expiresAt, world.clock.now() + HOUR_MS);
  assert.deepEqual(world.sent, []);
  assert.deepEqual(await world.saved(), before);
});

Deno.test("token() renews a token that is due or dead, and saves it before it returns", async () => {
  for (const left of [4 * MIN, 0, -HOUR_MS]) {
    const { world, before } = await worldWith(left);
    assert.equal(await tokenOf(world), "access-2");
    assert.deepEqual(world.sent, ["refresh-1"]);
    const saved = await world.saved();
    assert.equal(saved.session?.accessToken.expose(), "access-2");
    assert.equal(saved.session.refreshToken?.expose(), "refresh-2");
    assert.equal(saved.clientSecret?.expose(), "client-secret");
    assert.ok(saved.generation! > before.generation!);
    assert.equal(await tokenOf(world), "access-2");
    assert.deepEqual(world.sent, ["refresh-1"]);
    assert.deepEqual(world.warnings, []);
  }
});

Deno.test("token() keeps what the session was granted for, and scopes that were chosen", async () => {
  const grant = { ...GRANT, scopes: ["openid", "chosen"] };
  const { world } = await worldWith(0, (same) => ({ ...same, grant, scopesChosen: true }));
  await tokenOf(world);
  const { session } = await world.saved();
  assert.deepEqual(session?.grant, grant);
  assert.equal(session.scopesChosen, true);
});

Deno.test("token() renews a good token when it is forced or asked to live longer", async () => {
  for (const request of [{ force: true }, { minTtlMs: HOUR_MS }]) {
    const { world } = await worldWith(50 * MIN);
    assert.equal(await tokenOf(world, request), "access-2");
    assert.deepEqual(world.warnings, []);
  }
  const { world } = await worldWith(50 * MIN);
  assert.equal(await tokenOf(world, { minTtlMs: 49 * MIN }), "access-1");
});

Deno.test("token() says what kept it from a longer life, and nothing of the provider's tokens", async () => {
  const { world } = await worldWith(50 * MIN);
  world.answer = () => transient();
  assert.equal(await tokenOf(world, { minTtlMs: 55 * MIN }), "access-1");
  assert.deepEqual(world.warnings, [
    "Using the saved token, which still lives: The provider is down",
  ]);
});

Deno.test("token() warns, and renews once only, when no token lives as long as was asked for", async () => {
  const { world } = await worldWith(50 * MIN);
  assert.equal(await tokenOf(world, { minTtlMs: 2 * HOUR_MS }), "access-2");
  assert.deepEqual(world.sent, ["refresh-1"]);
  assert.deepEqual(world.warnings, ["The provider's tokens do not live as long as was asked for"]);
});

Deno.test("token() renews when the clock was set back, and once only", async () => {
  const { world } = await worldWith(HOUR_MS);
  world.clock.set(world.clock.now() - 2 * HOUR_MS);
  assert.equal(await tokenOf(world), "access-2");
  assert.equal(await tokenOf(world), "access-2");
});

Deno.test("token() renews when the clock was set forward, and once only", async () => {
  const { world } = await worldWith(HOUR_MS);
  world.clock.set(world.clock.now() + 2 * HOUR_MS);
  assert.equal(await tokenOf(world), "access-2");
  assert.equal(await tokenOf(world), "access-2");
  world.clock.set(world.clock.now() - 2 * HOUR_MS);
  assert.equal(await tokenOf(world), "access-3");
});

Deno.test("token() does not renew a short-lived token on every use", async () => {
  const { world } = await worldWith(0);
  world.answer = () => world.renewed(MIN);
  for (let use = 0; use < 5; use++) assert.equal(await tokenOf(world), "access-2");
});

Deno.test("token() throws what a login mends when there is nothing to renew", async () => {
  const empty = new World();
  const error = await fails(empty.manager().token(), "not_logged_in");
  assert.equal(error.hint, "Run `vantage login -p prod`");

  const { world: dead } = await worldWith(0, withoutRefreshToken);
  await fails(dead.manager().token(), "session_expired");

  const { world: alive } = await worldWith(MIN, withoutRefreshToken);
  assert.equal(await tokenOf(alive), "access-1");
  await fails(alive.manager().token({ force: true }), "session_expired");

  const { world: changed } = await worldWith(HOUR_MS);
  await fails(
    changed.manager({ grant: () => ({ ...GRANT, issuer: "https://evil" }) }).token(),
    "session_changed",
  );
  for (const world of [empty, dead, alive, changed]) assert.deepEqual(world.sent, []);
});

Deno.test("requireNoLogin() throws exactly when a person has to log in, and asks nobody", async () => {
  const { world: fresh } = await worldWith(HOUR_MS);
  await fresh.manager().requireNoLogin();
  const { world: due } = await worldWith(-HOUR_MS);
  await due.manager().requireNoLogin();
  const { world: dead } = await worldWith(0, withoutRefreshToken);
  await fails(dead.manager().requireNoLogin(), "session_expired");
  const empty = new World();
  await fails(empty.manager().requireNoLogin(), "not_logged_in");
  await empty.manager({ unattended: true }).requireNoLogin();
  for (const world of [fresh, due, dead, empty]) assert.deepEqual(world.sent, []);
});

Deno.test("token() makes a session out of nothing when nobody is needed for it", async () => {
  const world = new World();
  const manager = world.manager({ unattended: true });
  assert.equal((await world.settle(manager.token())).value.expose(), "access-1");
  assert.deepEqual(world.sent, [undefined]);
  assert.deepEqual((await world.saved()).session?.grant, GRANT);
  assert.equal((await world.settle(manager.token())).value.expose(), "access-1");
});

Deno.test("token() makes a new session unattended when the settings changed or the old one ended", async () => {
  const { world: changed } = await worldWith(HOUR_MS);
  const grant = { ...GRANT, audience: "api" };
  await changed.settle(changed.manager({ unattended: true, grant: () => grant }).token());
  assert.deepEqual((await changed.saved()).session?.grant, grant);

  const ended = new World();
  await ended.save({ ended: { at: 0, reason: "revoked" } });
  await ended.settle(ended.manager({ unattended: true }).token());
  assert.equal((await ended.saved()).ended, undefined);
});

for (const [name, outcome] of Object.entries({ transient: transient(), rejected })) {
  Deno.test(`token() uses the old token with a warning while it lives when the outcome is ${name}`, async () => {
    const { world, before } = await worldWith(4 * MIN);
    world.answer = () => outcome;
    assert.equal(await tokenOf(world), "access-1");
    assert.match(world.warnings[0] ?? "", /^Using the saved token, which still lives: /);
    assert.deepEqual(await world.saved(), before);
  });

  Deno.test(`token() throws and changes nothing when the outcome is ${name} and the token is dead`, async () => {
    const { world, before } = await worldWith(0);
    world.answer = () => outcome;
    await fails(
      world.settle(world.manager().token()),
      name === "transient" ? "provider_unavailable" : "client_refused",
    );
    assert.deepEqual(await world.saved(), before);
    world.answer = () => world.renewed();
    assert.equal(await tokenOf(world), "access-2");
  });

  Deno.test(`token() throws when a new token was demanded and the outcome is ${name}`, async () => {
    const { world, before } = await worldWith(HOUR_MS);
    world.answer = () => outcome;
    const failed = world.settle(world.manager().token({ force: true }));
    await fails(failed, name === "transient" ? "provider_unavailable" : "client_refused");
    assert.deepEqual(await world.saved(), before);
    assert.equal(await tokenOf(world), "access-1");
  });
}

Deno.test("token() throws when the old token died while it tried", async () => {
  const { world } = await worldWith(10_000);
  world.answer = async () => {
    await world.clock.sleep(15_000);
    return transient({ answerLost: true });
  };
  await fails(world.settle(world.manager().token()), "provider_unavailable");
  assert.equal(world.sent.length, 2);
});

Deno.test("token() asks nobody again before the time that Retry-After named", async () => {
  const { world } = await worldWith(0);
  world.answer = () => transient({ retryAfterMs: 60_000 });
  await fails(world.settle(world.manager().token()), "provider_unavailable");
  const { hint } = await fails(world.settle(world.manager().token()), "provider_unavailable");
  assert.match(hint ?? "", /try again in \d+ s/);
  assert.equal(world.sent.length, 1);
  world.clock.advance(60_000);
  world.answer = () => world.renewed();
  assert.equal(await tokenOf(world), "access-2");
});

Deno.test("token() ends the session when its refresh token is refused", async () => {
  for (const left of [4 * MIN, 0]) {
    const { world } = await worldWith(left);
    world.answer = () => refused;
    const error = await fails(world.settle(world.manager().token()), "session_ended");
    assert.match(error.message, /'vantage\/prod': invalid_grant/);
    assert.equal(error.hint, "Run `vantage login -p prod`");
    assert.equal(world.sent.length, 1);
    const saved = await world.saved();
    assert.equal(saved.session, undefined);
    assert.equal(saved.ended?.reason, "invalid_grant");
    assert.equal(saved.clientSecret?.expose(), "client-secret");
    await fails(world.settle(world.manager().token()), "session_ended");
    assert.equal(world.sent.length, 1);
  }
});

Deno.test("token() changes nothing when a machine's grant is refused", async () => {
  const { world, before } = await worldWith(0);
  world.answer = () => refused;
  const manager = world.manager({ unattended: true });
  await fails(world.settle(manager.token()), "client_refused");
  assert.deepEqual(await world.saved(), before);
});

Deno.test("token() sends nothing when the answer could not be saved", async () => {
  for (const [left, used] of [[4 * MIN, true], [0, false]] as const) {
    const { world } = await worldWith(left);
    const { store } = world;
    const full = new VantageError("store_full", "The disk is full");
    const manager = world.manager({
      store: {
        ...store,
        async tryLock(id, purpose) {
          const lock = await store.tryLock(id, purpose);
          return lock && { ...lock, reserve: () => Promise.reject(full) };
        },
      },
    });
    const work = world.settle(manager.token());
    if (used) assert.equal((await work).value.expose(), "access-1");
    else await fails(work, "store_full");
    assert.deepEqual(world.sent, []);
  }
});

Deno.test("token() uses the old token while it lives when the account cannot be locked", async () => {
  for (const [left, used] of [[4 * MIN, true], [0, false]] as const) {
    const { world } = await worldWith(left);
    const readOnly = new VantageError("store_unusable", "Read-only");
    const store = { ...world.store, tryLock: () => Promise.reject(readOnly) };
    const work = world.settle(world.manager({ store }).token());
    if (used) assert.equal((await work).value.expose(), "access-1");
    else await fails(work, "store_unusable");
  }
});

Deno.test("token() never hands out a new token that was not saved", async () => {
  const { world } = await worldWith(0);
  const { store } = world;
  const manager = world.manager({
    store: {
      ...store,
      async tryLock(id, purpose) {
        const lock = await store.tryLock(id, purpose);
        const broken = new VantageError("store_unusable", "I/O error");
        return lock && { ...lock, set: () => Promise.reject(broken) };
      },
    },
  });
  await fails(world.settle(manager.token()), "store_unusable");
});
