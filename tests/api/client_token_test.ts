import assert from "node:assert/strict";
import { NetworkError } from "../../src/http.ts";
import { dpopKey } from "../../src/oauth/dpop.ts";
import { apiRequest, fakeApi, FakeTokens, type Reply } from "../support/exchange.ts";

const ok = () => new Response("fine");
const refused = (headers: Record<string, string> = {}) =>
  new Response(null, { status: 401, headers });
const presented = (sent: readonly { headers: Headers }[]) =>
  sent.map(({ headers }) => headers.get("authorization"));

for (const method of ["GET", "POST", "PATCH"]) {
  Deno.test(`ApiClient refreshes once and sends ${method} once more when the token is refused`, async () => {
    for (const replies of [[refused(), ok()], [refused()]]) {
      const { client, sent, tokens } = fakeApi([...replies]);
      const { status } = await client.send(apiRequest(method));
      assert.equal(status, replies.length === 1 ? 401 : 200);
      assert.deepEqual(presented(sent), ["Bearer token-1", "Bearer token-2"]);
      assert.equal(tokens.refreshes, 1);
    }
  });
}

Deno.test("ApiClient takes the token of another process before it refreshes", async () => {
  const tokens = new FakeTokens();
  const renewedMeanwhile: Reply = () => {
    tokens.number = 7;
    return refused();
  };
  const { client, sent } = fakeApi([renewedMeanwhile, ok()], { tokens });
  assert.equal((await client.send(apiRequest())).status, 200);
  assert.deepEqual(presented(sent), ["Bearer token-1", "Bearer token-7"]);
  assert.equal(tokens.refreshes, 0);
});

Deno.test("ApiClient sends nothing again when there is no other token than the refused one", async () => {
  const tokens = new FakeTokens({ ready: true });
  const { client, sent } = fakeApi([refused()], { tokens });
  const answer = await client.send(apiRequest());
  assert.deepEqual([answer.status, answer.isReadyToken, sent.length, tokens.refreshes], [
    401,
    true,
    1,
    0,
  ]);
});

Deno.test("ApiClient asks for a fresh token for each try and each redirect", async () => {
  const to = (location: string) => new Response(null, { status: 307, headers: { location } });
  const { client, sent, tokens } = fakeApi([
    new Response(null, { status: 503 }),
    to("/v1/next"),
    refused(),
    ok(),
  ]);
  assert.equal((await client.send(apiRequest())).status, 200);
  assert.equal(sent.length, 4);
  assert.deepEqual(presented(sent).slice(2), ["Bearer token-1", "Bearer token-2"]);
  assert.deepEqual(tokens.asked.map(({ refused }) => refused !== undefined), [
    false,
    false,
    false,
    true,
  ]);
});

Deno.test("ApiClient lets the 401 of an origin without the token be, and refreshes nothing", async () => {
  const { client, sent, tokens } = fakeApi([
    new Response(null, { status: 302, headers: { location: "https://storage.example.net/" } }),
    refused(),
  ]);
  assert.equal((await client.send(apiRequest())).status, 401);
  assert.deepEqual([sent.length, tokens.refreshes], [2, 0]);
});

Deno.test("ApiClient does not try again what the token source cannot reach", async () => {
  const tokens = new FakeTokens();
  let asked = 0;
  tokens.token = () => {
    asked++;
    return Promise.reject(new NetworkError("Cannot reach the provider", { mayHaveArrived: false }));
  };
  const { client, sent } = fakeApi([ok()], { tokens });
  await assert.rejects(client.send(apiRequest()), /Cannot reach the provider/);
  assert.deepEqual([asked, sent.length], [1, 0]);
});

Deno.test("ApiClient proves a DPoP token anew with the nonce that the API wants, without a refresh", async () => {
  const { jwk } = await dpopKey({ providerClock: Date });
  const tokens = new FakeTokens({ dpopKey: jwk });
  const challenge = {
    "www-authenticate": 'DPoP error="use_dpop_nonce"',
    "dpop-nonce": "a-nonce",
  };
  const { client, sent } = fakeApi([refused(challenge), ok()], { tokens });
  assert.equal((await client.send(apiRequest("POST"))).status, 200);
  assert.deepEqual(presented(sent), ["DPoP token-1", "DPoP token-1"]);
  assert.equal(tokens.refreshes, 0);
  const claims = JSON.parse(atob(sent[1]!.headers.get("dpop")!.split(".")[1]!));
  assert.equal(claims.nonce, "a-nonce");

  // A server that is never content gets a better proof, a better token, and no more.
  const never = fakeApi([refused(challenge)], { tokens: new FakeTokens({ dpopKey: jwk }) });
  assert.equal((await never.client.send(apiRequest())).status, 401);
  assert.ok(never.sent.length <= 4, String(never.sent.length));
  assert.equal(never.tokens.refreshes, 1);
});
