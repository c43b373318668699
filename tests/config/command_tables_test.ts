import assert from "node:assert/strict";
import fc from "fast-check";
import { parse as parseGraphql } from "graphql";
import { configCheck } from "../../src/commands/config/check.ts";
import { inspectCommands, loadCommands } from "../../src/config/command_files.ts";
import { checkCommandFiles, checkCommands } from "../../src/config/command_tables.ts";
import type { SavedCall, SavedCommands } from "../../src/config/command_types.ts";
import { inspectConfig, loadConfig } from "../../src/config/config_file.ts";
import { describeProblem } from "../../src/config/problem.ts";
import { appIn, configOf, failure, Home } from "./support.ts";

const PACK = new URL("../../docs/packs/vantage.toml", import.meta.url);

const LIST = `
[commands.cluster]
description = "the clusters"

[commands.cluster.list]
description = "list the clusters"
graphql  = """query($status: String, $clusterId: ID, $limit: Int, $kind: String, $after: String) { clusters { nodes { name } } }"""
paginate = true
rows     = "clusters.nodes"
columns  = ["name", "createdAt:CREATED"]
sort     = "name"
example  = "vantage cluster list --status ready"
account  = "vantage/prod"
fields   = { kind = "hpc" }

[commands.cluster.list.options.status]
description = "only those in this state"
choices = ["ready", "draining"]
default = "ready"

[commands.cluster.list.options]
clusterId = { required = true }
limit = { type = "integer", choices = [10, 20] }
`;

const SHOW = `
[commands.cluster.show]
request = "GET /clusters/{name}/nodes/{node_id}?all={all}"
fields  = { expand = "nodes", deep = { a = [1, true, "x"] } }
headers = { Accept = "application/json" }
[commands.cluster.show.arguments.name]
[commands.cluster.show.arguments.node_id]
type = "integer"
default = 1
[commands.cluster.show.options.all]
type = "boolean"
default = true
`;

function callOf(commands: SavedCommands, ...path: string[]): SavedCall {
  let below = commands;
  for (const name of path) {
    const command = below.get(name);
    if (command?.kind === "call") return command;
    below = command?.commands ?? new Map();
  }
  throw new Error(`There is no call '${path.join(" ")}'`);
}

/** The problems of a settings file of this text, as `config check` words them. */
async function problemsOf(text: string): Promise<string[]> {
  const { problems } = await inspectConfig(text, "PATH");
  return problems.map((problem) => describeProblem("PATH", problem));
}

Deno.test("checkCommands() returns a tree of groups and calls when all is well", async () => {
  const { commands } = await configOf(LIST + SHOW);
  assert.deepEqual([...commands.keys()], ["cluster"]);
  assert.equal(commands.get("cluster")?.description, "the clusters");
  const plain = {
    description: "",
    type: "string",
    choices: undefined,
    default: undefined,
    required: false,
  };
  const list = callOf(commands, "cluster", "list");
  assert.deepEqual({ ...list, target: list.target.kind }, {
    kind: "call",
    description: "list the clusters",
    example: "vantage cluster list --status ready",
    account: { service: "vantage", account: "prod" },
    target: "graphql",
    arguments: [],
    options: [
      {
        ...plain,
        name: "status",
        flag: "--status",
        description: "only those in this state",
        choices: ["ready", "draining"],
        default: "ready",
      },
      { ...plain, name: "clusterId", flag: "--cluster-id", required: true },
      { ...plain, name: "limit", flag: "--limit", type: "integer", choices: [10, 20] },
    ],
    fields: { kind: "hpc" },
    headers: {},
    paginate: true,
    rows: "clusters.nodes",
    columns: ["name", "createdAt:CREATED"],
    sort: "name",
  });
  const show = callOf(commands, "cluster", "show");
  assert.deepEqual(show.target, {
    kind: "http",
    method: "GET",
    path: "/clusters/{name}/nodes/{node_id}?all={all}",
    inPath: ["name", "node_id", "all"],
  });
  assert.equal(show.description, "GET /clusters/{name}/nodes/{node_id}?all={all}");
  assert.deepEqual(show.arguments.map(({ name, required }) => [name, required]), [
    ["name", true],
    ["node_id", false],
  ]);
  assert.deepEqual(show.options.map(({ flag }) => flag), ["--no-all"]);
  assert.deepEqual(show.headers, { accept: "application/json" });
  assert.equal(JSON.stringify(show.fields), '{"expand":"nodes","deep":{"a":[1,true,"x"]}}');
});

