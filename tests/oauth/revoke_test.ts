import assert from "node:assert/strict";
import { revoke } from "../../src/oauth/revoke.ts";
import type { TokenSet } from "../../src/oauth/token_set.ts";
import { Secret } from "../../src/secret.ts";
import { type Reply, stubServer } from "./stub_server.ts";

const SESSION: TokenSet = {
  accessToken: new Secret("an-access-token"),
  refreshToken: new Secret("a-refresh-token"),
  tokenType: "Bearer",
  obtainedAt: 0,
  expiresAt: 0,
};
const done = (status = 200) => new Response(null, { status });
const refusal = (error: string) => Response.json({ error }, { status: 400 });

async function revoked(session: TokenSet, ...replies: Reply[]): Promise<string[]> {
  const { server, sent } = await stubServer(replies);
  await revoke(server, session);
  return sent.map(({ form }) => `${form.get("token_type_hint")}=${form.get("token")}`);
}

for (const status of [200, 204]) {
  Deno.test(`revoke() ends both tokens, the refresh token first, when told ${status}`, async () => {
    assert.deepEqual(await revoked(SESSION, done(status)), [
      "refresh_token=a-refresh-token",
      "access_token=an-access-token",
    ]);
  });
}

Deno.test("revoke() is content when the access token is one that cannot be revoked", async () => {
  const sent = await revoked(SESSION, done(), refusal("unsupported_token_type"));
  assert.equal(sent.length, 2);
});

Deno.test("revoke() fails when the only token cannot be revoked", async () => {
  const { refreshToken: _none, ...session } = SESSION;
  await assert.rejects(revoked(session, refusal("unsupported_token_type")), {
    code: "client_refused",
  });
});

Deno.test("revoke() fails when the refresh token lives on", async () => {
  await assert.rejects(revoked(SESSION, new Response(null, { status: 503 })), {
    code: "provider_unavailable",
  });
});

for (const gone of ["access", "refresh"] as const) {
  Deno.test(`revoke() is content when the provider does not know the ${gone} token any more`, async () => {
    const replies = gone === "access"
      ? [done(), refusal("invalid_token")]
      : [refusal("invalid_token"), done()];
    assert.equal((await revoked(SESSION, ...replies)).length, 2);
  });
}

Deno.test("revoke() fails when the client may not revoke", async () => {
  const challenge = Response.json({ error: "invalid_client" }, { status: 401 });
  await assert.rejects(revoked(SESSION, challenge), { code: "client_refused" });
});

const { refreshToken: _none, ...ACCESS_ONLY } = SESSION;
for (
  const [session, token, kind] of [
    [SESSION, "a-refresh-token", "refresh_token"],
    [ACCESS_ONLY, "an-access-token", "access_token"],
  ] as const
) {
  Deno.test(`revoke() ends the ${kind} by JSON when the settings say so`, async () => {
    const { server, sent } = await stubServer([done()], { revocationMethod: "json" });
    await revoke(server, session);
    assert.deepEqual(sent.map(({ init }) => JSON.parse(String(init.body))), [
      { token, token_type_hint: kind, client_id: "a-client" },
    ]);
  });
}

Deno.test("revoke() deletes the access token with any client id and secret", async () => {
  const { server, sent } = await stubServer([done(204)], {
    revocationMethod: "delete",
    clientId: "a/b ü",
    clientSecret: new Secret("päss:word"),
    endpoints: {
      token_endpoint: "https://id.example.com/token",
      revocation_endpoint: "https://api.example.com/apps/{client_id}/token",
    },
  });
  await revoke(server, SESSION);
  const [{ url, init }] = sent as [typeof sent[number]];
  assert.equal(url, "https://api.example.com/apps/a%2Fb%20%C3%BC/token");
  assert.deepEqual([init.method, init.body], ["DELETE", '{"access_token":"an-access-token"}']);
  const [, credentials = ""] = init.headers.authorization?.split(" ") ?? [];
  const bytes = Uint8Array.fromBase64(credentials);
  assert.equal(new TextDecoder().decode(bytes), "a/b ü:päss:word");
});
