import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startProvider } from "../support/provider.ts";
import { REFRESH } from "../tokens/sessions.ts";

const NUMBERS = `query ($after: String, $of: Int!) {
  numbers(first: 10, after: $after, of: $of) { nodes pageInfo { hasNextPage endCursor } }
}`;

const numbers = (of: number) => Array.from({ length: of }, (_, index) => index + 1);

// deno-lint-ignore no-explicit-any -- whatever the API answered
const nodes = (pages: any[]) => pages.flatMap(({ data }) => data.numbers.nodes);

Deno.test("vantage graphql --paginate gives one page a line", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const args = ["graphql", NUMBERS, "-F", "of=25", "--paginate"];
  const { status, stdout, stderr } = await home.run(args);
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.deepEqual(nodes(lines.map((line) => JSON.parse(line))), numbers(25));

  const slurped = answered(await home.run([...args, "--slurp"]));
  assert.deepEqual([slurped.length, nodes(slurped)], [3, numbers(25)]);
  const jq = await home.run([...args, "--jq", ".data.numbers.nodes[]"]);
  assert.equal(jq.stdout, numbers(25).join("\n") + "\n");
  const both = await home.run([...args, "--slurp", "--jq", "length"]);
  assert.equal(both.stdout, "3\n");
  const table = await home.run([...args, "--rows", "data.numbers.nodes", "--csv"]);
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /\b25\r?\n$/);
});

Deno.test("vantage graphql --paginate reads a thousand pages with a token that ends between them", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const running = home.start(
    ["graphql", NUMBERS, "-F", "of=10000", "--paginate", "--no-check"],
    { quiet: true },
  );
  const { seen } = provider.apiState;
  const push = seen.push.bind(seen);
  seen.push = (...items) => {
    if (seen.length === 500) provider.refuseAccessTokens();
    return push(...items);
  };
  const { status, stdout, stderr } = await running.result;
  assert.equal(status, 0, stderr);
  const pages = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(nodes(pages), numbers(10_000));
  assert.deepEqual([asked(provider).length, provider.count(REFRESH)], [1_001, 1]);
});

Deno.test("vantage graphql --paginate ends when a cursor comes again", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const query = "query ($after: String) " +
    "{ circle(after: $after) { nodes pageInfo { hasNextPage endCursor } } }";
  const result = await home.run(["graphql", query, "--paginate", "--json"]);
  assertApiFailed(result, "api_answer");
  assert.ok(asked(provider).length < 10);
});

Deno.test("vantage graphql --paginate says what a document needs for it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const documents = [
    "{ me { sub } }",
    "query ($after: String) { numbers(after: $after) { nodes } }",
    "{ numbers { nodes pageInfo { hasNextPage endCursor } } }",
    'mutation { createCluster(name: "x") { name } }',
  ];
  for (const document of documents) {
    const result = await home.run(["graphql", document, "--paginate", "--no-check", "--json"]);
    assert.equal(result.status, 2, result.stderr);
    assert.match(result.stderr, /^\{"error":/m);
  }
  assert.deepEqual(asked(provider), []);
});

Deno.test("vantage graphql --paginate stops at a page with errors, which it prints", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  let page = 0;
  provider.apiState.answers.set("/graphql", () => {
    page++;
    const pageInfo = { hasNextPage: true, endCursor: `c${page}` };
    const data = { numbers: { nodes: [page], pageInfo } };
    return Response.json({ data, ...(page === 2 && { errors: [{ message: "Half" }] }) });
  });
  const args = ["graphql", NUMBERS, "-F", "of=9", "--paginate", "--no-check"];
  const lines = await home.run(args, { quiet: true });
  assert.equal(lines.status, 1);
  assert.match(lines.stderr, /^error: .*Half/);
  const parsed = lines.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual([nodes(parsed), page], [[1, 2], 2]);
  for (const form of ["--slurp", "--json"]) {
    page = 0;
    const whole = await home.run([...args, form], { quiet: true });
    assert.equal(whole.status, 1);
    assert.match(whole.stderr, /Half/);
    assert.deepEqual(nodes(JSON.parse(whole.stdout)), [1, 2]);
  }
});