const GET = '[commands.a]\nrequest = "GET /x"\n';
const ARGUMENT = `${GET}[commands.a.arguments.b]\n`;
const OPTION = `${GET}[commands.a.options.b]\n`;

Deno.test("loadConfig() names file, line and key of what is wrong with a saved call", async (t) => {
  const cases: [text: string, ...problems: string[]][] = [
    ["commands = 1\n", "PATH:1: Key 'commands' must be a table of commands"],
    ["command_files = 'x'\n", "PATH:1: Key 'command_files' must be an array of paths of files"],
    ["command_files = ['']\n", "PATH:1: Key 'command_files' must be an array of paths of files"],
    ["[commands]\na = 1\n", "PATH:2: Key 'a' in [commands] must be a table"],
    ["[commands.1a]\nrequest = 'GET /'\n", "PATH:1: Key '1a' in [commands] must have a name of"],
    ["[commands.'a b']\nrequest = 'GET /'\n", "PATH:1: Key 'a b' in [commands] must have a name"],
    [
      "\n[commands.a]\n",
      "PATH:2: Key 'a' in [commands] must have a key 'graphql' or 'request', or tables of commands",
    ],
    ["[commands.a]\nsort = 'x'\n", "PATH:1: Key 'a' in [commands] must have a key 'graphql' or 'r"],
    [
      `${GET}graphql = "{ a }"\n`,
      "PATH:2: Key 'request' in [commands.a] must not stand beside 'graphql'",
    ],
    [
      "[commands.a]\nrequets = 'GET /x'\n[commands.a.b]\nrequest = 'GET /'\n",
      "PATH:2: Unknown key 'requets' in [commands.a]",
    ],
    ["[commands.a]\ndescription = 1\n[commands.a.b]\nrequest = 'GET /'\n", "PATH:2: Key 'descrip"],
    [`${GET}pagniate = true\n`, "PATH:3: Unknown key 'pagniate' in [commands.a]"],
    [`${GET}[commands.a.b]\nrequest = "GET /"\n`, "PATH:3: Unknown key 'b' in [commands.a]"],
    [`${GET}description = "a\\nb"\n`, "PATH:3: Key 'description' in [commands.a] must be one line"],
    [`${GET}example = " "\n`, "PATH:3: Key 'example' in [commands.a] must be one line of text"],
    [`${GET}paginate = 1\n`, "PATH:3: Key 'paginate' in [commands.a] must be true or false"],
    [
      "[commands.a]\nrequest = 'POST /x'\npaginate = true\n",
      "PATH:3: Key 'paginate' in [commands.a] must not be true: only GET requests have pages",
    ],
    [`${GET}columns = "a"\n`, "PATH:3: Key 'columns' in [commands.a] must be an array of columns"],
    [`${GET}columns = []\n`, "PATH:3: Key 'columns' in [commands.a] must be an array of columns"],
    [`${GET}account = "prod"\n`, "PATH:3: Key 'account' in [commands.a] must be 'SERVICE/ACCOUNT'"],
    ["[commands.a]\ngraphql = ' '\n", "PATH:2: Key 'graphql' in [commands.a] must not be empty"],
    ...["GET x", "get /x", "GET  /x", "GET", "FETCH /x", "GET https://x.example/", "GET /a b"]
      .map((request): [string, string] => [
        `[commands.a]\nrequest = "${request}"\n`,
        "PATH:2: Key 'request' in [commands.a] must be 'METHOD /path'",
      ]),
    ...["GET //x.example/", "GET /\\\\x", "GET /a#b", "GET /é"]
      .map((request): [string, string] => [
        `[commands.a]\nrequest = "${request}"\n`,
        "PATH:2: Key 'request' in [commands.a] must have a path of printable ASCII without",
      ]),
    ...["GET /{}", "GET /{a", "GET /a}", "GET /{{a}}"]
      .map((request): [string, string] => [
        `[commands.a]\nrequest = "${request}"\n`,
        "PATH:2: Key 'request' in [commands.a] must have a name between '{' and '}'",
      ]),
    [
      "[commands.a]\nrequest = 'GET /{nam}'\narguments = { name = {} }\n",
      "PATH:2: Key 'request' in [commands.a] has '{nam}', which is no argument or option",
    ],
    [
      "[commands.a]\nrequest = 'GET /{b}'\noptions = { b = {} }\n",
      "PATH:3: Key 'b' in [commands.a.options] must have 'required = true' or a 'default', because",
    ],
    [
      "[commands.a]\nrequest = 'GET /{b}'\n[commands.a.arguments.b]\nrequired = false\n",
      "PATH:3: Key 'b' in [commands.a.arguments] must be required or have a 'default', because",
    ],
    [
      "[commands.a]\nrequest = 'GET /{b}'\n[commands.a.arguments.b]\ntype = 'json'\n",
      "PATH:3: Key 'b' in [commands.a.arguments] must have another type than 'json'",
    ],
    [
      `${GET}arguments = 1\n`,
      "PATH:3: Key 'arguments' in [commands.a] must be a table of arguments",
    ],
    [`${GET}options = []\n`, "PATH:3: Key 'options' in [commands.a] must be a table of options"],
    [`${GET}options = { b = 1 }\n`, "PATH:3: Key 'b' in [commands.a.options] must be a table"],
    [`${GET}options = { b- = {} }\n`, "PATH:3: Key 'b-' in [commands.a.options] must have a name"],
    [`${GET}options = { a--b = {} }\n`, "PATH:3: Key 'a--b' in [commands.a.options] must have a n"],
    [
      `${GET}options = { no-b = {} }\n`,
      "PATH:3: Key 'no-b' in [commands.a.options] must not start",
    ],
    [
      `${GET}options = { toString = {} }\n`,
      "PATH:3: Key 'toString' in [commands.a.options] must h",
    ],
    [
      `${GET}options = { profile = {} }\n`,
      "PATH:3: Key 'profile' in [commands.a.options] must have another name: '--profile' is " +
      "vantage's own",
    ],
    [
      `${GET}[commands.a.options.columns]\n`,
      "PATH:3: Key 'columns' in [commands.a.options] must h",
    ],
    [
      `${GET}[commands.a.options.color]\ntype = "boolean"\ndefault = true\n`,
      "PATH:3: Key 'color' in [commands.a.options] must have another name: '--no-color' is " +
      "vantage's own",
    ],
    [
      `${GET}options.aB = {}\noptions.a-b = {}\n`,
      "PATH:4: Key 'a-b' in [commands.a.options] must have another name: one before it is written",
    ],
    [`${GET}options.a1 = {}\noptions.a-1 = {}\n`, "PATH:4: Key 'a-1' in [commands.a.options] must"],
    [
      `${GET}arguments.b = {}\noptions.b = {}\n`,
      "PATH:4: Key 'b' in [commands.a.options] must have another name than an argument",
    ],
    [
      `${GET}fields.b = 1\noptions.b = {}\n`,
      "PATH:4: Key 'b' in [commands.a.options] must have another name than a field",
    ],
    [
      `${GET}arguments.b = { required = false }\narguments.c = {}\n`,
      "PATH:4: Key 'c' in [commands.a.arguments] must not be required behind an argument that is",
    ],
    [`${ARGUMENT}typ = "integer"\n`, "PATH:4: Unknown key 'typ' in [commands.a.arguments.b]"],
    [
      `${ARGUMENT}type = "date"\n`,
      "PATH:4: Key 'type' in [commands.a.arguments.b] must be one of 'string', 'integer', 'numb",
    ],
    [
      `${ARGUMENT}choices = []\n`,
      "PATH:4: Key 'choices' in [commands.a.arguments.b] must not be e",
    ],
    [
      `${ARGUMENT}choices = [1]\n`,
      "PATH:4: Key 'choices' in [commands.a.arguments.b] must be an ar",
    ],
    [
      `${ARGUMENT}choices = ["a", "a"]\n`,
      "PATH:4: Key 'choices' in [commands.a.arguments.b] must n",
    ],
    [
      `${ARGUMENT}choices = ["a\\tb"]\n`,
      "PATH:4: Key 'choices' in [commands.a.arguments.b] must be",
    ],
    [
      `${ARGUMENT}type = "boolean"\nchoices = [true]\n`,
      "PATH:5: Key 'choices' in [commands.a.arguments.b] must not be there for type 'boolean'",
    ],
    [`${OPTION}default = 1\n`, "PATH:4: Key 'default' in [commands.a.options.b] must be a string"],
    [
      `${OPTION}type = "integer"\ndefault = 1.5\n`,
      "PATH:5: Key 'default' in [commands.a.options.b] must be a whole number",
    ],
    [
      `${OPTION}type = "json"\ndefault = 2026-01-01\n`,
      "PATH:5: Key 'default' in [commands.a.options.b] must be a string, number, boolean, array or",
    ],
    [
      `${OPTION}choices = ["a"]\ndefault = "b"\n`,
      "PATH:5: Key 'default' in [commands.a.options.b] must be one of 'choices'",
    ],
    [
      `${OPTION}required = true\ndefault = "b"\n`,
      "PATH:4: Key 'required' in [commands.a.options.b] must not be true where there is a 'default'",
    ],
    [
      `${OPTION}type = "boolean"\nrequired = true\n`,
      "PATH:5: Key 'required' in [commands.a.options.b] must not be true: an option of type 'bool",
    ],
    [
      "[commands.a]\ngraphql = 'query($statuses: X) { a }'\noptions.status = {}\nfields.x = 1\n",
      "PATH:3: Key 'status' in [commands.a.options] is no variable of 'graphql', which has no '$st",
      "PATH:4: Key 'x' in [commands.a.fields] is no variable of 'graphql', which has no '$x'",
    ],
    [
      `${GET}headers = { authorization = "Bearer x" }\n`,
      "PATH:3: Key 'authorization' in [commands.a.headers] must not be there: vantage sends that",
    ],
    [
      `${GET}headers.COOKIE = "x"\n`,
      "PATH:3: Key 'COOKIE' in [commands.a.headers] must not be the",
    ],
    [`${GET}headers."a b" = "x"\n`, "PATH:3: Key 'a b' in [commands.a.headers] must have the name"],
    [
      `${GET}headers.a = "x\\r\\nb: c"\n`,
      "PATH:3: Key 'a' in [commands.a.headers] must be printabl",
    ],
    [
      `${GET}headers = { a = "x", A = "y" }\n`,
      "PATH:3: Key 'A' in [commands.a.headers] must not b",
    ],
    [`${GET}fields = 1\n`, "PATH:3: Key 'fields' in [commands.a] must be a table of fields"],
    [
      `${GET}fields = { a = nan }\n`,
      "PATH:3: Key 'a' in [commands.a.fields] must be a string, num",
    ],
    [
      "[commands.a.b.c.d]\nrequest = 'GET /'\n[commands.a.b.c.d2.e]\nrequest = 'GET /'\n",
      "PATH:3: Key 'e' in [commands.a.b.c.d2] must not be more than 4 words deep",
    ],
  ];
  for (const [text, ...problems] of cases) {
    await t.step(JSON.stringify(text), async () => {
      const found = await problemsOf(text);
      assert.equal(found.length, problems.length, found.join("\n"));
      for (const [at, problem] of problems.entries()) {
        assert.ok(found[at]!.startsWith(problem), found[at]);
      }
    });
  }
});

