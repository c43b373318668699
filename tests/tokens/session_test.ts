import assert from "node:assert/strict";
import fc from "fast-check";
import { isVantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import type { Credentials } from "../../src/tokens/session.ts";
import { decodeCredentials, encodeCredentials } from "../../src/tokens/session.ts";
import { ID } from "../store/contract.ts";

const text = fc.string({ unit: "binary", minLength: 1 });
const secret = text.map((value) => new Secret(value));
const instant = fc.date({
  min: new Date(0),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
}).map(Number);

const credentials: fc.Arbitrary<Credentials> = fc.record({
  session: fc.record({
    accessToken: secret,
    tokenType: fc.constantFrom("Bearer", "DPoP"),
    obtainedAt: instant,
    expiresAt: instant,
    refreshToken: secret,
    idToken: secret,
    scopes: fc.array(text),
    dpopKey: secret,
    grant: fc.record({
      issuer: text,
      clientId: text,
      scopes: fc.array(text),
      audience: text,
      resource: text,
      dpop: fc.constant(false),
    }, { requiredKeys: ["issuer", "clientId", "scopes", "dpop"] }),
    scopesChosen: fc.boolean(),
  }, {
    requiredKeys: ["accessToken", "tokenType", "obtainedAt", "expiresAt", "grant", "scopesChosen"],
  }),
  ended: fc.record({ at: instant, reason: fc.string({ unit: "binary" }) }),
  clientSecret: secret,
}, { requiredKeys: [] }) as fc.Arbitrary<Credentials>;

/** With its secrets visible, to be compared. */
const exposed = (credentials: Credentials) =>
  JSON.stringify(
    credentials,
    function (this: Record<string, unknown>, key, value) {
      return this[key] instanceof Secret ? this[key].expose() : value;
    },
  );

Deno.test("decodeCredentials() gives what encodeCredentials() was given, by way of JSON", () => {
  fc.assert(fc.property(credentials, (given) => {
    const { session } = given;
    const dpop = session?.tokenType === "DPoP";
    const expected = session
      ? { ...given, session: { ...session, grant: { ...session.grant, dpop } } }
      : given;
    const fields = JSON.parse(JSON.stringify(encodeCredentials(expected)));
    assert.deepEqual(
      JSON.parse(exposed(decodeCredentials(ID, fields))),
      JSON.parse(exposed(expected)),
    );
  }));
});

Deno.test("encodeCredentials() writes an expiry that can be read again, however far off", () => {
  const session = {
    accessToken: new Secret("a"),
    tokenType: "Bearer",
    obtainedAt: 0,
    grant: { issuer: "i", clientId: "c", scopes: [], dpop: false },
    scopesChosen: false,
  } as const;
  for (const expiresAt of [1e15, 8.64e15, 1e300, Infinity]) {
    const fields = encodeCredentials({ session: { ...session, expiresAt } });
    const read = decodeCredentials(ID, fields).session?.expiresAt ?? 0;
    assert.ok(read > Date.UTC(9999, 0, 1), `${expiresAt}`);
  }
});

Deno.test("decodeCredentials() throws store_corrupt, without a value, when a field is wrong", () => {
  const session = {
    issuer: "i",
    client_id: "c",
    scopes: [],
    access_token: "precious",
    token_type: "Bearer",
    obtained_at: "2030-01-01T00:00:00.000Z",
    expires_at: "2030-01-01T01:00:00.000Z",
  };
  assert.ok(decodeCredentials(ID, { session }).session);
  for (
    const wrong of [
      { access_token: "" },
      { access_token: undefined },
      { token_type: "precious" },
      { expires_at: "precious" },
      { expires_at: 5 },
      { refresh_token: ["precious"] },
      { scopes: "precious" },
    ]
  ) {
    assert.throws(
      () => decodeCredentials(ID, { session: { ...session, ...wrong } }),
      (error) => isVantageError(error, "store_corrupt") && !error.message.includes("precious"),
    );
  }
});

Deno.test("decodeCredentials() takes fields that a later version may have added", () => {
  assert.deepEqual(decodeCredentials(ID, { client_id: "x", later: { a: 1 } }), {});
  assert.deepEqual(decodeCredentials(ID, undefined), {});
});
