import assert from "node:assert/strict";
import fc from "fast-check";
import { addCommands } from "../../src/cli/saved_tree.ts";
import { commandTree } from "../../src/cli/tree.ts";
import { checkCommands } from "../../src/config/command_tables.ts";
import { RESERVED_FLAGS } from "../../src/config/command_parameters.ts";
import type { Problem } from "../../src/config/problem.ts";
import { configOf } from "../config/support.ts";
import { fakeSystem } from "../support/fake_system.ts";
import type { Result } from "../support/vantage.ts";

const CONFIG = `
[commands.cluster]
description = "the clusters of the platform"
[commands.cluster.list]
description = "list the clusters"
request = "GET /clusters"
example = "vantage cluster list --status ready"
[commands.cluster.list.options.status]
description = "only those in this state"
choices = ["ready", "draining"]
default = "ready"
[commands.cluster.list.options]
clusterId = { description = "its id", required = true }
limit = { type = "integer", choices = [10, 20] }
ratio = { type = "number" }
filter = { type = "json" }
wide = { type = "boolean" }
cached = { type = "boolean", default = true }
fresh = { type = "boolean", default = false }
[commands.cluster.show]
request = "GET /clusters/{file}/{part}"
[commands.cluster.show.arguments]
file = { description = "its name" }
part = { type = "integer", default = 1 }
exact = { type = "boolean", required = false }
[commands.ping]
request = "GET /ping"
[commands.login]
request = "GET /login"
`;

/** A directory with settings, and with further files beside them. */
async function inHome(
  files: Readonly<Record<string, string>>,
  work: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-saved-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    await work(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What the command line gives with these settings. */
async function run(args: string[], config = CONFIG, path?: string): Promise<Result> {
  let result: Result | undefined;
  await inHome({ "config.toml": config }, async (dir) => {
    const env = { VANTAGE_HOME: dir, ...path !== undefined && { PATH: path } };
    result = await fakeSystem({ args: args.map((arg) => arg.replace("HOME", dir)), env }).run();
  });
  return result!;
}

/** The call that words name, and its values. */
async function parsed(...words: string[]): Promise<[path: string, values: unknown]> {
  const { commands } = await configOf(CONFIG);
  const program = commandTree(() => {}, {});
  let started: [string, unknown] | undefined;
  addCommands(program, commands, ({ target, description }, values, output) => {
    assert.deepEqual(output, { timeoutMs: undefined });
    started = [target.kind === "http" ? target.path : description, values];
  });
  await program.parseAsync(words, { from: "user" });
  return started!;
}

Deno.test("addCommands() gives a call the values of its arguments and options by their types", async () => {
  const list = { clusterId: "a", status: "ready", cached: true, fresh: false };
  const cases: [words: string, values: unknown][] = [
    ["cluster list --cluster-id a", list],
    ["cluster list --cluster-id=a --status draining", { ...list, status: "draining" }],
    ["--json cluster -v list --limit 20 --cluster-id a", { ...list, limit: 20 }],
    ["cluster list --cluster-id a --ratio -2.5e1", { ...list, ratio: -25 }],
    ['cluster list --cluster-id a --filter {"a":[1,null]}', { ...list, filter: { a: [1, null] } }],
    [
      "cluster list --cluster-id a --wide --no-cached --fresh",
      { ...list, wide: true, cached: false, fresh: true },
    ],
    ["cluster show x", { file: "x", part: 1 }],
    ["cluster show x 7 false", { file: "x", part: 7, exact: false }],
    ["ping", {}],
  ];
  for (const [words, values] of cases) {
    assert.deepEqual((await parsed(...words.split(" ")))[1], values, words);
  }
  assert.equal((await parsed("cluster", "show", "x"))[0], "/clusters/{file}/{part}");
});

Deno.test("addCommands() builds whatever the check lets pass", () => {
  const name = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,3}([-_][a-z0-9]{1,2}){0,2}$/),
    },
    fc.constantFrom(...RESERVED_FLAGS).map((flag) => flag.slice(2)),
  );
  const parameter = fc.oneof(
    fc.record({ type: fc.constant("string"), default: fc.string() }),
    fc.record({
      type: fc.constant("integer"),
      choices: fc.uniqueArray(fc.integer(), { minLength: 1 }),
    }),
    fc.record({ type: fc.constant("boolean"), default: fc.boolean() }),
    fc.record({ type: fc.constant("json"), required: fc.boolean() }),
  );
  const parameters = fc.dictionary(name, parameter, { maxKeys: 3 });
  const call = fc.record({
    request: fc.constant("GET /x"),
    arguments: parameters,
    options: parameters,
  });
  const word = fc.stringMatching(/^[a-zA-Z][a-z0-9-]{0,5}$/);
  const group = fc.dictionary(word, call, { minKeys: 1, maxKeys: 2 });
  let built = 0;
  fc.assert(
    fc.property(fc.dictionary(word, fc.oneof(call, group), { maxKeys: 2 }), (table) => {
      const problems: Problem[] = [];
      const commands = checkCommands(table, problems);
      if (problems.length > 0) return;
      const program = commandTree(() => {}, {});
      addCommands(program, commands, () => {});
      for (const command of program.commands) command.helpInformation();
      built += commands.size;
    }),
    { numRuns: 500 },
  );
  assert.ok(built > 50, `Only ${built} were built`);
});

