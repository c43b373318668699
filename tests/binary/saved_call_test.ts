import assert from "node:assert/strict";
import { join } from "node:path";
import { assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startProvider } from "../support/provider.ts";
import { HAS_PTY, openPty } from "../support/pty.ts";
import { BINARY, type Home } from "../support/vantage.ts";

const CALLS = `
[commands.cluster]
description = "the clusters of the platform"

[commands.cluster.list]
description = "list the clusters"
graphql  = "query($first: Int, $after: String) { clusterPage(first: $first, after: $after) { nodes { name status } pageInfo { hasNextPage endCursor } } }"
paginate = true
rows     = "clusterPage.nodes"
columns  = ["name", "status:STATE"]
sort     = "-name"

[commands.cluster.list.options.first]
type    = "integer"
default = 1

[commands.cluster.show]
request = "GET /echo/{name}"
fields  = { expand = "nodes" }
headers = { x-kind = "saved" }

[commands.cluster.show.arguments.name]
description = "its name"

[commands.cluster.make]
request = "POST /echo"

[commands.cluster.make.arguments.name]

[commands.cluster.make.options.nodes]
type = "integer"

[commands.watch]
graphql = "subscription($count: Int) { clusterChanged(count: $count) { name } }"

[commands.watch.options.count]
type = "integer"
`;

/** Calls in a file of their own, as a deployment ships them. */
async function addCalls(home: Home): Promise<void> {
  const config = join(home.dir, "config.toml");
  await Deno.writeTextFile(join(home.dir, "pack.toml"), CALLS);
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, `command_files = ["pack.toml"]\n${text}`);
}

Deno.test("vantage NAME shows a saved query's rows as a table, all pages of it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await addCalls(home);
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(args, { quiet: true });
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout;
  };
  const table = "NAME   STATE\ngamma  draining\nbeta   ready\nalpha  ready\n";
  assert.equal(await run("cluster", "list"), table);
  assert.equal(await run("cluster", "list", "--first", "2"), table);
  assert.equal(
    await run("cluster", "list", "--csv", "--columns", "name"),
    "name\ngamma\nbeta\nalpha\n",
  );
  const pages = JSON.parse(await run("cluster", "list", "--json"));
  assert.deepEqual(
    // deno-lint-ignore no-explicit-any -- as the server has it
    pages.map((page: any) => page.data.clusterPage.nodes[0].name),
    ["alpha", "beta", "gamma"],
  );
  assert.equal(
    await run("cluster", "list", "--jq", ".data.clusterPage.nodes[].name"),
    "alpha\nbeta\ngamma\n",
  );
  assert.equal((await run("watch", "--count", "2")).split("\n").length, 3);
});

Deno.test("vantage NAME sends values where the call says", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await addCalls(home);
  const shown = await home.run(["cluster", "show", "a b/ü", "--json"]);
  const got = JSON.parse(shown.stdout);
  assert.deepEqual([got.method, got.path, got.search], [
    "GET",
    "/echo/a%20b%2F%C3%BC",
    "?expand=nodes",
  ]);
  assert.equal(got.headers["x-kind"], "saved");
  const made = JSON.parse(
    (await home.run(["cluster", "make", "x", "--nodes", "3", "--json"])).stdout,
  );
  assert.deepEqual([made.method, JSON.parse(made.body)], ["POST", { name: "x", nodes: 3 }]);
});

Deno.test("vantage NAME sends nothing where a value is wrong", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await addCalls(home);
  for (
    const args of [
      ["cluster", "show", ".."],
      ["cluster", "show", ""],
      ["cluster", "show"],
      ["cluster", "list", "--first", "x"],
      ["cluster", "list", "--nope"],
      ["cluster", "nope"],
      ["cluster"],
    ]
  ) {
    await t.step(args.join(" "), async () => {
      const { status, stdout, stderr } = await home.run([...args, "--json"], { quiet: true });
      assert.deepEqual([status, stdout, JSON.parse(stderr).error.code], [2, "", "usage"]);
    });
  }
  assert.equal(provider.apiState.seen.length, 0);
});

Deno.test("vantage NAME names file and line of a saved call that is wrong, and built-in commands go on", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await addCalls(home);
  await Deno.writeTextFile(
    join(home.dir, "pack.toml"),
    `${CALLS}\n[commands.bad]\ngraphql = "{ me }"\ncolums = ["a"]\n`,
  );
  const failed = await home.run(["cluster", "list", "--json"], { quiet: true });
  assert.equal(failed.status, 3);
  assert.match(JSON.parse(failed.stderr).error.message, /pack\.toml:\d+: .*'colums'/);
  assert.equal((await home.run(["token", "--check"])).status, 0);
  assert.equal((await home.run(["--help"])).status, 0);
  const { status, stdout } = await home.run(["config", "check"], { quiet: true });
  assert.equal(status, 3);
  assert.match(stdout, /pack\.toml/);
});

Deno.test("vantage NAME gives what the API says is wrong its own status", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  await addCalls(home);
  provider.apiState.answers.set(
    "/graphql",
    () => Response.json({ message: "No" }, { status: 403 }),
  );
  assertApiFailed(await home.run(["cluster", "list", "--json"]), "api_refused");
});

Deno.test({
  name: "vantage NAME fits a terminal and shows nothing raw there",
  ignore: !HAS_PTY,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    await addCalls(home);
    const nodes = [{ name: "evil\x1b]0;owned\x07".repeat(9), status: "x".repeat(100) }];
    const data = { clusterPage: { nodes, pageInfo: { hasNextPage: false } } };
    provider.apiState.answers.set("/graphql", () => Response.json({ data }));
    await using pty = openPty(`${BINARY} --no-color cluster list`, {
      env: { VANTAGE_HOME: home.dir },
      columns: 40,
    });
    assert.equal(await pty.status, 0);
    // deno-lint-ignore no-control-regex -- control characters are the subject
    assert.doesNotMatch(pty.text, /[\x00-\x08\x0b\x0c\x0e-\x1f]/);
    for (const line of pty.text.split("\r\n")) assert.ok(line.length <= 40, line);
    assert.match(pty.text, /…/);
  },
});
