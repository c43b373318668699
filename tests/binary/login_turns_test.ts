import assert from "node:assert/strict";
import { makeFakeBrowser } from "../support/fake_browser.ts";
import {
  assertDone,
  assertFailed,
  assertNothingStored,
  BROWSER,
  logInByBrowser,
  shownUrl,
} from "../support/login.ts";
import { browse } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { makeHome } from "../support/vantage.ts";

const WAITING = /Another login to 'vantage\/test' is under way: waiting for it\n/;

Deno.test("vantage login waits and opens nothing when another login is under way", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser();
  const first = home.start([...BROWSER]);
  const url = await shownUrl(first);
  const second = home.start(["login", "--timeout", "60s"], { env: { BROWSER: browser.path } });
  await second.line(WAITING);
  await browse(url);
  assertDone(await first.result);
  const result = await second.result;
  assertDone(result);
  assert.match(result.stdout, /^Already logged in to profile 'test'/);
  assert.equal(result.stderr.match(new RegExp(WAITING, "g"))?.length, 1);
  assert.equal(await browser.count(), 0);
  assert.equal(provider.count({ path: "authorization" }), 1);
  assert.equal(provider.count({ grantType: "authorization_code" }), 1);
});

Deno.test("vantage login goes on by itself when the login it waited for is killed", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const first = home.start([...BROWSER]);
  await shownUrl(first);
  const second = home.start([...BROWSER]);
  await second.line(WAITING);
  first.kill("SIGKILL");
  await first.result;
  await browse(await shownUrl(second));
  assertDone(await second.result);
});

Deno.test("vantage login ends with login_timed_out when the other login takes too long", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const first = home.start([...BROWSER]);
  await shownUrl(first);
  const second = await home.run(["login", "--timeout", "1s", "--json"]);
  assert.match(assertFailed(second, 4, "login_timed_out").message, /still under way/);
  first.kill("SIGTERM");
  await first.result;
  await assertNothingStored(home);
});

Deno.test("vantage login ends with 130 when SIGINT meets it waiting for another login", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const first = home.start([...BROWSER]);
  const url = await shownUrl(first);
  const second = home.start([...BROWSER]);
  await second.line(WAITING);
  second.kill("SIGINT");
  assert.equal((await second.result).status, 130);
  await browse(url);
  assertDone(await first.result);
});

Deno.test("vantage login --force goes on by itself when the login it waited for fails", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const { session: old } = await home.readRecord();
  const first = home.start([...BROWSER, "--force"]);
  const url = await shownUrl(first);
  const second = home.start([...BROWSER, "--force"]);
  await second.line(WAITING);
  await browse(url, { deny: true });
  assert.equal((await first.result).status, 4);
  await browse(await shownUrl(second));
  const result = await second.result;
  assert.match(result.stdout, /^Logged in/);
  assert.notEqual((await home.readRecord()).session?.access_token, old?.access_token);
});

Deno.test("vantage login --force is content when the login it waited for succeeds", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const first = home.start([...BROWSER, "--force"]);
  const url = await shownUrl(first);
  const second = home.start([...BROWSER, "--force"]);
  await second.line(WAITING);
  await browse(url);
  assertDone(await first.result);
  assert.match((await second.result).stdout, /^Already logged in/);
});

Deno.test("vantage token and refresh work when a person is still thinking about a login", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  assertDone((await logInByBrowser(home)).result);
  const login = home.start([...BROWSER, "--force"]);
  const url = await shownUrl(login);
  const { stdout: token } = await home.run(["token"]);
  assert.match(token, /^\S{20,}\n$/);
  assertDone(await home.run(["refresh"]));
  assert.notEqual((await home.run(["token"])).stdout, token);
  await browse(url);
  assertDone(await login.result);
});

Deno.test("vantage login does not wait when the other login is to another profile", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const config = await Deno.readTextFile(`${home.dir}/config.toml`);
  const other = config.slice(config.indexOf("[profiles.test]")).replace("test", "other");
  await Deno.writeTextFile(`${home.dir}/config.toml`, `${config}\n${other}`);
  const first = home.start([...BROWSER]);
  await shownUrl(first);
  assertDone((await logInByBrowser(home, { args: ["-p", "other"] })).result);
  first.kill("SIGTERM");
  await first.result;
});
