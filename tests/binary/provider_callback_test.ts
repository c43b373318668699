import assert from "node:assert/strict";
import { assertFailed } from "../support/login.ts";
import { ACCOUNT_ID, serveChatGPT } from "../support/presets/chatgpt.ts";
import { freePort } from "../support/presets/free_port.ts";
import { CLIENT_ID, presetHome } from "../support/presets/home.ts";
import { serveReddit } from "../support/presets/reddit.ts";
import { basicOf } from "../support/presets/server.ts";
import {
  json,
  loggedIn,
  loggedOut,
  logIn,
  refreshed,
  sessionOf,
} from "../support/presets/steps.ts";

Deno.test("vantage goes through the life of an account at Reddit", async () => {
  const callback_port = freePort();
  await using reddit = serveReddit(`http://127.0.0.1:${callback_port}/callback`);
  await using home = await presetHome("reddit", reddit, { callback_port });
  const { searchParams } = await loggedIn(home, "reddit");
  assert.equal(searchParams.get("duration"), "permanent");
  const { refresh_token } = await sessionOf(home, "reddit");
  await refreshed(home, "reddit");
  assert.equal((await sessionOf(home, "reddit")).refresh_token, refresh_token);
  assert.deepEqual(await loggedOut(home, "reddit"), [true, null]);
  assert.equal(reddit.grants.alive, 0);
  const requests = reddit.requests.filter(({ method }) => method === "POST");
  assert.deepEqual(requests.map(({ status }) => status), [200, 200, 204, 204]);
  for (const seen of requests) {
    assert.deepEqual(basicOf(seen), { user: CLIENT_ID, password: "" });
    assert.match(seen.headers.get("user-agent") ?? "", /vantage/);
  }
});

for (
  const [name, settings, status, code, pattern] of [
    ["the name is a common one", { user_agent: "Deno/2" }, 5, "provider_unavailable", /429/],
    [
      "the client sends no password",
      { client_auth: "none" },
      4,
      "client_refused",
      /invalid_client/,
    ],
  ] as const
) {
  Deno.test(`vantage login reddit says why it is refused when ${name}`, async () => {
    const callback_port = freePort();
    await using reddit = serveReddit(`http://127.0.0.1:${callback_port}/callback`);
    await using home = await presetHome("reddit", reddit, { callback_port, ...settings });
    const { result } = await logIn(home, "reddit");
    assert.match(assertFailed(result, status, code).message, pattern);
  });
}

Deno.test("vantage refresh reddit keeps the session and asks for a login when Reddit refuses it", async () => {
  const callback_port = freePort();
  await using reddit = serveReddit(`http://127.0.0.1:${callback_port}/callback`);
  await using home = await presetHome("reddit", reddit, { callback_port });
  await loggedIn(home, "reddit");
  reddit.grants.end();
  const result = await home.run(["refresh", "reddit", "work", "--json"]);
  assert.match(assertFailed(result, 4, "client_refused").message, /invalid_request/);
  assert.ok((await sessionOf(home, "reddit")).refresh_token);
});

Deno.test("vantage goes through the life of an account at ChatGPT", async () => {
  const callback_port = freePort();
  await using chatgpt = serveChatGPT(`http://localhost:${callback_port}/auth/callback`);
  await using home = await presetHome("chatgpt", chatgpt, { callback_port });
  await loggedIn(home, "chatgpt");
  await refreshed(home, "chatgpt");
  assert.equal((await json(home, "whoami", "chatgpt", "work")).account_id, ACCOUNT_ID);
  const { stdout } = await home.run(["whoami", "chatgpt", "work"]);
  assert.match(stdout, new RegExp(`^account +${ACCOUNT_ID}$`, "m"));
  const { refresh_token } = await sessionOf(home, "chatgpt");
  assert.deepEqual(await loggedOut(home, "chatgpt"), [true, null]);
  assert.deepEqual(chatgpt.to("POST /oauth/revoke").map(({ json }) => json), [
    { token: refresh_token, token_type_hint: "refresh_token", client_id: CLIENT_ID },
  ]);
  assert.equal(chatgpt.grants.alive, 0);
});

Deno.test("vantage refresh chatgpt ends the session when its refresh token was used before", async () => {
  const callback_port = freePort();
  await using chatgpt = serveChatGPT(`http://localhost:${callback_port}/auth/callback`);
  await using home = await presetHome("chatgpt", chatgpt, { callback_port });
  await loggedIn(home, "chatgpt");
  chatgpt.grants.end();
  const result = await home.run(["refresh", "chatgpt", "work", "--json"]);
  const { message } = assertFailed(result, 4, "session_ended");
  assert.match(message, /refresh_token_reused \(Your refresh token has already been used\)/);
});
