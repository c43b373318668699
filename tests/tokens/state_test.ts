import assert from "node:assert/strict";
import { Secret } from "../../src/secret.ts";
import type { Grant, Session } from "../../src/tokens/session.ts";
import { sameScopes, type Threshold, tokenState } from "../../src/tokens/state.ts";

const NOW = Date.UTC(2030, 0, 1);
const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;

const GRANT: Grant = {
  issuer: "https://id",
  clientId: "c",
  scopes: ["openid", "email"],
  dpop: false,
};
const DEFAULT: Threshold = { ms: 5 * MIN, isDefault: true };
const chosen = (ms: number): Threshold => ({ ms, isDefault: false });

/** A session of an hour, obtained so that it still lives for `left`. */
function session(left: number, change: Partial<Session> = {}, life = HOUR): Session {
  return {
    accessToken: new Secret("access"),
    tokenType: "Bearer",
    obtainedAt: NOW + left - life,
    expiresAt: NOW + left,
    refreshToken: new Secret("refresh"),
    grant: GRANT,
    scopesChosen: false,
    ...change,
  };
}

const { refreshToken: _none, ...withoutRefreshToken } = session(0);
const unrefreshable = (left: number): Session => ({
  ...withoutRefreshToken,
  obtainedAt: NOW + left - HOUR,
  expiresAt: NOW + left,
});

function kind(saved: Session, threshold = DEFAULT, now = NOW): string {
  const state = tokenState({ session: saved }, () => GRANT, threshold, now);
  return state.kind === "due" ? `due, ${state.usable ? "usable" : "dead"}` : state.kind;
}

Deno.test("tokenState() is none or ended when there is no session", () => {
  assert.deepEqual(tokenState({}, () => GRANT, DEFAULT, NOW), { kind: "none" });
  assert.deepEqual(
    tokenState({ clientSecret: new Secret("s") }, () => GRANT, DEFAULT, NOW),
    { kind: "none" },
  );
  assert.deepEqual(
    tokenState({ ended: { at: NOW, reason: "revoked" } }, () => GRANT, DEFAULT, NOW),
    { kind: "ended", reason: "revoked" },
  );
});

Deno.test("tokenState() is fresh while the token lives longer than the threshold", () => {
  assert.equal(kind(session(HOUR)), "fresh");
  assert.equal(kind(session(5 * MIN + 1)), "fresh");
  assert.equal(kind(session(5 * MIN)), "due, usable");
  assert.equal(kind(session(1)), "due, usable");
  assert.equal(kind(session(0)), "due, dead");
  assert.equal(kind(session(-HOUR)), "due, dead");
});

Deno.test("tokenState() shrinks the default threshold to half of a short life", () => {
  assert.equal(kind(session(60 * S, {}, 60 * S)), "fresh");
  assert.equal(kind(session(30 * S + 1, {}, 60 * S)), "fresh");
  assert.equal(kind(session(30 * S, {}, 60 * S)), "due, usable");
  assert.equal(kind(session(5 * MIN, {}, 10 * MIN)), "due, usable");
});

Deno.test("tokenState() takes a threshold that was chosen at its word", () => {
  assert.equal(kind(session(60 * S, {}, 60 * S), chosen(5 * MIN)), "due, usable");
  assert.equal(kind(session(2 * HOUR), chosen(3 * HOUR)), "due, usable");
  assert.equal(kind(session(11 * S), chosen(10 * S)), "fresh");
});

Deno.test("tokenState() is due when the clock was set back, and the token still counts as alive", () => {
  for (
    const [back, state] of [[2 * HOUR, "due, usable"], [61 * S, "due, usable"], [
      59 * S,
      "fresh",
    ]] as const
  ) {
    assert.equal(kind(session(HOUR), DEFAULT, NOW - back), state, `${back / S} s`);
  }
});

Deno.test("tokenState() is due and dead when the clock was set forward", () => {
  assert.equal(kind(session(HOUR), DEFAULT, NOW + 2 * HOUR), "due, dead");
});

Deno.test("tokenState() uses a token without refresh token until it expires", () => {
  assert.equal(kind(unrefreshable(HOUR)), "fresh");
  assert.equal(kind(unrefreshable(1)), "fresh");
  assert.equal(kind(unrefreshable(1), chosen(HOUR)), "fresh");
  assert.equal(kind(unrefreshable(0)), "expired");
});

Deno.test("tokenState() is due without refresh token when a session can be had unattended", () => {
  const state = tokenState({ session: unrefreshable(MIN) }, () => GRANT, DEFAULT, NOW, true);
  assert.deepEqual(state, { kind: "due", session: unrefreshable(MIN), usable: true });
});

Deno.test("tokenState() is changed when the settings ask for something else", () => {
  const what = (wanted: Partial<Grant>, saved: Partial<Session> = {}) => {
    const state = tokenState(
      { session: session(HOUR, saved) },
      () => ({ ...GRANT, ...wanted }),
      DEFAULT,
      NOW,
    );
    return state.kind === "changed" ? state.what : state.kind;
  };
  assert.equal(what({ issuer: "https://other" }), "issuer");
  assert.equal(what({ clientId: "other" }), "client_id");
  assert.equal(what({ audience: "api" }), "audience");
  assert.equal(what({ resource: "https://api" }), "resource");
  assert.equal(what({ dpop: true }), "dpop");
  assert.equal(what({ scopes: ["openid"] }), "scopes");
  assert.equal(what({ scopes: ["email", "openid"] }), "fresh");
  assert.equal(what({ scopes: ["openid"] }, { scopesChosen: true }), "fresh");
  assert.equal(what({}, { grant: { ...GRANT, audience: "api" } }), "audience");
});

Deno.test("sameScopes() compares sets", () => {
  assert.ok(sameScopes(["a", "b"], ["b", "a", "a"]));
  assert.ok(!sameScopes(["a"], ["a", "b"]));
  assert.ok(!sameScopes(["a", "b"], ["a"]));
  assert.ok(sameScopes([], []));
});
