import { EXIT } from "../errors.ts";
import type { System } from "../system.ts";

/** An answer as it is shown. */
export interface Shown {
  readonly text: string;
  /** What it says, without what passes by itself such as the time left. */
  readonly facts: string;
}

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/**
 * Shows an answer again and again, until interrupted or until its reader has gone; returns the
 * exit status. A screen is drawn over; everywhere else the answer is written when it changes.
 */
export async function watch(
  system: System,
  look: () => Promise<Shown>,
  options: { everyMs: number; screen: boolean; interrupted: AbortSignal },
): Promise<number> {
  const { everyMs, screen, interrupted } = options;
  const { stdout, clock } = system;
  let last: string | undefined;
  try {
    while (!stdout.closed) {
      const { text, facts } = await look();
      if (screen) stdout.write((last === undefined ? CLEAR_SCREEN : "") + drawnOver(text));
      else if (facts !== last) stdout.write(text + "\n");
      last = facts;
      await clock.sleep(everyMs, interrupted);
    }
    return EXIT.done;
  } catch (error) {
    if (!interrupted.aborted) throw error;
    if (screen) stdout.write("\n"); // the terminal has shown ^C
    return EXIT.interrupted; // there is no other way to end it, so it is no error to report
  }
}

/** From the corner, each line up to its end, then the rest: nothing flickers, no mode is left on. */
const drawnOver = (text: string) =>
  "\x1b[H" + text.split("\n").map((line) => `${line}\x1b[K\n`).join("") + "\x1b[J";
