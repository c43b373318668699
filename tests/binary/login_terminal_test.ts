import assert from "node:assert/strict";
import { shownUrl } from "../support/login.ts";
import { browse } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { CTRL_C, HAS_PTY, openPty, type Pty } from "../support/pty.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";

// deno-lint-ignore no-console -- the notice that the test command looks for
if (!HAS_PTY) console.log("skipped: script is not installed");

/** A login in a real terminal. */
function loginIn(home: Home, args: string[]): Pty {
  const env = { VANTAGE_HOME: home.dir, NO_COLOR: "1" };
  const command = [BINARY, "login", "--timeout", "60s", ...args].join(" ");
  return openPty(command, { env, columns: 1000 });
}

/** The shown address, from lines that end as a terminal's do. */
const urlIn = (pty: Pty) =>
  shownUrl({
    line: async (pattern) =>
      await pty.shows(new RegExp(pattern.source.replace("\\n", "\\r\\n"), "m")),
  });

Deno.test({
  name: "vantage login --flow browser takes a pasted address when it runs in a real terminal",
  ignore: !HAS_PTY,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using pty = loginIn(home, ["--flow", "browser", "--no-browser"]);
    const url = await urlIn(pty);
    await pty.shows(/paste the address it ends on here/);
    await pty.type("http://127.0.0.1/hello\n");
    await pty.shows(/That is not the address that this login ends on/);
    const { callbackUrl } = await browse(url, { followCallback: false });
    await pty.type(`${callbackUrl}\n`);
    await pty.shows(/Logged in/);
    assert.equal(await pty.status, 0);
    assert.equal((await home.readRecord()).session?.issuer, provider.issuer);
  },
});

Deno.test({
  name: "vantage login --flow device leaves the terminal as it was when Ctrl-C ends it",
  ignore: !HAS_PTY,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using pty = loginIn(home, ["--flow", "device"]);
    await pty.shows(/Waiting for you to approve the login \(\d+:\d\d left\)/);
    await pty.type(CTRL_C);
    await pty.shows(/error: Interrupted/);
    assert.equal(await pty.status, 130);
    const hidden = pty.text.lastIndexOf("\x1b[?25l");
    assert.ok(pty.text.lastIndexOf("\x1b[?25h") >= hidden, "The cursor stays hidden");
    const after = pty.text.slice(pty.text.lastIndexOf("left)"));
    assert.ok(after.includes("\r\x1b[Kerror: Interrupted"), after);
  },
});
