// deno-lint-ignore-file no-control-regex -- control sequences are the subject
import assert from "node:assert/strict";
import { HOSTILE } from "../support/api_answers.ts";
import { homeWithApi } from "../support/api_home.ts";
import { isFile } from "../support/api_files.ts";
import { startProvider } from "../support/provider.ts";
import { HAS_PTY, openPty } from "../support/pty.ts";
import { BINARY, type Home } from "../support/vantage.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_PTY) console.log("skipped: script is not installed");

const ignore = !HAS_PTY;

/** What a terminal would do something at, beside lines and tabs. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Runs the program in a terminal to its end, without colours unless told. */
async function shown(
  home: Home,
  args: readonly string[],
  { env = { NO_COLOR: "1" }, columns = 80 }: { env?: Record<string, string>; columns?: number } =
    {},
): Promise<{ status: number; text: string }> {
  const line = [BINARY, ...args].map((word) => `'${word}'`).join(" ");
  await using pty = openPty(line, { env: { VANTAGE_HOME: home.dir, ...env }, columns });
  const status = await pty.status;
  return { status, text: pty.text.replaceAll("\r\n", "\n") };
}

Deno.test({
  name: "vantage api indents JSON for a terminal",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const { answers } = provider.apiState;
    const json = '{"big":9007199254740993,"one":1.0,"list":[1,{}],"none":[],"text":"é\\u001b[31m"}';
    answers.set(
      "/json",
      () => new Response(json, { headers: { "content-type": "application/vnd.example+json" } }),
    );
    const { status, text } = await shown(home, ["api", "/json"]);
    assert.equal(status, 0);
    assert.deepEqual(text.split("\n").slice(0, 3), [
      "{",
      '  "big": 9007199254740993,',
      '  "one": 1.0,',
    ]);
    assert.match(text, /^ {2}"list": \[\n {4}1,\n {4}\{\}\n {2}\],\n {2}"none": \[\],\n/m);
    assert.doesNotMatch(text, CONTROLS);
    const pages = await shown(home, ["api", "/numbers?per_page=1&of=2", "--paginate"]);
    assert.deepEqual(JSON.parse(pages.text), [1, 2]);
    const coloured = await shown(home, ["api", "/json"], { env: {} });
    assert.equal(coloured.status, 0);
  },
});

Deno.test({
  name: "vantage api shows no control sequence of the API on a terminal",
  ignore,
  async fn(t) {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const { answers } = provider.apiState;
    answers.set("/head", () => new Response("x", { headers: { "x-evil": "a\x9b31mb" } }));
    answers.set("/rows", () => Response.json([{ [HOSTILE]: 1, name: HOSTILE }]));
    answers.set("/rude", () => new Response(HOSTILE, { status: 400 }));
    answers.set("/data", () => Response.json({ data: { me: HOSTILE } }));
    answers.set(
      "/typed",
      () =>
        new Response(HOSTILE, {
          headers: { "content-type": `text/\u0080plain; charset="\u009b"` },
        }),
    );
    const runs = [
      ["/text"],
      ["/hostile-json"],
      ["/head", "-i"],
      ["/text?status=500"],
      ["/rude"],
      ["/rude", "--json"],
      ["/text", "--json"],
      ["/hostile-json", "--json"],
      ["/hostile-json", "--json", "--jq", "."],
      ["/head", "--json", "-i"],
      ["/rows", "--json", "--paginate"],
      ["/rows", "--json", "--columns", "name"],
      ["/typed"],
      ["/hostile-json", "--jq", ".name"],
      ["/hostile-json", "--jq", "."],
      ["/hostile-json", "--jq", ".name.x"],
      ["/hostile-json", "--yaml"],
      ["/rows", "--csv"],
      ["/rows", "--columns", "name"],
      ["/rows", "--yaml"],
      ["/rows", "--paginate"],
    ];
    for (const args of runs) {
      await t.step(args.join(" "), async () => {
        const { text } = await shown(home, ["api", ...args]);
        assert.doesNotMatch(text, CONTROLS);
        assert.notEqual(text.trim(), "");
        assert.doesNotMatch(text, /\rl/, "A line overwrites itself");
      });
    }
  },
});

Deno.test({
  name: "vantage api gives a pipe its bytes although stderr is a terminal",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const script = `'${BINARY}' api /text > '${home.dir}/out'`;
    await using pty = openPty(script, { env: { VANTAGE_HOME: home.dir } });
    assert.equal(await pty.status, 0);
    assert.equal(await Deno.readTextFile(`${home.dir}/out`), HOSTILE);
    assert.doesNotMatch(pty.text, /owned/);
  },
});

Deno.test({
  name: "vantage api refuses to show what is no text on a terminal",
  ignore,
  async fn(t) {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const nul = new Uint8Array([0x61, 0, 0x62]);
    const { answers } = provider.apiState;
    answers.set("/untyped", () => new Response(nul));
    answers.set(
      "/zip",
      () => new Response(nul, { headers: { "content-type": "application/zip" } }),
    );
    for (const target of ["/binary", "/files/100000", "/untyped", "/zip"]) {
      await t.step(target, async () => {
        const { status, text } = await shown(home, ["api", target]);
        assert.equal(status, 1, text);
        assert.match(text, /^error: [^\n]+\nhint: .*-o FILE[^]*$/);
        assert.doesNotMatch(text, CONTROLS);
        const json = await shown(home, ["api", target, "--json"]);
        assert.match(json.text, /"code":"output_refused"/);
      });
    }
  },
});

Deno.test({
  name: "vantage api shows text in the encoding that the API names",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    assert.match((await shown(home, ["api", "/latin1"])).text, /^café\s*$/);
    assert.match((await shown(home, ["api", "/no-type"])).text, /"name": ?"alpha"/);
    assert.match(
      (await shown(home, ["api", "/bad-json"])).text,
      /^\{"name": "alpha", "status": \s*$/,
    );
    assert.equal((await shown(home, ["api", "/empty"])).text.trim(), "");
  },
});

Deno.test({
  name: "vantage api fits a table to the terminal",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const rows = [{ name: "alpha", note: "word ".repeat(60) }, { name: "日本", note: "x" }];
    provider.apiState.answers.set("/rows", () => Response.json(rows));
    const { text } = await shown(home, ["api", "/rows", "--columns", "name,note"], { columns: 60 });
    for (const line of text.split("\n")) assert.ok([...line].length <= 60, line);
    assert.match(text, /alpha/);
  },
});

Deno.test({
  name: "vantage api -o shows a bar that moves, and leaves nothing of it",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const { files } = provider.apiState;
    const size = 4 * 1024 * 1024;
    files.stalls.push(size / 2);
    const line = `'${BINARY}' api /files/${size} -o '${home.dir}/file' --timeout 2s`;
    await using pty = openPty(`${line}; echo "status $?"`, { env: { VANTAGE_HOME: home.dir } });
    await pty.shows(/(?:4|50) ?%|[12](?:\.\d)? ?(?:of|\/)? ?.*MiB/);
    await pty.shows(/status 0/); // it went on when the server fell silent
    assert.ok(await isFile(`${home.dir}/file`, size));
    assert.ok(pty.text.lastIndexOf("\x1b[?25l") <= pty.text.lastIndexOf("\x1b[?25h"));
    const left = pty.text.split("\n").map((line) => line.slice(line.lastIndexOf("\r\x1b[K") + 1));
    assert.ok(!left.some((line) => /\d ?%/.test(line)), "The bar is still there");
  },
});
