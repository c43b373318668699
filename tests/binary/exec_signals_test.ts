import assert from "node:assert/strict";
import { makeHome } from "../support/vantage.ts";
import { eventually } from "../tokens/eventually.ts";

const ignore = Deno.build.os === "windows";

/** Says which signals it gets, and ends when the file it is told is there, or we are gone. */
const LISTENER = [
  'for s in HUP INT QUIT TERM USR1 USR2 ALRM WINCH; do trap "echo got $s >&2" $s; done',
  "echo ready $$ >&2",
  'while [ ! -e "$0" ] && kill -0 $PPID 2>/dev/null; do sleep 0.02; done',
  "echo ended >&2; exit 7",
].join("\n");

const SIGNALS = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"] as const;

for (const options of [[], ["--mask"]]) {
  const name = `vantage ${["exec", ...options].join(" ")}`;

  Deno.test(`${name} passes each signal on, once`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    const end = `${home.dir}/end`;
    const child = home.start(["exec", ...options, "--", "sh", "-c", LISTENER, end]);
    await child.line(/^ready \d+$/m);
    for (const signal of SIGNALS) {
      child.kill(`SIG${signal}`);
      await child.line(new RegExp(`^got ${signal}$`, "m"));
    }
    await Deno.writeTextFile(end, "");
    const { status, stderr } = await child.result;
    assert.equal(status, 7, stderr);
    assert.deepEqual(stderr.match(/(?<=^got )\w+$/gm), [...SIGNALS]);
    assert.match(stderr, /^ended$/m);
  });

  Deno.test(`${name} ends as the program does that a signal ends`, { ignore }, async () => {
    await using home = await makeHome(undefined);
    for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
      const child = home.start([
        "exec",
        ...options,
        "--",
        "sh",
        "-c",
        "echo ready >&2; exec sleep 60",
      ]);
      await child.line(/^ready$/m);
      child.kill(signal);
      assert.equal((await child.result).status, status, signal);
    }
  });
}

Deno.test(
  "vantage exec --mask can be ended while what the program left behind keeps its output open",
  {
    ignore: Deno.build.os !== "linux",
  },
  async () => {
    await using home = await makeHome(undefined);
    const script = "sleep 60 & echo left $$ $! >&2; exit 3";
    const child = home.start(["exec", "--mask", "--", "sh", "-c", script]);
    const [, program, left] = await child.line(/^left (\d+) (\d+)$/m);
    try {
      await eventually(() => !isRunning(Number(program)));
      child.kill("SIGTERM");
      assert.equal((await child.result).status, 3);
    } finally {
      Deno.kill(Number(left), "SIGKILL");
    }
  },
);

function isRunning(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}
