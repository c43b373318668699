import type { System } from "../system.ts";
import { plainLine } from "./plain.ts";
import type { Style } from "./style.ts";
import { countdown } from "./time.ts";
import { cut } from "./width.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR_LINE = "\r\x1b[K";

/** A line on a terminal that shows that something is under way, drawn until disposed. */
export class Spinner implements Disposable {
  readonly #system: Pick<System, "clock" | "stderr">;
  readonly #style: Style;
  readonly #label: string;
  readonly #until: number | undefined;
  readonly #ended = new AbortController();
  #frame = 0;

  /** `until`: when the waiting ends at the latest (epoch milliseconds). */
  constructor(
    system: Pick<System, "clock" | "stderr">,
    style: Style,
    label: string,
    until: number | undefined,
  ) {
    this.#system = system;
    this.#style = style;
    this.#label = plainLine(label);
    this.#until = until;
    this.#turn().catch(() => {}); // the end of it
  }

  draw(): void {
    const { clock, stderr } = this.#system;
    const frame = FRAMES[this.#frame % FRAMES.length] ?? "";
    const left = this.#until === undefined ? "" : `(${countdown(this.#until - clock.now())} left)`;
    // It has to stay a single line, which is all that is erased.
    const room = Math.max(1, (stderr.columns() ?? 80) - left.length - 4);
    const shown = [this.#style.cyan(frame), cut(this.#label, room)];
    if (left) shown.push(this.#style.dim(left));
    stderr.write(CLEAR_LINE + shown.join(" "));
  }

  clear(): void {
    this.#system.stderr.write(CLEAR_LINE);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.clear();
  }

  async #turn(): Promise<never> {
    for (;; this.#frame++) {
      this.draw();
      await this.#system.clock.sleep(FRAME_MS, this.#ended.signal);
    }
  }
}
