import assert from "node:assert/strict";
import { VantageError } from "../../src/errors.ts";
import { styleFor } from "../../src/render/style.ts";
import { Terminal, type TerminalOptions } from "../../src/render/terminal.ts";
import { Secret } from "../../src/secret.ts";
import { type FakeOptions, fakeSystem } from "../support/fake_system.ts";

const BOTH = ["stdin", "stderr"] as const;
const NO_COLOR = { NO_COLOR: "1" };

/** A terminal, plain unless told, and what is around it. */
function person(options: Partial<TerminalOptions> = {}, around: FakeOptions = {}) {
  const fake = fakeSystem({ terminals: BOTH, ...around, env: { ...NO_COLOR, ...around.env } });
  const interruption = new AbortController();
  const { system } = fake;
  const terminal = new Terminal(
    system,
    { json: false, verbose: 0, timings: false, input: true, ...options },
    styleFor(system, system.stderr, true),
    interruption.signal,
  );
  return {
    ...fake,
    terminal,
    interrupt: () => interruption.abort(new VantageError("interrupted", "Interrupted")),
  };
}

Deno.test("Terminal asks only when somebody can answer", async (t) => {
  const cases: [
    name: string,
    options: Partial<TerminalOptions>,
    around: FakeOptions,
    can: boolean,
  ][] = [
    ["a person at a terminal", {}, {}, true],
    ["no terminal on stdin", {}, { terminals: ["stderr"] }, false],
    ["no terminal on stderr", {}, { terminals: ["stdin"] }, false],
    ["--no-input", { input: false }, {}, false],
    ["VANTAGE_NO_INPUT", {}, { env: { VANTAGE_NO_INPUT: "1" } }, false],
    ["CI", {}, { env: { CI: "true" } }, false],
  ];
  for (const [name, options, around, can] of cases) {
    await t.step(name, async () => {
      const { terminal, type, stderr } = person(options, around);
      assert.equal(terminal.canAnswer, can);
      if (can) {
        type("y");
        assert.equal(await terminal.confirm("Delete it?", "--yes"), true);
        return;
      }
      await assert.rejects(terminal.confirm("Delete it?", "--yes"), {
        code: "input_required",
        message: "Cannot ask 'Delete it?' without a terminal",
        hint: "Give --yes to go ahead without being asked",
      });
      await assert.rejects(terminal.askSecret("Secret", "Give - and the secret on stdin"), {
        code: "input_required",
        hint: "Give - and the secret on stdin",
      });
      assert.equal(stderr.text, "");
    });
  }
});

Deno.test("Terminal.confirm() takes only y and yes for a yes", async () => {
  const answers: [line: string, yes: boolean][] = [
    ["y", true],
    ["YES", true],
    [" yes ", true],
    ["", false],
    ["n", false],
    ["yess", false],
  ];
  for (const [line, yes] of answers) {
    const { terminal, type, stderr } = person();
    type(line);
    assert.equal(await terminal.confirm("Delete it?", "--yes"), yes, line);
    assert.equal(stderr.text, "Delete it? [y/N] ");
  }
});

Deno.test("Terminal.confirm() takes the end of the input for a no", async () => {
  const { terminal, endInput, stderr } = person();
  endInput();
  assert.equal(await terminal.confirm("Delete it?", "--yes"), false);
  assert.ok(stderr.text.endsWith("\n"));
});

Deno.test("Terminal.confirm() throws and ends the line when the person presses Ctrl-C", async () => {
  const { terminal, interrupt, stderr } = person();
  const asking = terminal.confirm("Delete it?", "--yes");
  interrupt();
  await assert.rejects(asking, { code: "interrupted" });
  assert.equal(stderr.text, "Delete it? [y/N] \n");
});

Deno.test("Terminal shows nothing of a secret, whoever says it", () => {
  const secret = new Secret("at-very-secret-2").expose();
  const { terminal, stderr } = person({ verbose: 2 });
  terminal.notice(`notice ${secret}`);
  terminal.warn(`warning ${secret}`);
  terminal.detail(1, `detail ${secret}`);
  assert.ok(!stderr.text.includes("very-secret"));
  assert.equal(stderr.text.match(/\[redacted\]/g)?.length, 3);
});

Deno.test("Terminal shows details as far as -v and -vv ask for them", () => {
  const shown = (verbose: number) => {
    const { terminal, stderr } = person({ verbose });
    terminal.detail(1, "one");
    terminal.detail(2, "two");
    return stderr.text;
  };
  assert.deepEqual([shown(0), shown(1), shown(2)], ["", "one\n", "one\ntwo\n"]);
});

const CODE = {
  userCode: "ABCD\x1b[8m-EFGH\u202e",
  verificationUri: "https://id.example.com/\x1b]0;x\x07device",
  expiresAt: Date.UTC(2030, 0, 1),
};

