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
