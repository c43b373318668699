import assert from "node:assert/strict";
import { HOSTILE } from "../support/api_answers.ts";
import { answered, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startOther } from "../support/api_other.ts";
import type { Fault } from "../support/faults.ts";
import { startProvider } from "../support/provider.ts";
import { HAS_PTY, openPty } from "../support/pty.ts";
import { BINARY } from "../support/vantage.ts";
import { REFRESH } from "../tokens/sessions.ts";

const QUERY = "{ me { sub } }";
const MUTATION = 'mutation { createCluster(name: "delta") { name } }';
const UNCHECKED = ["--no-check", "--json"]; // so that each command is one request

Deno.test("vantage graphql prints the data that came beside errors, and ends with 1", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const query = "{ me { sub } broken forbidden { value } }";
  const result = await home.run(["graphql", query], { quiet: true });
  assert.equal(result.status, 1);
  const { data, errors } = JSON.parse(result.stdout);
  assert.deepEqual([data.me.sub, data.broken, errors.length], ["ada", null, 2]);
  assert.match(result.stderr, /^error: .*It is broken[^\n]*\nhint: .+\n$/);
  const { message } = assertApiFailed(
    await home.run(["graphql", query, "--json"]),
    "graphql_failed",
  );
  assert.match(message, /It is broken/);
  const jq = await home.run(["graphql", query, "--jq", ".data.me.sub"]);
  assert.deepEqual([jq.status, jq.stdout], [1, "ada\n"]);
});

Deno.test("vantage graphql takes answers that are no GraphQL for what they are", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { answers } = provider.apiState;
  const cases: [
    name: string,
    answer: () => Response,
    code: Parameters<typeof assertApiFailed>[1],
  ][] = [
    [
      "HTML",
      () => new Response("<h1>Hi</h1>", { headers: { "content-type": "text/html" } }),
      "api_answer",
    ],
    [
      "half",
      () => new Response('{"data":', { headers: { "content-type": "application/json" } }),
      "api_answer",
    ],
    ["a list", () => Response.json([1]), "api_answer"],
    ["nothing", () => new Response(null, { status: 204 }), "api_answer"],
    ["404", () => Response.json({ message: "No" }, { status: 404 }), "api_refused"],
    [
      "errors with 400",
      () => Response.json({ errors: [{ message: "Bad" }] }, { status: 400 }),
      "graphql_failed",
    ],
    ["401 for ever", () => Response.json({}, { status: 401 }), "token_refused"],
    [
      "503",
      () => Response.json({}, { status: 503, headers: { "retry-after": "86400" } }),
      "api_unavailable",
    ],
    ["errors that are none", () => Response.json({ data: {}, errors: "x" }), "graphql_failed"],
    [
      "deep",
      () => new Response(`{"errors":[${'{"message":'.repeat(20_000)}"x"${"}".repeat(20_000)}]}`),
      "graphql_failed",
    ],
  ];
  for (const [name, answer, code] of cases) {
    await t.step(name, async () => {
      answers.set("/graphql", answer);
      const result = await home.run(["graphql", QUERY, ...UNCHECKED]);
      assert.ok(assertApiFailed(result, code).message.length < 1000);
    });
  }
});

for (const kind of ["close", "close-after", "hang-after", "truncate"] as Fault["kind"][]) {
  Deno.test(`vantage graphql sends a query again and a mutation once when the server does ${kind}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider, { at: "front" });
    const lose = () => provider.api.fault({ path: "/graphql" }, { kind } as Fault, { times: 1 });
    const run = (document: string) =>
      home.run(["graphql", document, ...UNCHECKED, "--timeout", "1s"]);
    lose();
    assert.equal(answered(await run(QUERY)).data.me.sub, "ada");
    assert.equal(provider.api.count({ path: "/graphql" }), 2);
    lose();
    const result = await run(MUTATION);
    assertApiFailed(result, "network");
    assert.equal(provider.api.count({ path: "/graphql" }), 3);
    assert.equal(provider.apiState.createdClusters.length, kind === "close" ? 0 : 1);
  });
}

Deno.test("vantage graphql sends a query again when the API is busy, a mutation never", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  const busy = () =>
    provider.api.fault(
      { path: "/graphql" },
      { kind: "status", status: 503, headers: { "retry-after": "0" }, body: {} },
      { times: 1 },
    );
  busy();
  assert.equal(answered(await home.run(["graphql", QUERY, ...UNCHECKED])).data.me.sub, "ada");
  busy();
  assertApiFailed(await home.run(["graphql", MUTATION, ...UNCHECKED]), "api_unavailable");
  assert.deepEqual(provider.apiState.createdClusters, []);
  assert.equal(provider.api.count({ path: "/graphql" }), 3);
});

Deno.test("vantage graphql refreshes once and sends a mutation once more when the token is refused", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  provider.refuseAccessTokens();
  assert.ok(answered(await home.run(["graphql", MUTATION, ...UNCHECKED])).data.createCluster);
  assert.equal(provider.count(REFRESH), 1);
  assert.deepEqual(provider.apiState.createdClusters, ["delta"]);
});

Deno.test("vantage graphql is not led to another origin", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  for (const status of [307, 308]) {
    provider.apiState.answers.set(
      "/graphql",
      () => new Response(null, { status, headers: { location: `${other.origin}/graphql` } }),
    );
    const result = await home.run(["graphql", QUERY, ...UNCHECKED]);
    assertApiFailed(result, "redirect_refused");
  }
  assert.deepEqual(other.requests, []);
});

Deno.test({
  name: "vantage graphql shows no control sequence of the API on a terminal",
  ignore: !HAS_PTY,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    provider.apiState.answers.set(
      "/graphql",
      () => Response.json({ data: { me: { sub: HOSTILE } }, errors: [{ message: HOSTILE }] }),
    );
    const env = { VANTAGE_HOME: home.dir, NO_COLOR: "1" };
    await using pty = openPty(`'${BINARY}' graphql '${QUERY}' --no-check`, { env });
    assert.equal(await pty.status, 1);
    // deno-lint-ignore no-control-regex -- control sequences are the subject
    assert.doesNotMatch(pty.text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\u2066]/);
    assert.match(pty.text, /^ {2}"data": \{\r$/m);
  },
});
