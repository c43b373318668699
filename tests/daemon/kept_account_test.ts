import assert from "node:assert/strict";
import { isVantageError, VantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { GRANT, HOUR_MS, refused, transient } from "../tokens/manager_setup.ts";
import { KeptWorld } from "./kept_world.ts";

const MINUTE_MS = 60_000;

async function worldWithSession(life = HOUR_MS) {
  const world = new KeptWorld();
  await world.save({ session: world.session(life) });
  return world;
}

const value = ({ token }: Awaited<ReturnType<KeptWorld["ask"]>>) => token.value.expose();

Deno.test("token() of a kept account hands out a fresh token without network", async () => {
  const world = await worldWithSession();
  const { token, warning } = await world.ask();
  assert.equal(token.value.expose(), "access-1");
  assert.equal(warning, undefined);
  assert.deepEqual(world.sent, []);
});

Deno.test("token() of a kept account renews once for all who ask together", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  const answer = Promise.withResolvers<void>();
  world.answer = async () => {
    await answer.promise;
    return world.renewed();
  };
  let locks = 0;
  const tryLock = world.store.tryLock;
  world.store.tryLock = (id, purpose) => {
    locks++;
    return tryLock(id, purpose);
  };
  const asked = [
    ...Array.from({ length: 50 }, () => world.ask()),
    world.ask({ force: true }),
    world.ask({ minTtlMs: MINUTE_MS }),
  ];
  answer.resolve();
  const tokens = await world.settle(Promise.all(asked));
  assert.deepEqual(new Set(tokens.map(value)), new Set(["access-2"]));
  assert.deepEqual(world.sent, ["refresh-1"]);
  assert.equal(locks, 1); // nobody waits for another of us
});

Deno.test("token() of a kept account serves a living token at once while its provider fails", async () => {
  const world = await worldWithSession();
  world.clock.advance(57 * MINUTE_MS);
  world.answer = () => transient();
  const first = await world.settle(world.ask());
  assert.equal(value(first), "access-1");
  assert.match(first.warning ?? "", /still lives: The provider is down/);
  const sent = world.sent.length;
  for (let times = 0; times < 100; times++) {
    const { warning } = await world.ask(); // without time passing: nobody waits
    assert.match(warning ?? "", /The provider is down/);
  }
  assert.equal(world.sent.length, sent);
  assert.equal(world.failing()?.failures, 1);
  assert.equal(world.failing()?.message, "The provider is down");

  world.answer = () => world.renewed();
  world.clock.advance(20_000); // the pause is over
  const next = await world.settle(world.ask());
  assert.deepEqual([value(next), next.warning], ["access-2", undefined]);
  assert.equal(world.failing(), undefined);
  assert.deepEqual(world.logged, [
    "Cannot refresh 'vantage/prod': The provider is down",
    "Refreshes 'vantage/prod' again",
  ]);
});

Deno.test("token() of a kept account asks again at once when the token is dead", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.answer = () => transient();
  await assert.rejects(world.settle(world.ask()), { code: "provider_unavailable" });
  world.answer = () => world.renewed();
  assert.equal(value(await world.settle(world.ask())), "access-2");
});

Deno.test("token() of a kept account does not put the next try off for who asks for a dead token", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.answer = () => transient();
  await assert.rejects(world.settle(world.ask()));
  const { retryAt } = world.failing()!;
  for (let times = 0; times < 5; times++) await assert.rejects(world.settle(world.ask()));
  assert.deepEqual([world.failing()?.retryAt, world.failing()?.failures], [retryAt, 1]);
});

Deno.test("token() of a kept account is not failing for want of what it never had", async () => {
  const world = new KeptWorld();
  await world.save({ apiKey: new Secret("a-static-key") });
  assert.equal(value(await world.ask()), "a-static-key");
  await assert.rejects(world.settle(world.ask({ force: true })), { code: "not_supported" });
  assert.equal(world.failing(), undefined);
});

Deno.test("token() of a kept account throws what was demanded and could not be had", async () => {
  const world = await worldWithSession();
  world.answer = () => transient();
  await assert.rejects(world.settle(world.ask({ force: true })), { code: "provider_unavailable" });
  assert.equal(value(await world.ask()), "access-1");
});

Deno.test("token() of a kept account knows a session that another process has renewed", async () => {
  const world = await worldWithSession();
  await world.ask();
  await world.save({ session: world.session() });
  assert.equal(value(await world.ask()), "access-2");
  await world.save({});
  await assert.rejects(world.ask(), { code: "not_logged_in" });
});

for (
  const [what, change] of Object.entries({
    issuer: { issuer: "https://other.example.com" },
    client_id: { clientId: "other" },
    scopes: { scopes: ["openid", "more"] },
  })
) {
  Deno.test(`token() of a kept account is dropped when its ${what} changes under it`, async () => {
    const world = await worldWithSession();
    await world.ask();
    const manager = world.manager.bind(world);
    world.manager = (parts) => manager({ ...parts, grant: () => ({ ...GRANT, ...change }) });
    world.newSettings();
    const error = await world.ask().catch((error: unknown) => error);
    assert.ok(isVantageError(error, "session_changed"), String(error));
    assert.ok(error.message.includes(`another '${what}'`), error.message);
    assert.deepEqual(world.sent, []);
  });
}

Deno.test("token() of a kept account ends the session when the provider refuses it", async () => {
  const world = await worldWithSession();
  world.clock.advance(HOUR_MS);
  world.answer = () => refused;
  for (let times = 0; times < 2; times++) {
    await assert.rejects(world.settle(world.ask()), { code: "session_ended" });
  }
  assert.equal(world.sent.length, 1);
  assert.equal(world.failing(), undefined);
});

Deno.test("token() of a kept account throws what is wrong with the settings, and recovers", async () => {
  const world = await worldWithSession();
  world.broken = new VantageError("config_invalid", "config.toml:1: wrong");
  await assert.rejects(world.ask(), { code: "config_invalid" });
  world.broken = undefined;
  assert.equal(value(await world.ask()), "access-1");
});

Deno.test("token() of a kept account notes its use at most once an hour", async () => {
  const world = await worldWithSession(24 * HOUR_MS);
  for (let times = 0; times < 10; times++) await world.ask();
  assert.equal(world.noted.length, 1);
  world.clock.advance(HOUR_MS);
  await world.ask();
  assert.equal(world.noted.length, 2);
});