Deno.test("Terminal.deviceCode() shows address and code without control sequences", async () => {
  const { terminal, stderr } = person();
  await terminal.deviceCode(CODE, { qr: false });
  assert.equal(
    stderr.text,
    "To log in, open    https://id.example.com/device\nand enter the code ABCD-EFGH\n",
  );
});

Deno.test("Terminal.deviceCode() draws a code to scan when that is asked for", async () => {
  const { terminal, stderr } = person();
  await terminal.deviceCode(CODE, { qr: true });
  assert.ok(stderr.text.split("\n").filter((line) => /[█▀▄]{5}/.test(line)).length > 5);
});

Deno.test("Terminal prints nothing but JSON lines under --json", async () => {
  const { terminal, stderr } = person({ json: true });
  terminal.notice("for people");
  terminal.warn("it was slow");
  await terminal.deviceCode({ ...CODE, userCode: "ABCD" }, { qr: true });
  using _spinner = terminal.waiting("Waiting");
  terminal.event({ event: "authorized" });
  const lines = stderr.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ event }) => event), ["warning", "device_code", "authorized"]);
  assert.equal(lines[0].message, "it was slow");
  assert.equal(lines[1].expires_at, "2030-01-01T00:00:00Z");
});

Deno.test("Terminal.waiting() draws one line with the time left, and leaves none", () => {
  const { terminal, stderr, system } = person({}, { columns: 40 });
  const spinner = terminal.waiting(`Waiting for ${"x".repeat(80)}`, system.clock.now() + 90_000);
  terminal.warn("still nothing");
  spinner[Symbol.dispose]();
  const drawings = stderr.text.split("\r\x1b[K");
  assert.equal(drawings.shift(), "");
  assert.match(drawings[0] ?? "", /^⠋ Waiting for x+… \(1:30 left\)$/);
  assert.ok((drawings[0] ?? "").length < 40, "It would wrap");
  assert.deepEqual(drawings[1], "warning: still nothing\n");
  assert.match(drawings[2] ?? "", /^⠋ Waiting/);
  assert.deepEqual(drawings.slice(3), [""]);
});

for (
  const [name, options, around] of [
    ["stderr is no terminal", {}, { terminals: ["stdin"] }],
    ["the terminal is dumb", {}, { env: { TERM: "dumb" } }],
    ["--json is given", { json: true }, {}],
  ] as const
) {
  Deno.test(`Terminal.waiting() and progress() draw nothing when ${name}`, () => {
    const { terminal, stderr } = person(options, around);
    terminal.waiting("Waiting", Date.now() + 1_000)[Symbol.dispose]();
    using progress = terminal.progress("a.bin", 100);
    progress.advance(10);
    assert.equal(stderr.text, "");
  });
}

Deno.test("Terminal.progress() draws one line, makes way for what is said, and leaves none", () => {
  const { terminal, stderr } = person();
  const progress = terminal.progress("a.bin", 2048, 1024);
  progress.advance(512);
  terminal.warn("it is slow");
  progress[Symbol.dispose]();
  terminal.notice("done");
  const drawings = stderr.text.split("\r\x1b[K");
  assert.equal(drawings.shift(), "");
  assert.match(drawings[0] ?? "", /^a\.bin {2}█+░+ {2}1\.0 KiB \/ 2\.0 KiB$/);
  assert.deepEqual(drawings[1], "warning: it is slow\n");
  assert.match(drawings[2] ?? "", /^a\.bin .* 1\.5 KiB \/ 2\.0 KiB$/);
  assert.deepEqual(drawings.slice(3), ["done\n"]);
});

Deno.test("Terminal draws the line of before when a later one is disposed", () => {
  const { terminal, stderr } = person();
  using _progress = terminal.progress("a.bin", undefined);
  terminal.waiting("Refreshing")[Symbol.dispose]();
  const before = stderr.text.length;
  terminal.notice("still there");
  assert.ok(stderr.text.slice(before).includes("still there\n\r\x1b[Ka.bin"));
});

Deno.test("Terminal.waiting() draws nothing where the person is to paste an address", () => {
  const { terminal, stderr } = person();
  terminal.authorizationUrl("https://id.example.com/auth", { opened: false });
  const before = stderr.text;
  assert.match(before, /paste the address it ends on here\.\n$/);
  terminal.waiting("Waiting for the browser")[Symbol.dispose]();
  assert.equal(stderr.text, before);
});

Deno.test("Terminal.askSecret() asks, takes the answer, and throws when the person presses Ctrl-C", async () => {
  const { terminal, type, interrupt, stderr } = person();
  type("a secret");
  assert.equal(await terminal.askSecret("Client secret", "Give -"), "a secret");
  assert.equal(stderr.text, "Client secret: \n");
  const asking = terminal.askSecret("Client secret", "Give -");
  interrupt();
  await assert.rejects(asking, { code: "interrupted" });
});
