import assert from "node:assert/strict";
import { addConfig, ask } from "../helpers/ask.ts";
import { startProvider } from "../support/provider.ts";
import { homeWithSession } from "../tokens/sessions.ts";
import { changeRecord } from "./in_home.ts";

const HOST = "code.example.com";

const HELPERS = {
  git: [["git", "get"], `protocol=https\nhost=${HOST}\n\n`],
  docker: [["docker", "get"], HOST],
  kubectl: [["kubectl", "--token", "access"], ""],
} as const;

for (const [tool, [args, input]] of Object.entries(HELPERS)) {
  Deno.test(`vantage credential-helper ${tool} gives no token that is worth nothing without our key`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh", { dpop: true });
    await changeRecord(home, ({ session }) => {
      Object.assign(session, { token_type: "DPoP", dpop_key: "{}" });
    });
    for (const table of ["git", "docker"]) {
      await addConfig(home, `[credential_helper.${table}]\n"${HOST}" = "vantage/test"\n`);
    }
    const { status, stdout, stderr } = await ask(home, ["credential-helper", ...args], input);
    assert.equal(status, 1);
    assert.match(stderr, /^error: The token of profile 'test' is bound to a key/m);
    assert.ok(!(stdout + stderr).includes(home.session.accessToken.expose()));
  });
}
