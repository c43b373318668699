import assert from "node:assert/strict";
import { join } from "node:path";
import { type FakeOptions, type FakeSystem, fakeSystem } from "../support/fake_system.ts";
import { isListening, redirectOf, shownUrl } from "../support/login.ts";
import { browse } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";

/** A person at a terminal, who logs in with a browser on another machine. */
function atTerminal(home: Home, options: FakeOptions = {}): FakeSystem {
  return fakeSystem({
    args: ["login", "--flow", "browser", "--no-browser", "--timeout", "60s"],
    env: { VANTAGE_HOME: home.dir, TERM: "dumb" },
    terminals: ["stdin", "stderr"],
    ...options,
  });
}

/** Where the person's own browser ends: on a page that cannot be loaded there. */
async function addressElsewhere(url: string, options = {}): Promise<string> {
  return (await browse(url, { followCallback: false, ...options })).callbackUrl;
}

const WRONG = /That is not the address that this login ends on\n/g;

function assertNoSecrets(provider: Provider, { stdout, stderr }: FakeSystem): void {
  const text = stdout.text + stderr.text;
  for (const secret of provider.secrets()) assert.ok(!text.includes(secret), text);
}

Deno.test("vantage login --flow browser takes the address when the person pastes it", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  const url = await shownUrl(terminal.stderr);
  await terminal.stderr.line(/paste the address it ends on here/);
  terminal.type(`  ${await addressElsewhere(url)}  `);
  const { status, stdout, stderr } = await ended;
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Logged in/);
  assert.doesNotMatch(stderr, WRONG);
  assert.equal(await isListening(redirectOf(url)), false);
  assertNoSecrets(provider, terminal);
});

Deno.test("vantage login --flow browser goes on when the person pastes something else", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  const url = await shownUrl(terminal.stderr);
  const address = new URL(await addressElsewhere(url));
  const changed = (change: (url: URL) => void) => {
    const copy = new URL(address);
    change(copy);
    return copy.href;
  };
  const wrong = [
    "hello",
    url,
    changed((url) => url.searchParams.set("state", "another")),
    changed((url) => url.searchParams.delete("state")),
    changed((url) => url.pathname = "/elsewhere"),
    changed((url) => url.port = "1"),
    changed((url) => url.hostname = "localhost"),
    changed((url) => url.protocol = "https:"),
    String(address.searchParams.get("code")),
  ];
  terminal.type(""); // an empty line is no try
  for (const line of wrong) terminal.type(line);
  terminal.type(address.href);
  const { status, stderr } = await ended;
  assert.equal(status, 0, stderr);
  assert.equal(stderr.match(WRONG)?.length, wrong.length);
  assertNoSecrets(provider, terminal);
});

Deno.test("vantage login --flow browser ends with login_denied when a denial is pasted", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  terminal.type(await addressElsewhere(await shownUrl(terminal.stderr), { deny: true }));
  const { status, stderr } = await ended;
  assert.equal(status, 4);
  assert.match(stderr, /error: The login was denied/);
});

Deno.test("vantage login --flow browser takes the browser's own answer when the terminal waits for a paste", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  await browse(await shownUrl(terminal.stderr));
  assert.equal((await ended).status, 0);
});

Deno.test("vantage login --flow browser goes on when stdin ends", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  const url = await shownUrl(terminal.stderr);
  terminal.endInput();
  await browse(url);
  assert.equal((await ended).status, 0);
});

Deno.test("vantage login --flow browser ends with 130 when it is interrupted waiting for a paste", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const terminal = atTerminal(home);
  const ended = terminal.run();
  const url = await shownUrl(terminal.stderr);
  terminal.interrupt();
  assert.equal((await ended).status, 130);
  assert.equal(await isListening(redirectOf(url)), false);
});

for (
  const [what, options] of [
    ["stdin is no terminal", { terminals: ["stderr"] }],
    ["stderr is no terminal", { terminals: ["stdin"] }],
    ["run with --no-input", { args: ["login", "--flow", "browser", "--no-input"] }],
  ] as [string, FakeOptions][]
) {
  Deno.test(`vantage login --flow browser reads no paste when ${what}`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    const terminal = atTerminal(home, options);
    const ended = terminal.run();
    const url = await shownUrl(terminal.stderr);
    assert.doesNotMatch(terminal.stderr.text, /paste/);
    terminal.type("hello");
    await browse(url);
    const { status, stderr } = await ended;
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, WRONG);
  });
}

Deno.test("vantage token lets the person log in when there is no session", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const env = { VANTAGE_HOME: home.dir, TERM: "dumb", DISPLAY: ":0" };
  const terminal = atTerminal(home, { args: ["token"], env });
  const ended = terminal.run();
  await browse(await shownUrl(terminal.stderr));
  const { status, stdout, stderr } = await ended;
  assert.equal(status, 0, stderr);
  const record = JSON.parse(await Deno.readTextFile(join(home.dir, "tokens/vantage/test.json")));
  assert.equal(stdout, `${record.session.access_token}\n`);
  assert.match(stderr, /Not logged in to 'vantage\/test'/);
});
