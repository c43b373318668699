import { fakeSystem } from "../support/fake_system.ts";
import type { Provider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { ManualClock } from "./manual_clock.ts";
import { eventually } from "./eventually.ts";
import { REFRESH } from "./sessions.ts";

/** Longer than one request of a refresh may take. */
const PAST_THE_TIMEOUT_MS = 20_000;

/**
 * Runs `vantage token` in this process, with real files and sockets and a clock of ours, past
 * the timeouts of a provider whose first `hangs` answers never come. In the program each of them takes 15 seconds.
 */
export async function runWithClock(
  home: Home,
  provider: Provider,
  { hangs, side }: { hangs: number; side: "before" | "after" },
): Promise<Result> {
  const clock = new ManualClock();
  const env = { VANTAGE_HOME: home.dir };
  const running = fakeSystem({ args: ["-vv", "token"], env, clock }).run();
  let ended = false;
  running.finally(() => ended = true);
  const known = provider.secrets().length;
  for (let request = 1; request <= hangs; request++) {
    await eventually(() => ended || provider.count(REFRESH) >= request);
    // New tokens have been issued only when the old one is used up.
    if (side === "after") await eventually(() => ended || provider.secrets().length > known);
    clock.advance(PAST_THE_TIMEOUT_MS);
  }
  const result = await running;
  for (const secret of provider.secrets()) {
    if (result.stderr.includes(secret)) throw new Error(`A secret was printed: ${result.stderr}`);
  }
  return result;
}
