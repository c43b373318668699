import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { BINARY } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`vantage status --watch --json prints a line for each change until ${signal}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    const child = new Deno.Command(BINARY, {
      args: ["status", "--watch", "--json"],
      clearEnv: true,
      env: { VANTAGE_HOME: home.dir },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => {
      const { value = "" } = await lines.read();
      assert.match(value, /^\{.*\}\n$/);
      return JSON.parse(value).accounts[1].state;
    };
    assert.equal(await next(), "logged_in");
    await Deno.remove(home.tokenFile);
    assert.equal(await next(), "logged_out");
    await Deno.writeTextFile(`${home.dir}/config.toml`, "[profiles.a]\n[profiles.test]\n");
    assert.equal(await next(), "unusable"); // the settings are read anew too
    child.kill(signal);
    const [{ done }, { code }, stderr] = await Promise.all([
      lines.read(),
      child.status,
      new Response(child.stderr).text(),
    ]);
    assert.deepEqual([done, code, stderr], [true, 130, ""]);
  });
}
