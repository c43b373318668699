// deno-lint-ignore-file no-control-regex -- control sequences are the subject
import assert from "node:assert/strict";
import { CTRL_C, HAS_PTY, isInstalled, openPty } from "../support/pty.ts";
import { BINARY, makeHome } from "../support/vantage.ts";

const HAS_VIM = await isInstalled("vim");

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_PTY) console.log("skipped: script is not installed");
// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_VIM) console.log("skipped: vim is not installed");

const ignore = !HAS_PTY;
const CTRL_Z = "\x1a";
const CTRL_BACKSLASH = "\x1c";

const quoted = (words: readonly string[]) =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");

const execLine = (options: readonly string[], ...command: string[]) =>
  quoted([BINARY, "exec", ...options, "--", ...command]);

/**
 * Says which signals of the keyboard it gets, until a line `end` is typed. Before it ends it has a
 * signal passed on: then those before have come through, too, and none kills vantage as it ends.
 */
const LISTENER = [
  'for s in INT QUIT; do trap "echo got-$s" $s; done',
  "trap passed=yes USR1",
  "echo ready",
  'while :; do if read line; then [ "$line" = end ] && break; fi; done',
  "kill -USR1 $PPID",
  'while [ -z "$passed" ]; do sleep 0.01; done',
  "echo ended",
].join("\n");

Deno.test("vantage exec leaves the terminal to the program", { ignore }, async () => {
  await using home = await makeHome(undefined);
  const script = [
    "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all-terminals",
    "echo size $(stty size)",
    "stty raw -echo",
    "echo raw",
    "key=$(dd bs=1 count=1 2>/dev/null | od -An -tx1)",
    "stty sane",
    'echo "key $key"',
  ].join("; ");
  await using pty = openPty(`${execLine([], "sh", "-c", script)}; echo "status $?"`, {
    env: { VANTAGE_HOME: home.dir },
    columns: 97,
  });
  await pty.shows(/all-terminals\r\nsize 24 97\r\nraw/);
  await pty.type(CTRL_C); // a key like any other, to a program in raw mode
  await pty.shows(/key\s+03\r\nstatus 0\r/);
});

Deno.test("vantage exec lets a full-screen program work", {
  ignore: ignore || !HAS_VIM,
}, async () => {
  await using home = await makeHome(undefined);
  const file = `${home.dir}/note.txt`;
  const vim = execLine([], "vim", "-u", "NONE", "-N", file);
  await using pty = openPty(`${vim}; echo "status $?"; stty -a`, {
    env: { VANTAGE_HOME: home.dir, HOME: home.dir },
  });
  await pty.shows(/\x1b\[\?1049h/); // the other screen
  await pty.shows(/note\.txt" \[New/);
  await pty.type("ihello");
  await pty.shows(/hello/);
  await pty.type("\x1b:cq 3\r");
  await pty.shows(/\x1b\[\?1049l[^]*status 3\r[^]*\bicanon\b/);
});

for (const options of [[], ["--mask"]]) {
  const name = `vantage ${["exec", ...options].join(" ")}`;

  Deno.test(`${name} lets a key at the terminal reach the program once`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    await using pty = openPty(
      `trap : INT QUIT; ${execLine(options, "sh", "-c", LISTENER)}; echo "status $?"`,
      { env: { VANTAGE_HOME: home.dir } },
    );
    await pty.shows(/ready/);
    for (const [key, signal] of [[CTRL_C, "INT"], [CTRL_C, "INT"], [CTRL_BACKSLASH, "QUIT"]]) {
      const from = pty.text.length;
      // Enter, because a shell that is about to read runs its trap when that has ended.
      await pty.type(`${key}\r`);
      await pty.shows(new RegExp(`got-${signal}\r`), from);
    }
    await pty.type("end\r");
    await pty.shows(/ended\r\nstatus 0\r/);
    assert.deepEqual(pty.text.match(/(?<=got-)\w+/g), ["INT", "INT", "QUIT"]);
  });

  Deno.test(`${name} ends when Ctrl-C ends the program`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    const program = execLine(options, "sh", "-c", "echo ready; exec sleep 60");
    await using pty = openPty(`trap : INT; ${program}; echo "status $?"`, {
      env: { VANTAGE_HOME: home.dir },
    });
    await pty.shows(/ready/);
    await pty.type(CTRL_C);
    await pty.shows(/status 130\r/);
  });

  Deno.test(`${name} is stopped by Ctrl-Z and goes on with fg`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    const program = execLine(options, "sh", "-c", 'echo ready; read line; echo "read $line"');
    const script = `set -m; ${program}; echo "stopped $?"; fg; echo "status $?"`;
    await using pty = openPty(`sh -c ${quoted([script])}`, { env: { VANTAGE_HOME: home.dir } });
    await pty.shows(/ready/);
    await pty.type(CTRL_Z);
    await pty.shows(/stopped 1\d\d\r/);
    await pty.type("words\r");
    await pty.shows(/read words\r\nstatus 0\r/);
  });

  Deno.test(`${name} passes SIGINT on to a program in the background`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    const listener = 'trap "echo got-INT; exit 9" INT; echo ready; while :; do sleep 0.05; done';
    const program = execLine(options, "sh", "-c", listener);
    const script = `set -m; ${program} & read line; kill -INT $!; wait $!; echo "status $?"`;
    await using pty = openPty(`sh -c ${quoted([script])}`, { env: { VANTAGE_HOME: home.dir } });
    await pty.shows(/ready/);
    await pty.type("\r");
    await pty.shows(/got-INT\r\n[^]*status 9\r/);
    assert.equal(pty.text.match(/got-INT/g)?.length, 1);
  });
}
