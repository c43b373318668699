import assert from "node:assert/strict";
import { exampleOf } from "../../src/cli/command.ts";
import { commandTree } from "../../src/cli/tree.ts";
import { pathOf } from "../../src/cli/usage_error.ts";
import { fakeSystem } from "../support/fake_system.ts";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

const run = (...args: string[]) =>
  fakeSystem({ args, env: { VANTAGE_HOME: "/nonexistent/vantage" } }).run();

/** Every command that is shown, groups too. */
function commands(from: CommandUnknownOpts = commandTree(() => {}, {})): CommandUnknownOpts[] {
  return from.createHelp().visibleCommands(from)
    .filter((command) => command.name() !== "help")
    .flatMap((command) => [command, ...commands(command)]);
}

Deno.test("run() names what is wrong with the command line and the way to mend it", async (t) => {
  const cases: [args: string[], message: RegExp, hint: RegExp][] = [
    [["statsu"], /^Unknown command 'statsu'$/, /Did you mean status\?/],
    [["profile", "lst"], /^Unknown command 'lst'$/, /Did you mean list\?/],
    [["login", "--flwo", "device"], /^Unknown option '--flwo'$/, /Did you mean --flow\?/],
    [
      ["login", "--flow", "carrier-pigeon"],
      /Allowed choices are auto, device, /,
      /`vantage login --help`/,
    ],
    [
      ["token", "--format", "xml"],
      /Allowed choices are raw, header, json, env$/,
      /vantage token --help/,
    ],
    [
      ["login", "--timeout", "5 minutes"],
      /Write a duration such as 90s, 5m or 1h30m$/,
      /login --help/,
    ],
    [["token", "--min-ttl", "0s"], /Write a duration/, /`vantage token --help`/],
    [["login", "--timeout"], /argument missing$/, /`vantage login --help`/],
    [["profile", "use"], /^Missing required argument 'profile'$/, /`vantage profile use --help`/],
    [["whoami", "me"], /^Cannot tell which account of 'me' is meant$/, /--profile|with -p/],
    [["whoami", "github", "me", "you"], /^Too many arguments/, /`vantage whoami --help`/],
    [["token", "github", "a/b"], /^Account name 'a\/b' must be 1 to 64/, /`vantage token --help`/],
    [["token", "github", "me", "-p", "x"], /exclude each other$/, /`vantage token --help`/],
    [
      ["completion", "tcsh"],
      /Allowed choices are bash, zsh, fish, powershell/,
      /completion --help/,
    ],
    [
      ["logout", "--all", "-p", "prod"],
      /^Options --all and --profile exclude each other$/,
      /`vantage logout --help`/,
    ],
    [["token", "--check", "--refresh"], /exclude each other$/, /`vantage token --help`/],
  ];
  for (const [args, message, hint] of cases) {
    await t.step(args.join(" "), async () => {
      for (const line of [["--json", ...args], [...args, "--json"]]) {
        const { status, stdout, stderr } = await run(...line);
        const { error } = JSON.parse(stderr);
        assert.deepEqual([status, stdout, error.code], [2, "", "usage"], stderr);
        assert.match(error.message, message);
        assert.match(error.hint, hint);
      }
      const { status, stdout, stderr } = await run(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^error: .+\nhint: .+\n$/);
    });
  }
});

for (const group of [[], ["profile"], ["config"]]) {
  const name = ["vantage", ...group].join(" ");
  Deno.test(`run() shows help on stderr and fails when only \`${name}\` is given`, async () => {
    const { status, stdout, stderr } = await run(...group);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`Usage: ${name} [options] [command]`), stderr);
  });

  Deno.test(`run() says that a command is missing when only \`${name} --json\` is given`, async () => {
    const { status, stdout, stderr } = await run(...group, "--json");
    assert.deepEqual([status, stdout], [2, ""]);
    const { error } = JSON.parse(stderr);
    assert.deepEqual([error.code, error.message], ["usage", "No command is given"]);
    assert.ok(error.hint.includes(`\`${name} --help\``));
  });
}

Deno.test("run() shows help on stdout when --help is given, with an example for each command", async (t) => {
  const all = commands();
  assert.ok(all.length >= 19, "The walk misses commands");
  for (const command of all) {
    const path = pathOf(command);
    await t.step(path, async () => {
      const { status, stdout, stderr } = await run(...path.split(" ").slice(1), "--help");
      assert.deepEqual([status, stderr], [0, ""]);
      assert.ok(stdout.startsWith(`Usage: ${path}`), stdout);
      assert.ok(command.description(), "It has no description");
      if (command.commands.length > 0) return;
      const example = exampleOf(command) ?? "";
      // Of a helper it is the line that makes its tool call it.
      const words = path.startsWith("vantage credential-helper ") ? 1 : 2;
      assert.ok(
        example.includes(path.split(" ").slice(0, words).join(" ")),
        "Its example is of another",
      );
      assert.ok(stdout.includes(`Example:\n  $ ${example}\n`), stdout);
    });
  }
});

Deno.test("run() shows the same help for `help COMMAND` as for `COMMAND --help`", async () => {
  assert.equal((await run("help", "login")).stdout, (await run("login", "--help")).stdout);
  assert.equal((await run("help")).stdout, (await run("--help")).stdout);
});

Deno.test("run() keeps what is for scripts out of the help", async () => {
  const { stdout } = await run("--help");
  assert.match(stdout, /^ {2}completion <shell>/m);
  assert.doesNotMatch(stdout, /^ {2}complete\b/m);
});

Deno.test("run() fits help into the terminal when there is one", async () => {
  const narrow = fakeSystem({ args: ["login", "--help"], terminals: ["stdout"], columns: 70 });
  const { stdout } = await narrow.run();
  for (const line of stdout.split("\n")) assert.ok(line.length <= 70, line);
});

Deno.test("run() prints name and version when --version is given", async () => {
  const { default: manifest } = await import("../../deno.json", { with: { type: "json" } });
  assert.deepEqual(await run("--version"), {
    status: 0,
    stdout: `vantage ${manifest.version}\n`,
    stderr: "",
  });
});

Deno.test("run() takes --json and -v for its own only when they stand before --", async () => {
  const { stderr } = await run("whoami", "--", "a", "b", "--json");
  assert.match(stderr, /^error: Too many arguments/);
});
