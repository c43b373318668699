import assert from "node:assert/strict";
import { homeWithKeys } from "../support/api_keys.ts";
import { assertDone, assertFailed } from "../support/login.ts";

const KEY = `key-${crypto.randomUUID()}`;
const REF = "auth://openai/work/token";
const unix = { ignore: Deno.build.os === "windows" };

Deno.test("vantage inject fills references and keeps everything else, byte for byte", async () => {
  await using home = await homeWithKeys({ "openai/work": KEY });
  const stdin = `a={{ ${REF} }} b={{${REF}}}\r\n{{ .Values.x }} \\{{ ${REF} }} \\\\{{${REF}}} é`;
  const { stdout } = await home.run(["inject"], { stdin });
  assert.equal(stdout, `a=${KEY} b=${KEY}\r\n{{ .Values.x }} {{ ${REF} }} \\${KEY} é`);
});

Deno.test("vantage inject reports every failing place and writes nothing", async () => {
  await using home = await homeWithKeys({ "openai/work": KEY });
  await Deno.writeTextFile(`${home.dir}/out`, "before");
  const stdin = `{{ ${REF} }}\n  {{ auth://openai/work/tokn }}\n{{ auth://openai/no/token }}\n`;
  const result = await home.run(["inject", "--json", "-o", `${home.dir}/out`], { stdin });
  const { message } = assertFailed(result, 2, "reference_invalid");
  assert.match(message, /2:3: .*3:1: /);
  assert.equal(await Deno.readTextFile(`${home.dir}/out`), "before");
  const open = await home.run(["inject", "--json"], { stdin: `x {{ ${REF} }\n` });
  assert.match(assertFailed(open, 2, "template_invalid").message, /1:3/);
});

Deno.test({
  name: "vantage inject -o makes a file of mode 0600, keeps that of one there, and refuses links",
  ...unix,
  async fn() {
    await using home = await homeWithKeys({ "openai/work": KEY });
    const [input, output, link] = ["tpl", "out", "link"].map((name) => `${home.dir}/${name}`) as [
      string,
      string,
      string,
    ];
    await Deno.writeTextFile(input, `k={{ ${REF} }}`);
    const inject = (to: string) => home.run(["inject", "--json", "-i", input, "-o", to]);
    const mode = async () => (await Deno.stat(output)).mode! & 0o777;
    assertDone(await inject(output));
    assert.equal(await Deno.readTextFile(output), `k=${KEY}`);
    assert.equal(await mode(), 0o600);
    await Deno.chmod(output, 0o664);
    assert.match((await inject(output)).stderr, /chmod 600/);
    assert.equal(await mode(), 0o664);
    await Deno.symlink(output, link);
    assertFailed(await inject(link), 1, "file_unusable");
    assertFailed(await inject(home.dir), 1, "file_unusable");
    assertFailed(await inject(`${home.dir}/none/out`), 1, "file_unusable");
    const left = [...Deno.readDirSync(home.dir)].filter(({ name }) => name.endsWith(".tmp"));
    assert.deepEqual(left, []);
  },
});
