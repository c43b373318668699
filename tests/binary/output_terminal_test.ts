// deno-lint-ignore-file no-control-regex -- control sequences are the subject
import assert from "node:assert/strict";
import { approveDevice } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { CTRL_C, HAS_PTY, openPty, type Pty } from "../support/pty.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_PTY) console.log("skipped: script is not installed");

const SETTINGS = { issuer: "https://id.example.com", client_id: "x" };
const ignore = !HAS_PTY;
const PROFILE = ["-p", "test"];

/** Runs the program in a terminal, and tells the terminal's modes before and after, and the status. */
function inTerminal(
  home: Home,
  args: string[],
  { env = {}, columns }: { env?: Record<string, string>; columns?: number } = {},
): Pty & { ended(): Promise<{ status: number; sane: boolean }> } {
  const line = [BINARY, ...args].map((word) => `'${word}'`).join(" ");
  const pty = openPty(
    `trap : INT; echo "before $(stty -g)"; ${line}; echo "status $?"; echo "after $(stty -g)"`,
    {
      env: { VANTAGE_HOME: home.dir, ...env },
      ...(columns !== undefined && { columns }),
    },
  );
  return Object.assign(pty, {
    async ended() {
      await pty.status;
      const [, status] = pty.text.match(/^status (\d+)\r$/m) ?? [];
      const [, before] = pty.text.match(/^before (\S+)\r$/m) ?? [];
      const [, after] = pty.text.match(/^after (\S+)\r$/m) ?? [];
      assert.ok(before, pty.text);
      const hidden = pty.text.lastIndexOf("\x1b[?25l") > pty.text.lastIndexOf("\x1b[?25h");
      return { status: Number(status), sane: before === after && !hidden };
    },
  });
}

Deno.test({
  name: "vantage profile set client_secret shows nothing of what is typed, and stores it",
  ignore,
  async fn() {
    await using home = await makeHome(undefined, SETTINGS);
    await using pty = inTerminal(home, ["profile", "set", "client_secret", ...PROFILE]);
    await pty.shows(/Client secret of profile 'test': /);
    // Typing errors are mended with Backspace and Ctrl-U, and arrow keys do no harm.
    await pty.type("wrong\x15");
    await pty.type("se\x7fecret-of-tesst\x7f\x7ft-é\n");
    assert.deepEqual(await pty.ended(), { status: 0, sane: true });
    assert.ok(!/wrong|ecret-of/.test(pty.text), pty.text);
    assert.equal((await home.readRecord()).client_secret, "secret-of-test-é");
  },
});

Deno.test({
  name: "vantage profile set client_secret stores nothing when the person presses Ctrl-C",
  ignore,
  async fn() {
    await using home = await makeHome(undefined, SETTINGS);
    await using pty = inTerminal(home, ["profile", "set", "client_secret", ...PROFILE]);
    await pty.shows(/Client secret of profile 'test': /);
    await pty.type("half-of-a-secret");
    await pty.type(CTRL_C);
    assert.deepEqual(await pty.ended(), { status: 130, sane: true });
    assert.ok(!pty.text.includes("half-of"));
    await assert.rejects(Deno.stat(home.tokenFile));
  },
});

Deno.test({
  name:
    "vantage profile delete asks, and deletes nothing when the person presses Ctrl-C or says no",
  ignore,
  async fn() {
    await using home = await makeHome(undefined, SETTINGS);
    for (const [keys, status] of [[CTRL_C, 130], ["n\n", 0]] as const) {
      await using pty = inTerminal(home, ["profile", "delete", "test"]);
      await pty.shows(/Delete profile 'test' and its credentials\? \[y\/N\] /);
      await pty.type(keys);
      assert.deepEqual(await pty.ended(), { status, sane: true });
    }
    assert.match(await Deno.readTextFile(`${home.dir}/config.toml`), /\[profiles\.test\]/);
  },
});

Deno.test({
  name: "vantage login shows a spinner with the time left, and leaves nothing of it",
  ignore,
  async fn() {
    await using provider = await startProvider({ deviceInterval: 1 });
    await using home = await makeHome(provider);
    await using pty = inTerminal(home, ["login", "--flow", "device", "--no-browser"]);
    const [, uri = ""] = await pty.shows(/To log in, open {4}\x1b\[36m(\S+?)\x1b/);
    const [, code = ""] = await pty.shows(/enter the code \x1b\[1m(\S+?)\x1b/);
    await pty.shows(/Waiting for you to approve the login \x1b\[2m\(\d+:\d\d left\)/);
    await approveDevice({ verification_uri: uri, user_code: code });
    assert.deepEqual(await pty.ended(), { status: 0, sane: true });
    const left = pty.text.split("\n").map((line) => line.slice(line.lastIndexOf("\r\x1b[K") + 1));
    assert.ok(!left.some((line) => line.includes("Waiting")), "The spinner is still there");
    assert.match(pty.text, /Logged in/);
    for (const secret of provider.secrets()) assert.ok(!pty.text.includes(secret));
  },
});

Deno.test({
  name: "vantage login leaves a sane terminal when the person presses Ctrl-C",
  ignore,
  async fn() {
    await using provider = await startProvider();
    for (const flow of ["device", "browser"]) {
      await using home = await makeHome(provider);
      await using pty = inTerminal(home, ["login", "--flow", flow, "--no-browser"]);
      await pty.shows(flow === "device" ? /Waiting for you/ : /paste the address/);
      await pty.type(CTRL_C);
      assert.deepEqual(await pty.ended(), { status: 130, sane: true });
      assert.match(pty.text, /error:\x1b\[39m Interrupted/);
    }
  },
});

Deno.test({
  name:
    "vantage status --watch draws in place and ends without an error when the person presses Ctrl-C",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    await using pty = inTerminal(home, ["status", "--watch"]);
    await pty.shows(/\x1b\[H\x1b\[2J\x1b\[H.*ACCOUNT/);
    await pty.shows(/logged in/);
    const drawn = pty.text.length;
    await Deno.remove(home.tokenFile);
    await pty.shows(/\x1b\[H.*ACCOUNT[^\x1b]*[^]*test\s+\x1b\[2mlogged out/, drawn);
    await pty.type(CTRL_C);
    assert.deepEqual(await pty.ended(), { status: 130, sane: true });
    assert.equal(pty.text.split("\x1b[2J").length, 2, "It flickers");
    assert.doesNotMatch(pty.text, /error|Interrupted/);
  },
});

Deno.test({
  name: "vantage status fits the terminal, with colour unless somebody says otherwise",
  ignore,
  async fn() {
    await using provider = await startProvider();
    await using home = await homeWithSession(provider, "fresh");
    const shown = async (args: string[], env: Record<string, string> = {}, columns = 80) => {
      await using pty = inTerminal(home, args, { env, columns });
      assert.deepEqual(await pty.ended(), { status: 0, sane: true });
      return pty.text;
    };
    assert.match(await shown(["status"]), /\x1b\[32mlogged in\x1b\[39m/);
    for (
      const [args, env] of [
        [["status", "--no-color"], {}],
        [["status"], { NO_COLOR: "1" }],
        [["status"], { TERM: "dumb" }],
      ] as const
    ) {
      const text = await shown([...args], env, 70);
      assert.ok(!text.includes("\x1b"), text);
      const table = text.split("\r\n").filter((line) => /ACCOUNT|test/.test(line));
      assert.equal(table.length, 2);
      for (const line of table) assert.ok(line.length <= 78, `${line.length}: ${line}`);
    }
  },
});
