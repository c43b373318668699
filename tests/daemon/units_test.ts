import assert from "node:assert/strict";
import type { Program } from "../../src/daemon/units.ts";
import {
  launchdAgent,
  systemdProxy,
  systemdService,
  systemdSocket,
} from "../../src/daemon/units.ts";

const PLAIN: Program = { executable: "/opt/vantage", env: {} };

/** The values of a key, in order. */
const values = (unit: string, key: string): string[] =>
  unit.split("\n").filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

/**
 * Paths, each as systemd reads it as the program of a command line, as an argument, and as part
 * of a word for which `$` is nothing special.
 */
const ODD: Record<string, [path: string, program: string, argument: string, plain: string]> = {
  "a space": ["/a b/v", '"/a b/v"', '"/a b/v"', "/a b/v"],
  "a percent sign": ["/a%h/v", '"/a%%h/v"', '"/a%%h/v"', "/a%%h/v"],
  "a dollar sign": ["/a$b/v", '"/a$b/v"', '"/a$$b/v"', "/a$b/v"],
  "an ampersand and a less-than sign": ["/a&<b/v", '"/a&<b/v"', '"/a&<b/v"', "/a&<b/v"],
  // systemd takes none of these in the path of a program.
  "a double quote": ['/a"b/v', byShell('"/a\\"b/v"'), '"/a\\"b/v"', '/a\\"b/v'],
  "a single quote": ["/a'b/v", byShell('"/a\'b/v"'), '"/a\'b/v"', "/a'b/v"],
  "a backslash": ["/a\\b/v", byShell('"/a\\\\b/v"'), '"/a\\\\b/v"', "/a\\\\b/v"],
};

function byShell(argument: string): string {
  return `/bin/sh -c "exec \\"$$0\\" \\"$$@\\"" ${argument}`;
}

for (const [what, [path, program, argument, plain]] of Object.entries(ODD)) {
  Deno.test(`systemdService() writes paths with ${what} as systemd reads them`, () => {
    const unit = systemdService({ executable: path, env: { VANTAGE_HOME: path } });
    assert.deepEqual(values(unit, "ExecStart"), [`${program} daemon run`]);
    assert.deepEqual(values(unit, "Environment"), [`"VANTAGE_HOME=${plain}"`]);
  });

  Deno.test(`systemdProxy() writes paths with ${what} as systemd reads them`, () => {
    const unit = systemdProxy({ executable: path, env: { VANTAGE_HOME: path } });
    const [start = ""] = values(unit, "ExecStart");
    assert.ok(start.startsWith("/bin/sh -c ") && start.endsWith(`" ${argument}`), start);
    assert.deepEqual(values(unit, "ExecStop"), [`${program} daemon stop`]);
    assert.equal(values(unit, "Environment")[0], `"VANTAGE_HOME=${plain}"`);
  });

  Deno.test(`launchdAgent() writes paths with ${what} as XML`, () => {
    const xml = path.replace("&<", "&amp;&lt;");
    const agent = launchdAgent({ executable: path, env: { VANTAGE_HOME: path } });
    assert.equal(agent.split(`<string>${xml}</string>`).length, 3, agent);
  });
}

Deno.test("systemdSocket() listens where commands look for the daemon", () => {
  const place = (env: Record<string, string>) =>
    values(systemdSocket({ ...PLAIN, env }), "ListenStream");
  assert.deepEqual(place({}), ["%t/vantage.sock"]);
  assert.deepEqual(place({ VANTAGE_HOME: "/h" }), ["/h/vantage.sock"]);
  assert.deepEqual(place({ VANTAGE_HOME: "/h", VANTAGE_SOCKET: "/s" }), ["/s"]);
});

Deno.test("systemdSocket() writes a path as it is, but for what begins a specifier", () => {
  const unit = systemdSocket({ ...PLAIN, env: { VANTAGE_SOCKET: `/a b/%t"$'\\c` } });
  assert.deepEqual(values(unit, "ListenStream"), [`/a b/%%t"$'\\c`]);
});

Deno.test("systemdProxy() has the daemon listen somewhere else than systemd does", () => {
  const unit = systemdProxy({ ...PLAIN, env: { VANTAGE_SOCKET: "/s", VANTAGE_CA_FILE: "/ca" } });
  assert.deepEqual(values(unit, "Environment"), [
    '"VANTAGE_CA_FILE=/ca"',
    "VANTAGE_SOCKET=%t/vantage/daemon.sock",
  ]);
});

Deno.test("systemdService() and launchdAgent() name no variable when none is given", () => {
  assert.deepEqual(values(systemdService(PLAIN), "Environment"), []);
  assert.doesNotMatch(launchdAgent(PLAIN), /EnvironmentVariables/);
});