Deno.test("loadConfig() tells which key or place in the path was meant", async () => {
  const hints = async (text: string) =>
    (await inspectConfig(text, "PATH")).problems.map(({ hint }) => hint);
  assert.deepEqual(await hints(`${GET}pagniate = true\n`), ["Did you mean 'paginate'?"]);
  assert.deepEqual(
    await hints("[commands.a]\nrequest = 'GET /{nam}'\narguments = { name = {} }\n"),
    ["Did you mean '{name}'?"],
  );
});

Deno.test("loadConfig() refuses a secret in a saved call, and does not show it", async () => {
  const lines = [
    "headers.x-api-key = 'hunter2'",
    "headers.X-Auth-Token = 'hunter2'",
    "headers.client-secret = 'hunter2'",
    "fields.password = 'hunter2'",
    "fields.login.apiKey = 'hunter2'",
    "fields.logins = [{ token = 'hunter2' }]",
    "options.password = { default = 'hunter2' }",
    "options.b = { token = 'hunter2' }",
    "access_token = 'hunter2'",
  ];
  for (const line of lines) {
    const error = await failure(() => configOf(`${GET}${line}\n`));
    assert.equal(error.code, "config_secret", line);
    assert.match(error.message, /config\.toml:3: Key .* holds a secret/, line);
    assert.match(error.hint ?? "", /^Remove the line; every call is sent with the token/, line);
    assert.doesNotMatch(error.message + error.hint, /hunter2/);
  }
});

