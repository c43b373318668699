import assert from "node:assert/strict";
import { hasDesktop, openBrowser } from "../src/desktop.ts";
import { type FakeOptions, fakeSystem } from "./support/fake_system.ts";

type Around = Pick<FakeOptions, "platform" | "env" | "hasProgram">;

const SSH = { SSH_CONNECTION: "192.0.2.1 50000 192.0.2.2 22" };
const DESKTOPS: [around: Around, desktop: boolean][] = [
  [{ platform: "linux" }, false],
  [{ platform: "linux", env: { DISPLAY: ":0" } }, true],
  [{ platform: "linux", env: { WAYLAND_DISPLAY: "wayland-0" } }, true],
  [{ platform: "linux", env: { DISPLAY: ":10", ...SSH } }, false],
  [{ platform: "linux", env: { WSL_DISTRO_NAME: "Ubuntu" } }, true],
  [{ platform: "linux", env: { BROWSER: "w3m", ...SSH } }, true], // asked for by name
  [{ platform: "linux", env: { BROWSER: "w3m", CI: "1" } }, false],
  [{ platform: "darwin" }, true],
  [{ platform: "darwin", env: SSH }, false],
  [{ platform: "windows" }, true],
  [{ platform: "windows", env: { CI: "true" } }, false],
];
for (const [around, desktop] of DESKTOPS) {
  Deno.test(`hasDesktop() is ${desktop} when there is ${JSON.stringify(around)}`, async () => {
    assert.equal(await hasDesktop(fakeSystem(around).system), desktop);
  });
}

const URL = "https://id.example.com/auth?a=%20b&c=$(d)'\"&$&=`e`;f|g";
const only = (...programs: string[]) => (program: string) => programs.includes(program);
const OPENED: [around: Around, words: string[]][] = [
  [{ platform: "linux" }, ["xdg-open", URL]],
  [{ platform: "linux", hasProgram: only("x-www-browser") }, ["x-www-browser", URL]],
  [{ platform: "linux", env: { WSL_DISTRO_NAME: "Ubuntu" } }, ["wslview", URL]],
  [
    { platform: "linux", env: { WSL_DISTRO_NAME: "Ubuntu" }, hasProgram: only("rundll32.exe") },
    ["rundll32.exe", "url.dll,FileProtocolHandler", URL],
  ],
  [{ platform: "linux", env: { BROWSER: "firefox" } }, ["firefox", URL]],
  [{ platform: "linux", env: { BROWSER: " firefox  -P  x " } }, ["firefox", "-P", "x", URL]],
  [{ platform: "linux", env: { BROWSER: "lynx %s --x=%s" } }, ["lynx", URL, `--x=${URL}`]],
  [
    { platform: "linux", env: { BROWSER: "::missing:firefox" }, hasProgram: only("firefox") },
    ["firefox", URL],
  ],
  [{ platform: "linux", env: { BROWSER: "a" }, hasProgram: only("xdg-open") }, ["xdg-open", URL]],
  [{ platform: "darwin" }, ["open", URL]],
  [{ platform: "windows" }, ["rundll32", "url.dll,FileProtocolHandler", URL]],
  [{ platform: "windows", env: { BROWSER: "C:\\b.exe" } }, ["C:\\b.exe", URL]],
];
for (const [around, words] of OPENED) {
  const { env, platform } = around;
  Deno.test(`openBrowser() starts ${words[0]} on ${platform} when the environment is ${JSON.stringify(env ?? {})}`, async () => {
    const fake = fakeSystem(around);
    assert.equal(await openBrowser(fake.system, URL), true);
    const [program, ...args] = words;
    assert.deepEqual(fake.launches, [{ program, args }]);
  });
}

Deno.test("openBrowser() is false when no program is there", async () => {
  const fake = fakeSystem({ hasProgram: () => false });
  assert.equal(await openBrowser(fake.system, URL), false);
});

Deno.test("openBrowser() is false when no program can be started", async () => {
  const launch = () => Promise.reject(new Error("Too many levels of symbolic links"));
  const fake = fakeSystem({ overrides: { launch } });
  assert.equal(await openBrowser(fake.system, URL), false);
});
