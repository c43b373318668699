import type { Progress } from "../person.ts";
import type { System } from "../system.ts";
import { plainLine } from "./plain.ts";
import type { Style } from "./style.ts";
import { span } from "./time.ts";
import { cut, width } from "./width.ts";

const REDRAW_MS = 100;
/** The rate is that of the last seconds: it follows the network without jumping about. */
const RATE_MS = 5_000;
const CLEAR_LINE = "\r\x1b[K";
const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;
const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A size for people, in powers of 1024: `512 B`, `1.5 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let unit = -1;
  let size = bytes;
  // What would be written as 1024.0 is one of the next unit.
  do size /= 1024; while (++unit < UNITS.length - 1 && size >= 1023.95);
  return `${size.toFixed(1)} ${UNITS[unit]}`;
}

/** A line on a terminal that shows how far a transfer has come, drawn until disposed. */
export class ProgressLine implements Progress {
  readonly #system: Pick<System, "clock" | "stderr">;
  readonly #style: Style;
  readonly #label: string;
  readonly #total: number | undefined;
  #done: number;
  /** How much was done when, at each drawing of the last seconds. */
  #samples: { readonly at: number; readonly done: number }[] = [];
  readonly #ended = new AbortController();

  /** `total` and `done` are bytes; `done` is what was there before. */
  constructor(
    system: Pick<System, "clock" | "stderr">,
    style: Style,
    label: string,
    total: number | undefined,
    done = 0,
  ) {
    this.#system = system;
    this.#style = style;
    this.#label = plainLine(label);
    this.#total = total;
    this.#done = done;
    this.#redraw().catch(() => {}); // the end of it
  }

  advance(bytes: number): void {
    this.#done += bytes;
  }

  draw(): void {
    const rate = this.#rate();
    const facts = this.#facts(rate);
    // It has to stay a single line, which is all that is erased.
    let room = (this.#system.stderr.columns() ?? 80) - 1;
    const shownFacts = cut(facts, Math.max(1, room));
    room -= width(shownFacts) + 2;
    const shown: string[] = [];
    const label = cut(this.#label, Math.max(0, room));
    if (room > 0) shown.push(label);
    const bar = Math.min(WIDEST_BAR, room - width(label) - 2);
    if (this.#total !== undefined && bar >= NARROWEST_BAR) shown.push(this.#bar(bar, this.#total));
    shown.push(shownFacts);
    this.#system.stderr.write(CLEAR_LINE + shown.join("  "));
  }

  clear(): void {
    this.#system.stderr.write(CLEAR_LINE);
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.clear();
  }

  #facts(rate: number | undefined): string {
    const total = this.#total;
    const done = bytesText(this.#done);
    const facts = [total === undefined ? done : `${done} / ${bytesText(total)}`];
    if (rate !== undefined) facts.push(`${bytesText(rate)}/s`);
    if (rate && total !== undefined && total > this.#done) {
      facts.push(`${span((total - this.#done) / rate * 1000)} left`);
    }
    return facts.join("  ");
  }

  #bar(columns: number, total: number): string {
    const part = total > 0 ? Math.min(1, this.#done / total) : 1;
    const full = Math.floor(part * columns);
    return this.#style.cyan("█".repeat(full)) + this.#style.dim("░".repeat(columns - full));
  }

  /** Bytes a second; undefined until there is a second to tell it from. */
  #rate(): number | undefined {
    const at = this.#system.clock.now();
    const last = this.#samples.at(-1);
    if (last && at < last.at) this.#samples = []; // the clock was set back
    this.#samples.push({ at, done: this.#done });
    while (this.#samples.length > 1 && at - this.#samples[1]!.at >= RATE_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    const seconds = (at - first.at) / 1000;
    return seconds < 1 ? undefined : (this.#done - first.done) / seconds;
  }

  async #redraw(): Promise<never> {
    for (;;) {
      this.draw();
      await this.#system.clock.sleep(REDRAW_MS, this.#ended.signal);
    }
  }
}
