import assert from "node:assert/strict";
import { type FakeOptions, fakeSystem } from "../support/fake_system.ts";

const TOKEN = "a-ready-made-token";

/** An API, and the command line as its client with a ready-made token. */
class Api implements AsyncDisposable {
  /** What came, as `METHOD /path?query BODY`. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly dir: string, answer: (request: Request) => Response) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        this.asked.push(`${request.method} ${pathname}${search} ${await request.text()}`.trim());
        assert.equal(request.headers.get("authorization"), `Bearer ${TOKEN}`);
        return answer(request);
      },
    );
  }

  static async start(answer: (request: Request) => Response): Promise<Api> {
    return new Api(await Deno.makeTempDir({ prefix: "vantage-api-" }), answer);
  }

  client(args: readonly string[], { env, ...options }: FakeOptions = {}) {
    const origin = `http://127.0.0.1:${this.#server.addr.port}`;
    const ours = { VANTAGE_HOME: this.dir, VANTAGE_TOKEN: TOKEN, VANTAGE_API_URL: origin };
    return fakeSystem({ ...options, args: ["api", ...args], env: { ...ours, ...env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.dir, { recursive: true });
  }
}

Deno.test("vantage api indents and colours JSON where stdout is a terminal, and only there", async () => {
  await using api = await Api.start(() => Response.json({ a: 1 }));
  const run = async (options: FakeOptions) => (await api.client(["/x"], options).run()).stdout;
  assert.equal(await run({}), '{"a":1}');
  assert.equal(await run({ terminals: ["stdin", "stderr"] }), '{"a":1}');
  const terminal = { terminals: ["stdout"] } as const;
  assert.equal(await run({ ...terminal, env: { NO_COLOR: "1" } }), '{\n  "a": 1\n}\n');
  assert.equal(await run({ ...terminal, env: { TERM: "dumb" } }), '{\n  "a": 1\n}\n');
  // deno-lint-ignore no-control-regex -- a colour is a control sequence
  assert.match(await run(terminal), /^\{\n {2}\x1b\[36m"a"\x1b\[39m: \x1b\[33m1\x1b\[39m\n\}\n$/);
});

Deno.test("vantage api keeps the order of -f and -F", async () => {
  await using api = await Api.start(() => new Response());
  await api.client(["/x", "-F", "a[]=1", "-f", "a[]=2", "-F", "a[]=null", "-f", "b=3"]).run();
  assert.deepEqual(api.asked, ['POST /x {"a":[1,"2",null],"b":"3"}']);
});

Deno.test("vantage api ends when the reader of stdout has gone", async () => {
  const chunk = new Uint8Array(16 * 1024);
  const cancelled = Promise.withResolvers<void>();
  await using api = await Api.start(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(chunk),
        cancel: () => cancelled.resolve(),
      }),
    )
  );
  const client = api.client(["/endless"]);
  const running = client.run();
  await client.stdout.line(/\0/);
  client.stdout.closed = true;
  assert.equal((await running).status, 0);
  await cancelled.promise;
});

for (
  const args of [
    ["-o", "file", "-i"],
    ["-o", "file", "--paginate"],
    ["-o", "file", "--jq", "."],
    ["-o", "file", "--columns", "a"],
    ["-o", "file", "--csv"],
    ["-o", "file", "-H", "Range: bytes=0-1"],
    ["--slurp"],
    ["--csv", "--yaml"],
    ["-i", "--jq", "."],
    ["-i", "--json"],
    ["-X", "POST", "--paginate"],
    ["-f", "a=1", "--paginate"],
    ["--input", "-", "-X", "GET"],
    ["-f", "nonsense"],
    ["-f", "a=1", "-f", "a[b]=2"],
    ["-H", "nonsense"],
    ["--timeout", "soon"],
    ["--columns", "a,a"],
    ["--account", "nonsense"],
  ]
) {
  Deno.test(`vantage api asks nobody, and hints, when the line ends with ${args.join(" ")}`, async () => {
    await using api = await Api.start(() => new Response());
    const { status, stdout, stderr } = await api.client(["/x", ...args], { cwd: api.dir }).run();
    assert.deepEqual([status, stdout, api.asked], [2, "", []]);
    // With --json an error is a line of that.
    if (args.includes("--json")) assert.equal(JSON.parse(stderr).error.code, "usage");
    else assert.match(stderr, /^error: .+\nhint: .+\n$/);
    assert.deepEqual([...Deno.readDirSync(api.dir)].map(({ name }) => name), []);
  });
}

Deno.test("vantage api shows where a jq expression is wrong", async () => {
  await using api = await Api.start(() => new Response());
  const { status, stderr } = await api.client(["/x", "--jq", ".a | nope"]).run();
  assert.deepEqual([status, api.asked], [2, []]);
  assert.match(stderr, /^error: .+\n[^]*\n +\.a \| nope\n +\^{4}\nhint: .+\n$/);
});

Deno.test("vantage api gives an error's body to stdout and what it says to stderr", async () => {
  await using api = await Api.start(() =>
    Response.json({ message: "No \x1b[31msuch" }, { status: 404 })
  );
  const terminals = ["stdout", "stderr"] as const;
  const shown = await api.client(["/x"], { terminals, env: { NO_COLOR: "1" } }).run();
  assert.equal(shown.status, 1);
  assert.equal(shown.stdout, '{\n  "message": "No \\u001b[31msuch"\n}\n');
  assert.match(shown.stderr, /^error: GET http:\S+\/x answered 404 Not Found: No such\nhint: /m);
});

Deno.test("vantage api shows no token with -vv, but the request", async () => {
  await using api = await Api.start(() => new Response("x"));
  const { stderr } = await api.client(["/x?code=precious", "-vv"]).run();
  assert.match(stderr, /^GET http:\S+\/x -> 200 \(.*1 B\)$/m);
  assert.doesNotMatch(stderr, /precious|ready-made/);
});
