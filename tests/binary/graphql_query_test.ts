import assert from "node:assert/strict";
import { buildSchema, introspectionFromSchema } from "graphql";
import { answered, type ApiHome, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { type Provider, startProvider } from "../support/provider.ts";

/** The documents that the API was sent, without those that ask for its schema. */
function sent(provider: Provider): string[] {
  return provider.api.requests.map(({ body }) => JSON.parse(body).query as string)
    .filter((query) => !query.includes("__schema"));
}

/** A home whose GraphQL requests can be looked at. */
async function start(): Promise<{ provider: Provider; home: ApiHome } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startProvider());
  const home = stack.use(await homeWithApi(provider, { at: "front" }));
  const moved = stack.move();
  return { provider, home, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

Deno.test("vantage graphql takes the document from its argument, a file or stdin", async (t) => {
  await using running = await start();
  const { provider, home } = running;
  const document = "query Who { me { sub email } }";
  const data = { me: { sub: "ada", email: "ada@example.com" } };
  const file = `${home.dir}/who.graphql`;
  await Deno.writeTextFile(file, document);
  await t.step("argument", async () => {
    const result = await home.run(["graphql", document], { quiet: true });
    assert.deepEqual([answered(result), result.stderr], [{ data }, ""]);
  });
  await t.step("-i", async () => {
    assert.deepEqual(answered(await home.run(["graphql", "-i", file])), { data });
  });
  for (const args of [["-"], ["-i", "-"], []]) {
    await t.step(`stdin ${args.join(" ")}`, async () => {
      const result = await home.run(["graphql", ...args], { stdin: document });
      assert.deepEqual(answered(result), { data });
    });
  }
  assert.deepEqual(sent(provider), Array.from({ length: 5 }, () => document));
});

Deno.test("vantage graphql makes a document of a field's name", async (t) => {
  await using running = await start();
  const { provider, home } = running;
  await t.step("an object", async () => {
    const { data } = answered(await home.run(["graphql", "me"]));
    assert.deepEqual(data.me, {
      sub: "ada",
      email: "ada@example.com",
      name: "Ada",
      organization: "Example Org",
    });
  });
  await t.step("arguments", async () => {
    const args = ["graphql", "numbers", "-F", "first=2", "-F", "of=3"];
    const { data } = answered(await home.run(args));
    assert.deepEqual([data.numbers.nodes, data.numbers.pageInfo.hasNextPage], [[1, 2], true]);
  });
  await t.step("a mutation", async () => {
    const { data } = answered(await home.run(["graphql", "createCluster", "-f", "name=delta"]));
    assert.equal(data.createCluster.name, "delta");
    assert.deepEqual(provider.apiState.createdClusters, ["delta"]);
  });
  await t.step("no such field", async () => {
    const before = sent(provider).length;
    const result = await home.run(["graphql", "clsters", "--json"]);
    assert.match(assertApiFailed(result, "graphql_invalid").hint, /"clusters"/);
    assert.equal(sent(provider).length, before);
  });
});

Deno.test("vantage graphql gives variables the types that the document declares", async () => {
  await using running = await start();
  const { home } = running;
  const document = `query ($range: Range!, $big: BigInt!, $first: Int, $after: String) {
    table(range: $range) { value colour }
    double(value: $big)
    numbers(first: $first, after: $after) { nodes }
  }`;
  const { data } = answered(
    await home.run([
      ...["graphql", document, "-F", "range[from]=1", "-F", "range[to]=2"],
      ...["-f", "range[colour]=BLUE", "-f", "big=9007199254740993", "-F", "first=2"],
    ]),
  );
  assert.deepEqual([data.table.length, data.table[0][0]], [2, { value: 1, colour: "BLUE" }]);
  assert.equal(data.double, "18014398509481986");
  assert.deepEqual(data.numbers.nodes, [1, 2]);
});

Deno.test("vantage graphql sends no variable of a wrong type, and none that is not declared", async () => {
  await using running = await start();
  const { provider, home } = running;
  const document = "query ($first: Int!) { numbers(first: $first) { nodes } }";
  for (const args of [["-f", "first=two"], ["-f", "frist=2"], []]) {
    const result = await home.run(["graphql", document, ...args, "--json"]);
    assert.equal(result.status, 2, result.stderr);
    assert.match(result.stderr, /first/);
  }
  assert.deepEqual(sent(provider), []);
});

Deno.test("vantage graphql --operation chooses one of several", async () => {
  await using running = await start();
  const { provider, home } = running;
  const document = "query A { me { sub } } query B { clusters { name } }";
  const { data } = answered(await home.run(["graphql", document, "--operation", "B"]));
  assert.equal(data.clusters.length, 3);
  const none = assertApiFailed(await home.run(["graphql", document, "--json"]), "graphql_invalid");
  assert.match(none.message + none.hint, /'A'.*'B'/);
  const wrong = await home.run(["graphql", document, "--operation", "C", "--json"]);
  assertApiFailed(wrong, "graphql_invalid");
  assert.equal(sent(provider).length, 1);
});

Deno.test("vantage graphql points at the fault of a document, and sends nothing", async (t) => {
  await using running = await start();
  const { provider, home } = running;
  const faults: [document: string, line: number, caret: string][] = [
    ["{ me { sub }", 1, ""],
    ["{\n  me { sbu }\n}", 2, "sbu"],
    ["query ($a: Int) {\n  numbers(first: $b) { nodes }\n}", 2, "$b"],
    ["{ table(range: { from: 1, colour: PINK }) { value } }", 1, "PINK"],
  ];
  for (const [document, line, token] of faults) {
    await t.step(document, async () => {
      const { status, stdout, stderr } = await home.run(["graphql", document, "--check"], {
        quiet: true,
      });
      assert.deepEqual([status, stdout], [2, ""], stderr);
      assert.match(stderr, new RegExp(`:${line}:\\d+$`, "m"));
      const lines = stderr.split("\n");
      const caret = lines.findIndex((line) => /\| *\^$/.test(line));
      assert.ok(caret > 0, stderr);
      const column = lines[caret]?.indexOf("^") ?? 0;
      assert.ok(lines[caret - 1]?.slice(column).startsWith(token), stderr);
      assert.match(stderr, /^hint: /m);
    });
  }
  assert.deepEqual(sent(provider), []);
  const result = await home.run(["graphql", "{ me { sbu } }", "--json"]);
  assertApiFailed(result, "graphql_invalid");
  const unchecked = await home.run(["graphql", "{ me { sbu } }", "--no-check", "--json"]);
  assert.equal(sent(provider).length, 1);
  assert.match(assertApiFailed(unchecked, "graphql_failed").message, /sbu/);
});

Deno.test("vantage graphql asks for the schema once, and not at all with --no-check", async () => {
  await using running = await start();
  const { provider, home } = running;
  const schemas = () =>
    provider.api.requests.filter(({ body }) => body.includes("__schema")).length;
  answered(await home.run(["graphql", "{ me { sub } }", "--no-check"]));
  assert.equal(schemas(), 0);
  for (let run = 0; run < 3; run++) {
    answered(
      await home.run(["graphql", "query ($r: Range!) { table(range: $r) { value } }", ...[
        "-F",
        "r[from]=1",
        "--check",
      ]]),
    );
  }
  assert.equal(schemas(), 1);
});

Deno.test("vantage graphql refuses nothing by a schema that the server has outgrown", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const old = buildSchema("type Query { me: Person } type Person { sub: ID }");
  const { answers } = provider.apiState;
  answers.set("/graphql", () => Response.json({ data: introspectionFromSchema(old) }));
  await home.run(["graphql", "{ me { sub } }", "--check"]);
  answers.delete("/graphql");
  for (const args of [[], ["--check"]]) {
    const result = await home.run(["graphql", "{ clusters { name } }", ...args]);
    assert.equal(answered(result).data.clusters.length, 3);
  }
  assert.equal(answered(await home.run(["graphql", "clusters"])).data.clusters.length, 3);
});

