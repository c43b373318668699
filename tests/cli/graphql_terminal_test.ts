import assert from "node:assert/strict";
import { buildSchema, graphqlSync } from "graphql";
import { type FakeOptions, fakeSystem } from "../support/fake_system.ts";

const SCHEMA = buildSchema(`
type Query { me: Person, you(id: ID!): Person }
type Person { name: String! }
type Mutation { forget: Boolean }
type Subscription { changed: Person }
`);

/** A GraphQL server, and the command line as its client. */
class Server implements AsyncDisposable {
  /** The queries that came, the one for the schema as `schema`. */
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(readonly dir: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { query, variables, operationName } = await request.json();
        this.asked.push(query.includes("__schema") ? "schema" : query);
        const rootValue = { me: { name: "Ada" }, you: ({ id }: { id: string }) => ({ name: id }) };
        return Response.json(graphqlSync({
          schema: SCHEMA,
          source: query,
          variableValues: variables,
          operationName,
          rootValue,
        }));
      },
    );
  }

  static async start(): Promise<Server> {
    return new Server(await Deno.makeTempDir({ prefix: "vantage-graphql-" }));
  }

  client(args: readonly string[], options: FakeOptions = {}) {
    const url = `http://127.0.0.1:${this.#server.addr.port}/graphql`;
    const env = {
      VANTAGE_HOME: this.dir,
      VANTAGE_TOKEN: "a-ready-made-token",
      VANTAGE_GRAPHQL_URL: url,
      NO_COLOR: "1",
    };
    return fakeSystem({ ...options, args, env });
  }

  run(args: readonly string[], options?: FakeOptions) {
    return this.client(["graphql", ...args], options).run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.dir, { recursive: true });
  }
}

const PERSON: FakeOptions = { terminals: ["stderr"] };

Deno.test("vantage graphql asks for the schema once where a person sees the errors", async () => {
  await using server = await Server.start();
  const query = "{ me { name } }";
  const { status, stdout } = await server.run([query]);
  assert.deepEqual([status, stdout], [0, '{"data":{"me":{"name":"Ada"}}}']);
  assert.deepEqual(server.asked, [query]);
  await server.run([query], PERSON);
  await server.run([query], PERSON);
  await server.run([query]);
  assert.deepEqual(server.asked, [query, "schema", query, query, query]);
});

Deno.test("vantage graphql shows where a document is wrong, and does not send it", async () => {
  await using server = await Server.start();
  const { status, stdout, stderr } = await server.run(["{ me { nam } }"], PERSON);
  assert.deepEqual([status, stdout, server.asked], [2, "", ["schema"]]);
  assert.match(
    stderr,
    /^error: Cannot query field "nam" on type "Person"\n[^]*\{ me \{ nam \} \}\n[^]*\^\nhint: /,
  );
  const unchecked = await server.run(["{ me { nam } }", "--no-check"], PERSON);
  assert.equal(unchecked.status, 1);
});

Deno.test("vantage graphql makes the query of a field, and completes its name", async () => {
  await using server = await Server.start();
  const { stdout } = await server.run(["you", "-f", "id=Bob"]);
  assert.deepEqual(JSON.parse(stdout), { data: { you: { name: "Bob" } } });
  const offered = await server.client(["complete", "--", "graphql", ":y"]).run();
  assert.match(offered.stdout, /^you\b/);
});

Deno.test("vantage graphql completes the operations of a file", async () => {
  await using server = await Server.start();
  const file = `${server.dir}/queries.graphql`;
  await Deno.writeTextFile(file, "query One { me { name } } query Two { me { name } }");
  const line = ["complete", "--", "graphql", "-i", file, "--operation", ":"];
  const { stdout } = await server.client(line).run();
  assert.deepEqual(stdout.match(/^\w+/gm), ["One", "Two"]);
  const { stderr } = await server.run(["-i", file]);
  assert.match(stderr, /--operation/);
  assert.equal((await server.run(["-i", file, "--operation", "Two"])).status, 0);
});

Deno.test("vantage graphql reads the document from stdin, but waits for nobody at a terminal", async () => {
  await using server = await Server.start();
  for (const args of [[], ["-"], ["-i", "-"]]) {
    const client = server.client(["graphql", ...args]);
    client.type("{ me { name } }");
    client.endInput();
    assert.equal((await client.run()).status, 0);
  }
  const { status, stderr } = await server.run([], { terminals: ["stdin"] });
  assert.equal(status, 2);
  assert.match(stderr, /^error: No query is given\nhint: /);
});

for (
  const args of [
    ["{ me { name } }", "-i", "file"],
    ["{ me { name } }", "--subscribe"],
    ["mutation { forget }", "--paginate"],
    ["{ me { name } }", "--paginate"],
    ["subscription { changed { name } }", "--paginate"],
    ["{ me { name } }", "--slurp"],
    ["{ me { name } }", "--csv", "--yaml"],
    ["{ me { name } }", "-f", "id=1"],
    ["query ($id: ID!) { you(id: $id) { name } }"],
    ["{ me { name } }", "--operation", "Nope"],
    ["{ me { name }"],
    ["{ me { name } }", "--transport", "pigeon"],
  ]
) {
  Deno.test(`vantage graphql asks nobody, and hints, when the line is ${args.join(" ")}`, async () => {
    await using server = await Server.start();
    const { status, stdout, stderr } = await server.run(args);
    assert.deepEqual([status, stdout, server.asked], [2, "", []]);
    assert.match(stderr, /^error: [^]+\nhint: .+\n$/);
  });
}
