import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import { homeWithKeys } from "../support/api_keys.ts";
import { isInstalled } from "../support/pty.ts";
import { assertFailed } from "../support/login.ts";

const KEY = `key-${crypto.randomUUID()}`;
const OTHER = `key-${crypto.randomUUID()}`;
const HAS_VALS = await isInstalled("vals", ["version"]);
// deno-lint-ignore no-console -- what is skipped is to be seen
if (!HAS_VALS) console.log("skipped: vals is not installed");

Deno.test("vantage resolve prints the values one a line, and one object with --json", async () => {
  await using home = await homeWithKeys({ "openai/work": KEY, "github/me": OTHER });
  const references = ["auth://openai/work/token", "auth://github/me/api_key"];
  const { stdout } = await home.run(["resolve", ...references]);
  assert.equal(stdout, `${KEY}\n${OTHER}\n`);
  const json = JSON.parse((await home.run(["resolve", "--json", ...references])).stdout);
  assert.deepEqual(json, { [references[0]!]: KEY, [references[1]!]: OTHER });
});

Deno.test("vantage resolve tells apart wrong references, missing credentials and no login", async () => {
  await using home = await homeWithKeys({ "openai/work": KEY });
  const failed = async (reference: string, status: number, code: ErrorCode) => {
    const result = await home.run(["resolve", "--json", "auth://openai/work/token", reference]);
    assert.equal(result.stdout, "");
    assert.ok(!result.stderr.includes(KEY));
    return assertFailed(result, status, code);
  };
  const { hint } = await failed("auth://openai/work/tokn", 2, "reference_invalid");
  assert.match(hint, /Did you mean 'auth:\/\/openai\/work\/token'/);
  await failed("openai/work/token", 2, "reference_invalid");
  await failed("auth://openai/..%2Fx/token", 2, "reference_invalid");
  await failed("auth://openai/_provider/token", 2, "reference_invalid");
  await failed("auth://openai/_provider/client_secret", 4, "reference_unknown");
  await failed("auth://openai/other/token", 4, "not_logged_in");
  await failed("auth://vantage/nobody/token", 3, "profile_unknown");
});

Deno.test("vantage resolve says that vals is missing when it is", async () => {
  await using home = await homeWithKeys({});
  const result = await home.run(["resolve", "--json", "vals:ref+echo://x"], {
    env: { PATH: home.dir },
  });
  assert.match(assertFailed(result, 1, "vals_failed").message, /'vals' is not installed/);
});

Deno.test({
  name: "vantage resolve takes values from the real vals",
  ignore: !HAS_VALS,
  async fn() {
    await using home = await homeWithKeys({});
    const good = await home.run(["resolve", "ref+echo://hello", "vals:ref+echo://you"]);
    assert.equal(good.stdout, "hello\nyou\n");
    const bad = await home.run(["resolve", "--json", "ref+file:///no/such/file"]);
    assertFailed(bad, 1, "vals_failed");
  },
});

Deno.test({
  name: "vantage resolve gives vals the reference on stdin and once, and reads its answer",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using home = await homeWithKeys({});
    const bin = `${home.dir}/bin`;
    await Deno.mkdir(bin);
    const script = `#!/bin/sh\nread -r line\necho "$* $line" >> "${home.dir}/calls"\n` +
      `echo '{"value":"from vals"}'\n`;
    await Deno.writeTextFile(`${bin}/vals`, script, { mode: 0o755 });
    const { stdout } = await home.run(["resolve", "ref+x://a", "ref+x://a"], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
    assert.equal(stdout, "from vals\nfrom vals\n");
    assert.equal(
      (await Deno.readTextFile(`${home.dir}/calls`)).trim(),
      'eval -o json -f - {"value":"ref+x://a"}',
    );
  },
});