Deno.test("RESERVED_FLAGS has the options that every command and every saved call has", async () => {
  const { commands } = await configOf('[commands.pages]\nrequest = "GET /x"\npaginate = true\n');
  const program = commandTree(() => {}, {});
  addCommands(program, commands, () => {});
  const pages = program.commands.find((command) => command.name() === "pages")!;
  const flags = [...program.options, ...pages.options].map((option) => option.long!);
  assert.deepEqual(flags.filter((flag) => !RESERVED_FLAGS.has(flag)), []);
  assert.ok(flags.includes("--slurp") && RESERVED_FLAGS.has("--help"));
});

Deno.test("run() shows saved calls in the help below a heading of their own", async () => {
  for (const args of [["--help"], ["help"], [], ["--home", "HOME", "--help"]]) {
    const { stdout, stderr } = await run(args);
    const help = (stdout + stderr).replaceAll(/ +\n? +/g, " ");
    assert.match(
      help,
      /\n help \[command\] .*\n\nSaved calls:\n cluster the clusters of the platform\n ping \[options\] GET \/ping\n\nExample:/,
      args.join(" "),
    );
  }
  const group = await run(["cluster"]);
  assert.deepEqual([group.status, group.stdout], [2, ""]);
  assert.match(group.stderr, /^Usage: vantage cluster .*\n\nthe clusters of the platform\n/);
  assert.match(group.stderr, /\nCommands:\n {2}list \[options\] +list the clusters\n {2}show /);
});

Deno.test("run() shows the arguments, options and example of a saved call in its help", async () => {
  const { status, stdout, stderr } = await run(["cluster", "list", "--help"]);
  assert.deepEqual([status, stderr], [0, ""]);
  const help = stdout.replaceAll(/\s+/g, " ");
  assert.ok(
    help.includes(
      '--status <value> only those in this state (choices: "ready", "draining", default: "ready")',
    ),
    help,
  );
  assert.ok(help.includes("--cluster-id <value> its id (required)"), help);
  assert.ok(help.includes('--limit <integer> (choices: "10", "20")'), help);
  assert.ok(help.includes("--no-cached"), help);
  assert.ok(help.includes("Example: $ vantage cluster list --status ready"), help);
  const show = await run(["help", "cluster"]);
  assert.match(show.stdout, /show \[options\] <file> \[part\] \[exact\]/);
});

Deno.test("run() says what is wrong with the use of a saved call", async (t) => {
  const list = ["cluster", "list", "--cluster-id", "a"];
  const cases: [args: string[], message: RegExp, hint: RegExp][] = [
    [["cluster", "list"], /^Required option '--cluster-id <value>' not specified$/, /list --help`/],
    [[...list, "--status", "x"], /Allowed choices are ready, draining$/, /cluster list --help`/],
    [[...list, "--limit", "30"], /Allowed choices are 10, 20$/, /cluster list --help`/],
    [[...list, "--ratio", "1e"], /Write a number, such as 2\.5$/, /cluster list --help`/],
    [[...list, "--filter", "{a"], /Write JSON, such as '\["a", 1\]'$/, /cluster list --help`/],
    [[...list, "--statsu", "x"], /^Unknown option '--statsu'$/, /Did you mean --status\?/],
    [["cluster", "show"], /^Missing required argument 'file'$/, /`vantage cluster show --help`/],
    [["cluster", "show", "x", "1.5"], /Write a whole number, such as 10$/, /show --help`/],
    [["cluster", "show", "x", "1", "yes"], /Allowed choices are true, false|Write true or/, /show/],
    [["cluster", "lst"], /^Unknown command 'lst'$/, /Did you mean list\?/],
    [["clustre"], /^Unknown command 'clustre'$/, /Did you mean cluster\?/],
  ];
  for (const [args, message, hint] of cases) {
    await t.step(args.join(" "), async () => {
      const { status, stdout, stderr } = await run(["--json", ...args]);
      const { error } = JSON.parse(stderr);
      assert.deepEqual([status, stdout, error.code], [2, "", "usage"], stderr);
      assert.match(error.message, message);
      assert.match(error.hint, hint);
    });
  }
});

