import assert from "node:assert/strict";
import { withClient } from "../../src/accounts.ts";
import { resolveAccount } from "../../src/config/account.ts";
import { checkedConfig } from "../../src/config/config_file.ts";
import { isVantageError } from "../../src/errors.ts";
import type { Http } from "../../src/http.ts";
import { deviceLogin } from "../../src/oauth/device.ts";
import { refresh } from "../../src/oauth/refresh.ts";
import { revoke } from "../../src/oauth/revoke.ts";
import { Secret } from "../../src/secret.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type GitHub, GITHUB_SECRET, serveGitHub } from "../support/presets/github.ts";
import { CLIENT_ID, localAddresses, providerTable } from "../support/presets/home.ts";
import { openServer } from "./stub_server.ts";

const system = { env: () => undefined, cwd: () => "/", platform: "linux" } as const;

/** The preset's client of this server, which says of each answer what content it has. */
async function clientOf(github: GitHub, clock: FakeClock, { json = true } = {}) {
  const table = providerTable("github", localAddresses("github", github.origin));
  const config = await checkedConfig(table, "config.toml");
  const account = resolveAccount(config, system, { service: "github", account: "work" });
  const contents: (string | null)[] = [];
  const http: Http = async (url, { body, headers: { accept, ...headers }, method }) => {
    const response = await fetch(url, {
      method,
      headers: json ? { accept: accept ?? "", ...headers } : headers,
      body: String(body),
    });
    contents.push(response.headers.get("content-type"));
    return response;
  };
  const settings = withClient(account, CLIENT_ID, new Secret(GITHUB_SECRET));
  return { server: await openServer(http, clock, settings), contents };
}

const login = (server: Awaited<ReturnType<typeof openServer>>, onPending: () => void) =>
  deviceLogin(server, {
    scopes: ["repo", "read:org"],
    signal: new AbortController().signal,
    onCode: () => Promise.resolve(),
    onPending,
  });

Deno.test("deviceLogin() takes the interval that GitHub names when it polled too fast", async () => {
  const clock = new FakeClock();
  await using github = serveGitHub({ interval: 5, pace: 10, now: () => clock.now() });
  const { server } = await clientOf(github, clock);
  await login(server, () => github.approve());
  assert.deepEqual(clock.sleeps, [5000, 5000, 15_000]);
});

Deno.test("deviceLogin(), refresh() and revoke() take GitHub's answers when they are forms", async () => {
  const clock = new FakeClock();
  await using github = serveGitHub({ app: "github" });
  const { server, contents } = await clientOf(github, clock, { json: false });
  const tokens = await login(server, () => github.approve());
  assert.equal(tokens.expiresAt - tokens.obtainedAt, 28_800_000);
  const renewal = await refresh(server, tokens);
  assert.equal(renewal.kind, "renewed");
  assert.equal((await refresh(server, tokens)).kind, "refused");
  assert.equal(contents.length, 5);
  for (const content of contents) assert.match(content ?? "", /^application\/x-www-form-/);
  if (renewal.kind === "renewed") await revoke(server, renewal.tokens);
  assert.equal(github.grants.alive, 0);
});

Deno.test("deviceLogin() refuses a form of GitHub when it says that there is no device flow", async () => {
  await using github = serveGitHub({ deviceFlow: false });
  const { server } = await clientOf(github, new FakeClock(), { json: false });
  await assert.rejects(login(server, () => {}), (error) => {
    assert.ok(isVantageError(error, "client_refused"), String(error));
    assert.match(error.message, /device_flow_disabled/);
    return true;
  });
});