Deno.test("vantage graphql does without a schema when the server tells none", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  provider.api.fault({ path: "/graphql" }, {
    kind: "status",
    status: 400,
    body: { errors: [{ message: "Introspection is off" }] },
  }, { times: 1 });
  const query = ["graphql", "{ me { sub } }", "--check"];
  assert.equal(answered(await home.run(query)).data.me.sub, "ada");
  assert.equal(provider.api.count({ path: "/graphql" }), 2);
});

Deno.test("vantage graphql makes tables, CSV and what jq says of an answer", async () => {
  await using running = await start();
  const { home } = running;
  const query = "{ clusters { name status } }";
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(["graphql", query, ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(await run("--jq", ".data.clusters[].name"), "alpha\nbeta\ngamma\n");
  const csv = await run("--rows", "data.clusters", "--columns", "name,status", "--csv");
  assert.match(csv, /^alpha,ready\r?$/m);
  const table = await run("--rows", "data.clusters", "--columns", "name", "--sort", "-name");
  assert.deepEqual(table.trimEnd().split("\n").slice(1).map((line) => line.trim()), [
    "gamma",
    "beta",
    "alpha",
  ]);
});

Deno.test("vantage graphql says what is missing when the profile has no graphql_url", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await home.writeConfig({ issuer: provider.issuer, client_id: provider.clientId });
  const { message, hint } = assertApiFailed(
    await home.run(["graphql", "{ me { sub } }", "--json"]),
    "config_incomplete",
  );
  assert.match(message + hint, /graphql_url/);
});
