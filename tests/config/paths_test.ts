import assert from "node:assert/strict";
import { resolvePath, resolvePaths } from "../../src/config/paths.ts";
import { failure } from "./support.ts";

type Platform = "linux" | "darwin" | "windows";
const on = (platform: Platform, env: Record<string, string>, cwd = "/work") => ({
  platform,
  env: (name: string) => env[name],
  cwd: () => cwd,
  uid: platform === "windows" ? null : 1000,
});

Deno.test("resolvePaths() puts everything into VANTAGE_HOME when it is set", () => {
  const env = { VANTAGE_HOME: "/data", HOME: "/home/a", XDG_CONFIG_HOME: "/xdg" };
  const paths = resolvePaths(on("linux", env));
  assert.equal(paths.config, "/data/config.toml");
  assert.equal(paths.tokens, "/data/tokens");
  assert.equal(paths.cache, "/data/cache");
});

Deno.test("resolvePaths() prefers --home and resolves it from the working directory", () => {
  const paths = resolvePaths(on("linux", { VANTAGE_HOME: "/data" }), "state/here");
  assert.equal(paths.config, "/work/state/here/config.toml");
  assert.equal(
    resolvePaths(on("linux", { HOME: "/home/a" }), "~/v").tokens,
    "/home/a/v/tokens",
  );
});

Deno.test("resolvePaths() follows XDG when the variables are absolute and ignores relative ones", () => {
  const env = {
    HOME: "/home/a",
    XDG_CONFIG_HOME: "/c",
    XDG_STATE_HOME: "rel",
    XDG_CACHE_HOME: "/k",
  };
  const paths = resolvePaths(on("linux", env));
  assert.equal(paths.config, "/c/vantage/config.toml");
  assert.equal(paths.tokens, "/home/a/.local/state/vantage/tokens");
  assert.equal(paths.cache, "/k/vantage");
});

Deno.test("resolvePaths() uses ~/Library when on macOS", () => {
  const paths = resolvePaths(on("darwin", { HOME: "/Users/a" }));
  assert.equal(paths.config, "/Users/a/Library/Application Support/vantage/config.toml");
  assert.equal(paths.tokens, "/Users/a/Library/Application Support/vantage/tokens");
  assert.equal(paths.cache, "/Users/a/Library/Caches/vantage");
});

Deno.test("resolvePaths() keeps tokens out of the roaming profile when on Windows", () => {
  const env = { APPDATA: "C:\\U\\a\\AppData\\Roaming", USERPROFILE: "C:\\U\\a" };
  const paths = resolvePaths(on("windows", env, "C:\\work"));
  assert.equal(paths.config, "C:\\U\\a\\AppData\\Roaming\\vantage\\config.toml");
  assert.equal(paths.tokens, "C:\\U\\a\\AppData\\Local\\vantage\\tokens");
  assert.equal(paths.cache, "C:\\U\\a\\AppData\\Local\\vantage\\cache");
});

Deno.test("resolvePaths() throws home_unknown for what is asked only when no home is known", async () => {
  const paths = resolvePaths(on("linux", { XDG_CONFIG_HOME: "/c", HOME: "relative" }));
  assert.equal(paths.config, "/c/vantage/config.toml");
  const error = await failure(() => paths.tokens);
  assert.equal(error.code, "home_unknown");
  assert.match(error.hint ?? "", /VANTAGE_HOME/);
});

Deno.test("resolvePath() expands a leading ~ only when it stands for a directory", () => {
  const system = on("linux", { HOME: "/home/a" });
  assert.equal(resolvePath(system, "~/x.pem", "/base"), "/home/a/x.pem");
  assert.equal(resolvePath(system, "~", "/base"), "/home/a");
  assert.equal(resolvePath(system, "~x.pem", "/base"), "/base/~x.pem");
  assert.equal(resolvePath(system, "x~/y", "/base"), "/base/x~/y");
  assert.equal(resolvePath(system, "/abs", "/base"), "/abs");
});

Deno.test("resolvePaths() puts the socket where only its user goes", () => {
  const socket = (platform: Platform, env: Record<string, string>, cwd?: string) =>
    resolvePaths(on(platform, env, cwd)).socket;
  assert.equal(
    socket("linux", { XDG_RUNTIME_DIR: "/run/user/1000" }),
    "/run/user/1000/vantage.sock",
  );
  assert.equal(socket("linux", { XDG_RUNTIME_DIR: "rel" }), "/tmp/vantage-1000/vantage.sock");
  assert.equal(socket("darwin", { TMPDIR: "/var/t/" }), "/var/t/vantage-1000/vantage.sock");
  assert.equal(socket("linux", { VANTAGE_HOME: "/data" }), "/data/vantage.sock");
  assert.equal(socket("linux", { VANTAGE_HOME: "/data", VANTAGE_SOCKET: "s" }), "/work/s");
  assert.equal(socket("linux", { HOME: "/h", VANTAGE_SOCKET: "~/s" }), "/h/s");
  assert.equal(
    socket("windows", { LOCALAPPDATA: "C:\\L" }, "C:\\work"),
    "C:\\L\\vantage\\vantage.sock",
  );
});
