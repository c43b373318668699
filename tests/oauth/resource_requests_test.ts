import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { compactVerify, importJWK, type JWK } from "jose";
import { dpopKey } from "../../src/oauth/dpop.ts";
import { ResourceRequests } from "../../src/oauth/resource_requests.ts";
import { Secret } from "../../src/secret.ts";
import { FakeClock } from "../support/fake_clock.ts";

const REQUEST = {
  method: "post",
  url: new URL("https://api.example.com/things?page=1#part"),
  headers: { "x-mine": "1", "user-agent": "a-test/1" },
};

const bearer = { value: new Secret("an-access-token") };

async function bound() {
  const { jwk } = await dpopKey({ providerClock: Date });
  return { value: new Secret("an-access-token"), dpopKey: jwk };
}

/** Sends by requests whose answers are these, and tells the headers that were sent. */
function sender(clock = new FakeClock()) {
  const requests = new ResourceRequests(clock);
  const sent: Record<string, string>[] = [];
  const send = (
    token: Parameters<typeof requests.send>[0],
    response: Response,
    request: Parameters<typeof requests.send>[1] = REQUEST,
  ) =>
    requests.send(token, request, (headers) => {
      sent.push(headers);
      return Promise.resolve(response);
    });
  return { send, sent, clock };
}

const claimsOf = (proof = "") =>
  JSON.parse(atob(proof.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/")));
const refused = (challenge: string, headers: Record<string, string> = {}) =>
  new Response(null, { status: 401, headers: { "www-authenticate": challenge, ...headers } });

Deno.test("ResourceRequests presents a bearer token beside the request's headers", async () => {
  const { send, sent } = sender();
  const response = new Response("body");
  const answer = await send(bearer, response);
  assert.equal(answer.response, response);
  assert.equal(await answer.response.text(), "body");
  assert.equal(answer.betterNow, false);
  const { headers } = REQUEST;
  assert.deepEqual(sent, [{ authorization: "Bearer an-access-token", ...headers }]);
});

Deno.test("ResourceRequests proves a bound token for the method, the URL and the token", async () => {
  const token = await bound();
  const { send, sent, clock } = sender();
  await send(token, new Response());
  const [headers] = sent as [Record<string, string>];
  assert.equal(headers.authorization, "DPoP an-access-token");
  const claims = claimsOf(headers.dpop);
  assert.deepEqual([claims.htm, claims.htu], ["POST", "https://api.example.com/things"]);
  assert.equal(claims.iat, Math.floor(clock.now() / 1000));
  assert.equal(claims.ath, createHash("sha256").update("an-access-token").digest("base64url"));
  assert.ok(claims.jti);
  const { d: _private, ...publicJwk } = JSON.parse(token.dpopKey.expose()) as JWK;
  const { protectedHeader } = await compactVerify(
    headers.dpop!,
    await importJWK({ ...publicJwk, key_ops: ["verify"] }, "ES256"),
  );
  assert.deepEqual([protectedHeader.typ, "d" in protectedHeader.jwk!], ["dpop+jwt", false]);
});

Deno.test("ResourceRequests makes each proof anew, and keeps nonces apart by origin", async () => {
  const token = await bound();
  const { send, sent } = sender();
  const other = { ...REQUEST, url: new URL("https://uploads.example.com/") };
  await send(token, refused('DPoP error="use_dpop_nonce"', { "dpop-nonce": "first" }));
  await send(token, new Response(null, { headers: { "dpop-nonce": "second" } }));
  await send(token, new Response());
  await send(token, new Response(), other);
  const claims = sent.map(({ dpop }) => claimsOf(dpop));
  assert.deepEqual(claims.map(({ nonce }) => nonce), [undefined, "first", "second", undefined]);
  assert.equal(new Set(claims.map(({ jti }) => jti)).size, 4);
});

Deno.test("ResourceRequests proves with the key of the token that is presented", async () => {
  const tokens = [await bound(), await bound()];
  const { send, sent } = sender();
  for (const token of tokens) await send(token, new Response());
  const keys = sent.map(({ dpop }) => JSON.parse(atob(dpop!.split(".")[0]!)).jwk.x);
  assert.deepEqual(keys, tokens.map(({ dpopKey }) => JSON.parse(dpopKey.expose()).x));
});

Deno.test("ResourceRequests tells whether another proof would mend a refusal", async () => {
  const nonce = { "dpop-nonce": "a-nonce" };
  const wanted = 'DPoP error="use_dpop_nonce", algs="ES256"';
  const cases: [bound: boolean, response: Response, betterNow: boolean][] = [
    [true, refused(wanted, nonce), true],
    [true, refused(`Bearer, ${wanted}`, nonce), true],
    [true, refused(wanted), false], // it keeps the nonce to itself
    [false, refused(wanted, nonce), false],
    [
      true,
      new Response(null, { status: 400, headers: { "www-authenticate": wanted, ...nonce } }),
      false,
    ],
    [true, refused('DPoP error="invalid_token"', nonce), false],
    [true, refused('DPoP error="invalid_dpop_proof"'), false],
    [true, new Response(null, { status: 401 }), false],
    [true, new Response(null, { headers: nonce }), false],
  ];
  const token = await bound();
  for (const [isBound, response, betterNow] of cases) {
    const answer = await sender().send(isBound ? token : bearer, response);
    assert.equal(answer.betterNow, betterNow, response.headers.get("www-authenticate") ?? "");
  }
});

Deno.test("ResourceRequests goes by the API's clock once it is known to differ", async () => {
  const token = await bound();
  const { send, sent, clock } = sender();
  const hourAhead = () => ({ date: new Date(clock.now() + 3_600_000).toUTCString() });
  const first = await send(token, refused('DPoP error="invalid_dpop_proof"', hourAhead()));
  assert.equal(first.betterNow, true);
  const second = await send(token, refused('DPoP error="invalid_dpop_proof"', hourAhead()));
  assert.equal(second.betterNow, false); // the time is not what is wrong
  const [before, after] = sent.map(({ dpop }) => claimsOf(dpop).iat);
  assert.equal(after - before, 3_600);
  // An answer that says nothing of the time changes nothing.
  await send(token, new Response());
  await send(token, new Response());
  assert.equal(claimsOf(sent[3]!.dpop).iat - before, 3_600);
});

for (
  const challenge of [
    "Bearer",
    'Bearer realm="x", error="invalid_token"',
    'Basic realm="a", DPoP error="invalid_token", Negotiate abc==',
    'Bearer realm="unterminated',
    "=,;!",
    'DPoP error="' + "a\\\\".repeat(2_000) + '"',
    "A".repeat(8_000),
    `${'a="b",'.repeat(1_000)}`,
    "",
  ]
) {
  Deno.test(`ResourceRequests gives the answer, and its body, when the challenge is ${challenge.slice(0, 40)}`, async () => {
    const response = new Response("why", {
      status: 401,
      headers: { "www-authenticate": challenge },
    });
    const answer = await sender().send(bearer, response);
    assert.deepEqual([answer.response.status, await answer.response.text()], [401, "why"]);
  });
}

Deno.test("ResourceRequests throws what sending throws", async () => {
  const requests = new ResourceRequests(new FakeClock());
  const sending = requests.send(
    bearer,
    REQUEST,
    () => Promise.reject(new Error("Cut by the test")),
  );
  await assert.rejects(sending, /^Error: Cut by the test$/);
});