Deno.test("run() leaves a command of vantage what it is, and config check says so", async () => {
  const help = await run(["login", "--help"]);
  assert.match(help.stdout, /^Usage: vantage login \[options\] \[service\] \[account\]\n/);
  const { status, stdout } = await run(["config", "check"]);
  assert.equal(status, 3);
  assert.match(
    stdout,
    /config\.toml:\d+: Key 'login' in \[commands\] must have another name: vantage has a command/,
  );
});

Deno.test("run() prefers a saved call to a program vantage-NAME", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await inHome({ "vantage-ping": "#!/bin/sh\nexit 9\n" }, async (bin) => {
    await Deno.chmod(`${bin}/vantage-ping`, 0o755);
    const saved = await run(["ping", "--help"], CONFIG, bin);
    assert.match(saved.stdout, /^Usage: vantage ping/);
    assert.equal((await run(["ping", "--nonsense"], CONFIG, bin)).status, 2);
    assert.equal((await run(["ping", "--nonsense"], "", bin)).status, 9);
  });
});

const BROKEN = [
  ["[commands.ping]\nrequest = 1\n", /config\.toml:2: Key 'request' in \[commands\.ping\]/],
  ["not [TOML", /config\.toml:1:\d+: Cannot parse TOML/],
  [
    `command_files = ["gone.toml"]\n${CONFIG}`,
    /config\.toml:1: Key 'command_files' names .*gone\.toml, which does not exist/,
  ],
] as const;

Deno.test("run() gives the error of the settings when a saved call is run and they are broken", async () => {
  for (const [config, message] of BROKEN) {
    const { status, stdout, stderr } = await run(["--json", "ping"], config);
    const { error } = JSON.parse(stderr);
    assert.deepEqual([status, stdout, error.code], [3, "", "config_invalid"]);
    assert.match(error.message, message);
  }
});

Deno.test("run() gives help without a word on settings that are broken", async () => {
  for (const [config] of BROKEN) {
    for (const args of [["--help"], ["help", "login"], ["status", "--help"], ["--version"]]) {
      const { status, stdout, stderr } = await run(args, config);
      assert.deepEqual([status, stderr], [0, ""], args.join(" "));
      assert.match(stdout, /^(Usage: )?vantage|^Usage/);
    }
    const alone = await run([], config);
    assert.equal(alone.status, 2);
    assert.match(alone.stderr, /^Usage: vantage /);
  }
  const missing = await run(["ping", "--help"], BROKEN[2][0]);
  assert.match(missing.stdout, /^Usage: vantage ping/);
});

Deno.test("run() knows no saved call where no home is known", async () => {
  const { status, stderr } = await fakeSystem({ args: ["--json", "ping"] }).run();
  assert.deepEqual([status, JSON.parse(stderr).error.message], [2, "Unknown command 'ping'"]);
  assert.equal((await fakeSystem({ args: ["--help"] }).run()).status, 0);
});

Deno.test("complete() offers saved calls, their options and the choices of these", async (t) => {
  const cases: [line: string, words: string[], config?: string][] = [
    ["vantage clu", ["cluster"]],
    ["vantage cluster ", ["list", "show"]],
    ["vantage cluster list --status ", ["ready", "draining"]],
    ["vantage cluster list --status=d", ["--status=draining"]],
    ["vantage cluster list --limit ", ["10", "20"]],
    ["vantage cluster list --c", ["--cluster-id", "--columns", "--csv"]],
    ["vantage cluster show ", []], // `file` is a name here, and says nothing of files
    ["vantage cluster show x 1 t", ["true"]],
    ["vantage --home HOME pi", ["ping"]],
    ["vantage stat", ["status"], "not [TOML"],
    ["vantage pin", [], "not [TOML"],
    ["vantage pin", ["ping"], BROKEN[2][0]],
  ];
  for (const [line, words, config] of cases) {
    await t.step(line, async () => {
      const typed = line.split(" ").slice(1);
      const args = ["complete", "--", ...typed.slice(0, -1), `:${typed.at(-1)}`];
      const { status, stdout, stderr } = await run(args, config);
      assert.deepEqual([status, stderr], [0, ""]);
      const offered = stdout.split("\n").slice(0, -1).map((line) => line.split("\t")[0]);
      assert.deepEqual(offered, words);
    });
  }
});
