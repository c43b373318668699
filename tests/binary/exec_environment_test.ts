import assert from "node:assert/strict";
import { homeWithKeys } from "../support/api_keys.ts";
import { assertFailed } from "../support/login.ts";
import { type Home, makeHome, type Result } from "../support/vantage.ts";

const WORK = `key-work-${crypto.randomUUID()}`;
const HOME = `key-home-${crypto.randomUUID()}`;
const REFERENCE = "auth://openai/work/token";

const keys = () => homeWithKeys({ "openai/work": WORK, "openai/home": HOME });

/** What the program sees of its environment, by a program that prints each name's value. */
async function seen(
  home: Home,
  names: readonly string[],
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<string[]> {
  const script = names.map((name) => `printf '%s\\0' "\${${name}-unset}"`).join(";");
  const { status, stdout, stderr } = await home.run(
    ["exec", ...args, "--", "sh", "-c", script],
    { env },
  );
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout.split("\0").slice(0, -1);
}

function assertSilent({ stdout, stderr }: Result): void {
  for (const key of [WORK, HOME]) assert.ok(!(stdout + stderr).includes(key), stderr);
}

Deno.test("vantage exec gives the program its environment with values in the place of references", async () => {
  await using home = await keys();
  const env = {
    A: REFERENCE,
    B: "auth://openai/home/api_key",
    C: ` ${REFERENCE}`,
    D: `Bearer ${REFERENCE}`,
    E: "plain; $A `B`",
  };
  assert.deepEqual(await seen(home, ["A", "B", "C", "D", "E", "F"], { env }), [
    WORK,
    HOME,
    env.C,
    env.D,
    env.E,
    "unset",
  ]);
});

Deno.test("vantage exec --env-file reads quotes, comments and several lines", async () => {
  await using home = await keys();
  const file = `${home.dir}/a.env`;
  await Deno.writeTextFile(
    file,
    [
      "\uFEFF# a comment",
      "",
      `TOKEN=${REFERENCE}   # behind a blank`,
      `export QUOTED='${REFERENCE}'`,
      "HASH=a#b",
      "EMPTY=",
      "NONE= # nothing",
      "SINGLE='it is \\n $HOME # here'",
      'DOUBLE="a\\tb\\n\\"c\\" \\\\ \\$d # here"',
      'LINES="one',
      'two"\r',
      "  SPACES  =  two words  ",
      "TWICE=first",
      "TWICE=second",
    ].join("\n"),
  );
  const names = ["TOKEN", "QUOTED", "HASH", "EMPTY", "NONE", "SINGLE", "DOUBLE", "LINES"];
  assert.deepEqual(
    await seen(home, [...names, "SPACES", "TWICE"], { args: ["--env-file", file] }),
    [
      WORK,
      WORK,
      "a#b",
      "",
      "",
      "it is \\n $HOME # here",
      'a\tb\n"c" \\ $d # here',
      "one\ntwo",
      "two words",
      "second",
    ],
  );
});

Deno.test("vantage exec takes an env file before the environment, and a later one before an earlier one", async () => {
  await using home = await keys();
  const [first, second] = [`${home.dir}/1.env`, `${home.dir}/2.env`];
  // What is replaced need not have a value.
  await Deno.writeTextFile(first, "A=auth://openai/nobody/token\nB=first\n");
  await Deno.writeTextFile(second, `A=${REFERENCE}\n`);
  const args = ["--env-file", first, "--env-file", second];
  const env = { A: "environment", B: "environment", C: "environment" };
  assert.deepEqual(await seen(home, ["A", "B", "C"], { args, env }), [
    WORK,
    "first",
    "environment",
  ]);
});

Deno.test("vantage exec names file and line of what is wrong with an env file, and no value", async () => {
  await using home = await keys();
  const file = `${home.dir}/a.env`;
  const cases: [line: string, problem: RegExp][] = [
    [`${WORK}`, /NAME=value/],
    [`2NAME=${WORK}`, /NAME=value/],
    [`export A-B=${WORK}`, /NAME=value/],
    [`A="${WORK}`, /not closed/],
    [`A='${WORK}`, /not closed/],
    [`A="x" ${WORK}`, /closing quote/],
    [`A=${WORK}\0x`, /NUL/],
  ];
  for (const [line, problem] of cases) {
    await Deno.writeTextFile(file, `OK=1\n\n${line}\n`);
    const result = await home.run(["exec", "--json", "--env-file", file, "--", "echo", "started"]);
    const { message } = assertFailed(result, 2, "env_file_invalid");
    assert.match(message, problem);
    assert.ok(message.includes(`${file}:3`), message);
    assertSilent(result);
  }
  await Deno.writeFile(file, Uint8Array.of(0x41, 0x3d, 0xff, 0x0a));
  for (const path of [file, `${home.dir}/missing.env`, home.dir]) {
    const result = await home.run(["exec", "--json", "--env-file", path, "--", "echo", "started"]);
    const { message } = assertFailed(result, 1, "file_unusable");
    assert.ok(message.includes(path), message);
  }
});

Deno.test("vantage exec starts nothing when a reference has no value, and tells of each", async () => {
  await using home = await keys();
  const file = `${home.dir}/a.env`;
  await Deno.writeTextFile(file, "\nB=auth://openai/work/tokn\n");
  const cases: [env: Record<string, string>, status: number, code: string, message: RegExp][] = [
    [{ A: "auth://openai/nobody/token" }, 4, "not_logged_in", /\bA: .*'openai\/nobody'/],
    [{ A: "auth://openai/work" }, 2, "reference_invalid", /\bA: /],
    [{ A: "auth://openai/work/id_token" }, 1, "not_supported", /\bA: /],
  ];
  for (const [env, status, code, message] of cases) {
    const result = await home.run(["exec", "--json", "--", "echo", "started"], { env });
    assert.match(assertFailed(result, status, code as "usage").message, message);
    assertSilent(result);
  }
  const result = await home.run(["exec", "--json", "--env-file", file, "--", "echo", "started"], {
    env: { A: "auth://openai/nobody/token", C: REFERENCE },
  });
  assert.equal(result.stdout, "");
  const { error } = JSON.parse(result.stderr.split("\n").at(-2) ?? "");
  assert.ok(/\bA: /.test(error.message) && error.message.includes(`${file}:2`), error.message);
  assertSilent(result);
});

Deno.test("vantage exec refuses a reference whose value is a reference", async () => {
  await using home = await keys();
  const env = { VANTAGE_TOKEN: "auth://vantage/default/token" };
  const result = await home.run(["exec", "--json", "--", "echo", "started"], { env });
  assert.match(assertFailed(result, 2, "reference_invalid").hint, /VANTAGE_TOKEN/);
});

Deno.test("vantage exec never logs anybody in when it must not ask", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  const result = await home.run(["--no-input", "exec", "--json", "--", "echo", "started"], {
    env: { A: "auth://vantage/test/token" },
  });
  assert.match(assertFailed(result, 4, "not_logged_in").hint, /`vantage login -p test`/);
});

Deno.test("vantage exec shows no secret in the list of processes", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using home = await keys();
  const child = home.start(["exec", "--", "sh", "-c", "echo pid $$ >&2; read line", "name"], {
    env: { A: REFERENCE },
  });
  const [, pid] = await child.line(/^pid (\d+)$/m);
  for (const process of [child.pid, pid]) {
    const words = await Deno.readTextFile(`/proc/${process}/cmdline`);
    assert.ok(words.includes("read line") && !words.includes(WORK), words);
  }
  assert.ok((await Deno.readTextFile(`/proc/${pid}/environ`)).includes(WORK));
  await child.write("\n");
  assert.equal((await child.result).status, 0);
});
