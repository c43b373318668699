import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../tokens/eventually.ts";
import { type RunningDaemon, startDaemon } from "./daemon.ts";
import { assertDone } from "./login.ts";
import { makeHome } from "./vantage.ts";

export const TOKEN = "key-of-acme-work";
export const GET_TOKEN = { jsonrpc: "2.0", id: 1, method: "get_token", params: ["acme", "work"] };

/** A daemon with one account, and a client that behaves, connected before anything happens. */
export interface AttackedDaemon extends AsyncDisposable {
  readonly daemon: RunningDaemon;
  /** Fails unless the client that behaves, and one that comes now, get what they ask for. */
  unharmed(): Promise<void>;
  /** Fails when the daemon has grown by more than so much (bytes) since it began. */
  assertSmall(mostGrowth: number): Promise<void>;
  /** Waits until nobody is connected but the client that behaves, and who asks for that. */
  assertAlone(): Promise<void>;
}

export async function startAttackedDaemon(): Promise<AttackedDaemon> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await makeHome(undefined));
  await Deno.writeTextFile(join(home.dir, "config.toml"), "");
  const add = ["account", "add", "acme", "work", "--api-key", "-"];
  assertDone(await home.run(add, { stdin: `${TOKEN}\n` }));
  const daemon = stack.use(await startDaemon(home, { quiet: true }));
  const client = stack.use(await daemon.connect());
  const unharmed = async () => {
    const asked = [client, daemon].map((who) => who.call("get_token", ["acme", "work"]));
    for (const { result } of await Promise.all(asked)) assert.equal(result?.access_token, TOKEN);
  };
  await unharmed();
  const before = await memory(daemon);
  const held = stack.move();
  return {
    daemon,
    unharmed,
    async assertSmall(mostGrowth) {
      const grown = await memory(daemon) - before;
      assert.ok(grown < mostGrowth, `It has grown by ${grown} bytes`);
    },
    async assertAlone() {
      await eventually(async () => (await daemon.call("status")).result.connections === 2);
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The daemon's memory (bytes). */
async function memory({ running }: RunningDaemon): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${running.pid}/status`);
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) * 1024;
}
