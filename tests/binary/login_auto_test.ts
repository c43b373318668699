import assert from "node:assert/strict";
import { makeFakeBrowser } from "../support/fake_browser.ts";
import { assertDone, shownCode, shownUrl } from "../support/login.ts";
import { approveDevice, browse } from "../support/person.ts";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome, type Running } from "../support/vantage.ts";

const AUTO = ["login", "--timeout", "60s", "--json"];

/** Which flow was chosen; the program is ended as soon as it shows. */
async function flowOf(home: Home, env: Record<string, string>, args = AUTO): Promise<string> {
  const login = home.start(args, { env });
  const [, event = ""] = await login.line(/"event":"(device_code|authorization_url)"/);
  login.kill("SIGTERM");
  await login.result;
  return event === "device_code" ? "device" : "browser";
}

Deno.test("vantage login chooses the flow by what there is around it", async (t) => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser();
  const BROWSER = browser.path;
  const SSH_CONNECTION = "192.0.2.1 50000 192.0.2.2 22";
  // Where DISPLAY is set and BROWSER is not, xdg-open would be started: no PATH, no such program.
  const PATH = "/nowhere";
  const cases: [env: Record<string, string>, flow: string, args?: string[]][] = [
    [{}, "device"],
    [{ DISPLAY: ":0", BROWSER }, "browser"],
    [{ BROWSER }, "browser"],
    [{ DISPLAY: ":0", PATH }, "browser"],
    [{ WAYLAND_DISPLAY: "wayland-0", PATH }, "browser"],
    [{ WSL_DISTRO_NAME: "Ubuntu", PATH }, "browser"],
    [{ DISPLAY: ":10", SSH_CONNECTION, PATH }, "device"],
    [{ DISPLAY: ":10", SSH_TTY: "/dev/pts/1", PATH }, "device"],
    [{ WSL_DISTRO_NAME: "Ubuntu", SSH_CONNECTION, PATH }, "device"],
    [{ DISPLAY: ":0", BROWSER, CI: "true" }, "device"],
    [{ DISPLAY: ":0", BROWSER, VANTAGE_NO_INPUT: "1" }, "device"],
    [{ DISPLAY: ":0", BROWSER }, "device", [...AUTO, "--no-input"]],
    [{ DISPLAY: ":0", BROWSER }, "device", [...AUTO, "--no-browser"]],
  ];
  for (const [env, flow, args] of cases) {
    const shown = Object.keys(env).filter((name) => name !== "PATH").join(" + ") || "nothing";
    const name = `${flow} for ${shown}${args ? ` and ${args.at(-1)}` : ""}`;
    await t.step(name, async () => assert.equal(await flowOf(home, env, args), flow));
  }
});

Deno.test("vantage login prints the address when there is no desktop and no device endpoint", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser("xdg-open");
  const json = ({ device_authorization_endpoint: _none, ...rest }: Record<string, unknown>) => rest;
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const env = { SSH_CONNECTION: "a", PATH: browser.path.replace(/\/[^/]*$/, "") };
  const login = home.start(["login", "--timeout", "60s"], { env });
  await browse(await shownUrl(login));
  assertDone(await login.result);
  assert.equal(await browser.count(), 0);
});

/** Starts a login whose browser is this, and completes it. */
async function complete(login: Running): Promise<string> {
  const url = await shownUrl(login);
  await browse(url);
  assertDone(await login.result);
  return url;
}

for (const form of ["", " --new-window %s --other", " --url=%s"]) {
  Deno.test(`vantage login starts BROWSER with the address as one argument when it is 'PROGRAM${form}'`, async () => {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using browser = await makeFakeBrowser();
    const login = home.start(["login", "--timeout", "60s"], {
      env: { BROWSER: browser.path + form },
    });
    const url = await complete(login);
    assert.match((await login.result).stderr, /Your browser has been opened/);
    const words = form.trim().split(" ").filter(Boolean).map((word) => word.replace("%s", url));
    assert.deepEqual(await browser.started(), words.length > 0 ? words : [url]);
  });
}

Deno.test("vantage login lets no shell see the address when it holds what a shell would run", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser();
  const mark = `${home.dir}/ran`;
  const endpoint =
    `${provider.issuer}/auth?x=$(touch${"$"}{IFS}${mark});\`touch ${mark}\`&y='"|%25s`;
  const json = (body: object) => ({ ...body, authorization_endpoint: endpoint });
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const login = home.start(["login", "--timeout", "60s"], { env: { BROWSER: browser.path } });
  const url = await shownUrl(login);
  assert.deepEqual(await browser.started(), [url]);
  login.kill("SIGTERM");
  await login.result;
  await assert.rejects(Deno.stat(mark), Deno.errors.NotFound);
});

Deno.test("vantage login tries the next program when the first in BROWSER cannot be started", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser();
  const loop = `${home.dir}/loop`;
  await Deno.symlink(loop, loop);
  const BROWSER = `/nowhere/browser:${home.dir}/config.toml:${loop}:${home.dir}:${browser.path}`;
  const login = home.start(["login", "--timeout", "60s"], { env: { BROWSER } });
  assert.deepEqual(await browser.started(), [await complete(login)]);
});

Deno.test("vantage login goes on when no program can be started", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider);
  const env = { BROWSER: "/nowhere/browser", PATH: "/nowhere" };
  const login = home.start(["login", "--timeout", "60s"], { env });
  await complete(login);
  assert.match((await login.result).stderr, /To log in, open\n/);
});

for (const flag of ["--no-browser", "--no-input"]) {
  for (const flow of ["browser", "device"]) {
    Deno.test(`vantage login --flow ${flow} starts no browser when run with ${flag}`, async () => {
      await using provider = await startProvider();
      await using home = await makeHome(provider);
      await using browser = await makeFakeBrowser();
      const env = { DISPLAY: ":0", BROWSER: browser.path };
      const login = home.start([...AUTO, "--flow", flow, flag], { env });
      await login.line(/"event":"(device_code|authorization_url)"/);
      login.kill("SIGTERM");
      await login.result;
      assert.equal(await browser.count(), 0);
    });
  }
}

Deno.test("vantage login --flow device opens the address with the code when there is a desktop", async () => {
  await using provider = await startProvider({ deviceInterval: 1 });
  await using home = await makeHome(provider);
  await using browser = await makeFakeBrowser();
  const env = { BROWSER: browser.path };
  const login = home.start(["login", "--flow", "device", "--timeout", "60s"], { env });
  const code = await shownCode(login);
  const [address = ""] = await browser.started();
  assert.equal(address, `${code.verification_uri}?user_code=${code.user_code}`);
  await approveDevice(address);
  assertDone(await login.result);
});