Deno.test("checkCommands() gives problems and throws nothing whatever the tables hold", () => {
  const key = fc.constantFrom(
    ...["a", "B-c", "no-a", "__proto__", "constructor", "toString", "", "a-", "a1", "a-1", "name"],
    ...["graphql", "request", "description", "example", "account", "paginate", "rows", "columns"],
    ...[
      "sort",
      "arguments",
      "options",
      "fields",
      "headers",
      "type",
      "choices",
      "default",
      "required",
    ],
    ...["profile", "token", "accept"],
  );
  const leaf = fc.oneof(
    fc.string(),
    fc.constantFrom("integer", "json", "boolean", "GET /{a}/{name}", "query($a: X) { a }", "a/b"),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.date({ noInvalidDate: false }),
  );
  const { table } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, leaf, tie("table"), fc.array(tie("value"), { maxLength: 3 })),
    table: fc.dictionary(fc.oneof({ weight: 9, arbitrary: key }, fc.string()), tie("value"), {
      maxKeys: 6,
    }),
  }));
  fc.assert(
    fc.property(table, (value) => {
      const problems: Parameters<typeof checkCommands>[1] = [];
      checkCommands(value, problems);
      checkCommandFiles(value, problems);
      for (const { code, keys, message } of problems) {
        assert.match(code, /^config_/);
        assert.ok(keys.length > 0 && message !== "");
      }
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("loadCommands() adds the calls of command_files to those of the settings file", async () => {
  await using home = new Home();
  Deno.mkdirSync(`${home.dir}/packs`);
  Deno.writeTextFileSync(`${home.dir}/packs/a.toml`, SHOW);
  Deno.writeTextFileSync(`${home.dir}/b.toml`, "[commands.me]\nrequest = 'GET /me'\n");
  home.write(`command_files = ["packs/a.toml", '${home.dir}/b.toml']\n${LIST}`);
  const { system } = appIn(home);
  const config = await loadConfig(system.files, home.config);
  assert.equal(config.commands.has("me"), false);
  const commands = await loadCommands(system, config);
  assert.equal(callOf(commands, "me").description, "GET /me");
  assert.equal(callOf(commands, "cluster", "list").paginate, true);
  assert.equal(callOf(commands, "cluster", "show").target.kind, "http");
  assert.equal(commands.get("cluster")?.description, "the clusters");
});

Deno.test("loadCommands() names the file, or the line that names it, when one cannot be used", async (t) => {
  const cases: [text: string | undefined, message: string][] = [
    [undefined, "CONFIG:2: Key 'command_files' names PACK, which does not exist"],
    ["a = = 1\n", "PACK:1:5: Cannot parse TOML"],
    ["\n[profiles.a]\n", "PACK:2: Unknown key 'profiles'"],
    ["command_files = []\n", "PACK:1: Unknown key 'command_files'"],
    ["[commands.a]\nrequest = 1\n", "PACK:2: Key 'request' in [commands.a] must be a string"],
    [
      "[commands.mine]\nrequest = 'GET /x'\n",
      "PACK:1: Key 'mine' in [commands] must have another name: a file before this one has it",
    ],
    [
      "[commands.mine.below]\nrequest = 'GET /x'\n",
      "PACK:1: Key 'mine' in [commands] must have another name",
    ],
  ];
  for (const [text, message] of cases) {
    await t.step(message, async () => {
      await using home = new Home();
      const pack = `${home.dir}/pack.toml`;
      if (text !== undefined) Deno.writeTextFileSync(pack, text);
      home.write(`# ours\ncommand_files = ["pack.toml"]\n[commands.mine]\nrequest = "GET /mine"\n`);
      const { system } = appIn(home);
      const config = await loadConfig(system.files, home.config);
      const error = await failure(() => loadCommands(system, config));
      const said = error.message.replaceAll(pack, "PACK").replaceAll(home.config, "CONFIG");
      assert.equal(error.code, "config_invalid");
      assert.ok(said.startsWith(message), said);
      assert.ok(error.hint);
      // Help shows what is left.
      const { commands } = await inspectCommands(system, config);
      assert.deepEqual([...commands.keys()], ["mine"]);
    });
  }
});

Deno.test("configCheck() reports calls of all files, and those named like a command", async () => {
  await using home = new Home();
  const pack = `${home.dir}/pack.toml`;
  Deno.writeTextFileSync(
    pack,
    "[commands.b]\nrequest = 1\n[commands.get-token]\nrequest = 'GET /'\n",
  );
  home.write(
    `command_files = ["pack.toml", "gone.toml"]\n[commands.login]\nrequest = "GET /x"\nsrot = "a"\n`,
  );
  const { ok, problems } = await configCheck(appIn(home), ["login", "get-token"]);
  assert.equal(ok, false);
  assert.deepEqual(
    problems.map(({ message }) => message.replaceAll(pack, "PACK").replaceAll(home.dir, "DIR")),
    [
      "DIR/config.toml:4: Unknown key 'srot' in [commands.login]",
      "DIR/config.toml:2: Key 'login' in [commands] must have another name: vantage has a command " +
      "of that name",
      "DIR/config.toml:1: Key 'command_files' names DIR/gone.toml, which does not exist",
      "PACK:2: Key 'request' in [commands.b] must be a string",
    ],
  );
  Deno.writeTextFileSync(pack, "[commands.get-token]\nrequest = 'GET /'\n");
  home.write('command_files = ["pack.toml"]\n');
  const second = await configCheck(appIn(home), ["login", "get-token"]);
  assert.deepEqual(second.problems.map(({ line, message }) => [line, message.startsWith(pack)]), [
    [1, true],
  ]);
});

Deno.test("The example pack passes the check, and its queries are GraphQL", async () => {
  const text = await Deno.readTextFile(PACK);
  assert.match(text, /^# AN EXAMPLE/);
  const { commands } = await configOf(text);
  assert.deepEqual([...commands.keys()], ["cluster", "organization", "license"]);
  const calls = [...commands.values()].flatMap((group) =>
    group.kind === "group" ? [...group.commands.values()] : []
  );
  assert.equal(calls.length, 5);
  for (const call of calls) {
    assert.ok(call.kind === "call" && call.target.kind === "graphql");
    const { definitions } = parseGraphql(call.target.document);
    assert.ok(
      definitions.every((definition) =>
        definition.kind === "OperationDefinition" && definition.operation === "query"
      ),
    );
    assert.equal(call.paginate, call.target.document.includes("endCursor"));
    assert.ok(call.example?.startsWith("vantage "));
  }
});
