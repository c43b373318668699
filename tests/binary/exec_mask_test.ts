import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { homeWithKeys } from "../support/api_keys.ts";
import { HAS_PTY, openPty } from "../support/pty.ts";
import { BINARY } from "../support/vantage.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_PTY) console.log("skipped: script is not installed");

const KEY = `key-${crypto.randomUUID()}`;
const HALF = KEY.slice(0, 20);
const env = { KEY: "auth://openai/work/token" };

const keys = () => homeWithKeys({ "openai/work": KEY });

const MASK = ["exec", "--mask", "--"];

Deno.test("vantage exec --mask conceals a secret that comes in two writes", async () => {
  await using home = await keys();
  // The second write comes when the test has seen the line that follows the first one.
  const script = 'printf "<%.20s" "$KEY"; echo first >&2; read line; printf "%s>" "${KEY#?{20}}"'
    .replace("?{20}", "?".repeat(20));
  const child = home.start([...MASK, "sh", "-c", script], { env });
  await child.line(/^first$/m);
  await child.write("\n");
  const { status, stdout, stderr } = await child.result;
  assert.deepEqual([status, stdout], [0, "<<concealed>>"], stderr);
});

Deno.test("vantage exec --mask conceals secrets on stdout and stderr, in other forms too", async () => {
  await using home = await keys();
  const script = 'echo "out $KEY."; echo "err $KEY." >&2; printf %s "u:$KEY" | base64 -w0 >&2';
  const { stdout, stderr } = await home.run([...MASK, "sh", "-c", script], { env });
  assert.equal(stdout, "out <concealed>.\n");
  assert.match(stderr, /^err <concealed>\.\n.{2,4}<concealed>.{0,4}$/);
});

Deno.test("vantage exec --mask hands out at the end what looked like a secret and was none", async () => {
  await using home = await keys();
  const script = `printf '%s' '${HALF}'`;
  const { stdout } = await home.run([...MASK, "sh", "-c", script], { env });
  assert.equal(stdout, HALF);
});

Deno.test("vantage exec --mask conceals nothing that is no reference's value", async () => {
  await using home = await keys();
  const { stdout } = await home.run([...MASK, "sh", "-c", 'echo "$PLAIN $KEY"'], {
    env: { ...env, PLAIN: "plain-value" },
  });
  assert.equal(stdout, "plain-value <concealed>\n");
});

Deno.test("vantage exec without --mask conceals nothing", async () => {
  await using home = await keys();
  const { stdout } = await home.run(["exec", "--", "sh", "-c", 'echo "$KEY"'], { env });
  assert.equal(stdout, `${KEY}\n`);
});

Deno.test("vantage exec --mask leaves bytes of every kind alone, a hundred megabytes of them", async () => {
  await using home = await keys();
  // Each byte there is, in an order in which none belongs to the key by chance.
  const block = `${home.dir}/block`;
  const bytes = Uint8Array.from({ length: 1 << 20 }, (_, at) => (at * 167 + (at >> 8)) & 0xff);
  await Deno.writeFile(block, bytes);
  const script = 'n=0; while [ $n -lt 100 ]; do cat "$0"; n=$((n+1)); done';
  const child = new Deno.Command(BINARY, {
    args: [...MASK, "sh", "-c", script, block],
    env: { ...env, VANTAGE_HOME: home.dir },
    stdout: "piped",
  }).spawn();
  let at = 0;
  for await (const chunk of child.stdout) {
    for (let from = 0; from < chunk.length;) {
      const within = at % bytes.length;
      const length = Math.min(chunk.length - from, bytes.length - within);
      assert.ok(
        Buffer.compare(
          chunk.subarray(from, from + length),
          bytes.subarray(within, within + length),
        ) === 0,
        `It differs near byte ${at}`,
      );
      from += length;
      at += length;
    }
  }
  assert.equal(at, 100 * bytes.length);
  assert.ok((await child.status).success);
});

Deno.test("vantage exec --mask ends the program when its reader has gone", async () => {
  await using home = await keys();
  const line = `"$0" exec --mask -- sh -c 'yes "$KEY" 2>/dev/null; echo over >&2' | head -n 2`;
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, BINARY],
    env: { ...env, VANTAGE_HOME: home.dir },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "<concealed>\n<concealed>\n");
  assert.equal(new TextDecoder().decode(stderr), "over\n");
});

Deno.test(
  "vantage exec --mask leaves the keyboard to the program",
  { ignore: !HAS_PTY },
  async () => {
    await using home = await keys();
    const script = 'printf "name? "; read name; echo "$name has $KEY"';
    await using pty = openPty(`'${BINARY}' exec --mask -- sh -c '${script}'`, {
      env: { ...env, VANTAGE_HOME: home.dir },
    });
    await pty.shows(/name\? /); // shown before there is an end of the line
    await pty.type("Ada\r");
    await pty.shows(/Ada has <concealed>\r/);
    assert.equal(await pty.status, 0);
  },
);
