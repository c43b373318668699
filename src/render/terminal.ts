import { VantageError } from "../errors.ts";
import type { LoginEvent, Person, ShownCode } from "../person.ts";
import { scrub } from "../secret.ts";
import type { System } from "../system.ts";
import { plain, plainLine } from "./plain.ts";
import type { Style } from "./style.ts";
import { countdown, rfc3339 } from "./time.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const CLEAR_LINE = "\r\x1b[K";

export interface TerminalOptions {
  readonly json: boolean;
  readonly verbose: number;
  /** False with `--no-input`. */
  readonly input: boolean;
}

/** The person at the terminal: everything for them goes to stderr, scrubbed of secrets. */
export class Terminal implements Person {
  readonly #system: System;
  readonly #options: TerminalOptions;
  readonly #style: Style;
  #waiting: { draw(): void; clear(): void } | undefined;

  constructor(system: System, options: TerminalOptions, style: Style) {
    this.#system = system;
    this.#options = options;
    this.#style = style;
  }

  get canAnswer(): boolean {
    const { system, input } = { system: this.#system, input: this.#options.input };
    return input && !system.env("VANTAGE_NO_INPUT") && !system.env("CI") &&
      system.stdin.isTerminal &&
      system.stderr.isTerminal;
  }

  notice(text: string): void {
    this.#say(plain(text));
  }

  warn(text: string): void {
    this.#print(`${this.#style.yellow("warning:")} ${plain(text)}`);
  }

  detail(level: 1 | 2, text: string): void {
    if (this.#options.verbose >= level) this.#print(this.#style.dim(plain(text)));
  }

  event(event: LoginEvent): void {
    if (this.#options.json) this.#print(JSON.stringify(event));
  }

  async deviceCode(code: ShownCode, { qr }: { qr: boolean }): Promise<void> {
    this.event({
      event: "device_code",
      user_code: code.userCode,
      verification_uri: code.verificationUri,
      ...(code.verificationUriComplete !== undefined &&
        { verification_uri_complete: code.verificationUriComplete }),
      expires_at: rfc3339(code.expiresAt),
    });
    const { bold, cyan } = this.#style;
    this.#say(`To log in, open    ${cyan(plainLine(code.verificationUri))}`);
    this.#say(`and enter the code ${bold(plainLine(code.userCode))}`);
    if (!qr || this.#options.json) return;
    const { renderUnicodeCompact } = await import("uqr");
    this.#say(renderUnicodeCompact(code.verificationUriComplete ?? code.verificationUri));
  }

  authorizationUrl(url: string, { opened }: { opened: boolean }): void {
    this.event({ event: "authorization_url", url });
    this.#say(
      opened ? "Your browser has been opened. If it shows nothing, open" : "To log in, open",
    );
    this.#say(`  ${this.#style.cyan(plainLine(url))}`);
    if (this.canAnswer) {
      this.#say("If that browser is on another machine, paste the address it ends on here.");
    }
  }

  waiting(label: string, until?: number): Disposable {
    const { clock, stderr, env } = this.#system;
    if (this.#options.json || !stderr.isTerminal || env("TERM") === "dumb") {
      return { [Symbol.dispose]() {} };
    }
    const ended = new AbortController();
    let frame = 0;
    const line = {
      draw: () => {
        const left = until === undefined
          ? ""
          : ` ${this.#style.dim(`(${countdown(until - clock.now())} left)`)}`;
        stderr.write(
          `${CLEAR_LINE}${this.#style.cyan(FRAMES[frame % FRAMES.length]!)} ${plain(label)}${left}`,
        );
      },
      clear: () => stderr.write(CLEAR_LINE),
    };
    this.#waiting = line;
    (async () => {
      for (;; frame++) {
        line.draw();
        await clock.sleep(FRAME_MS, ended.signal);
      }
    })().catch(() => {}); // the end of waiting
    return {
      [Symbol.dispose]: () => {
        ended.abort();
        line.clear();
        this.#waiting = undefined;
      },
    };
  }

  async confirm(question: string, flag: string): Promise<boolean> {
    this.#mustAnswer(question, `Give ${flag} to go ahead without being asked`);
    this.#system.stderr.write(scrub(`${plain(question)} [y/N] `));
    const reading = new AbortController();
    try {
      for await (const line of this.#system.stdin.lines(reading.signal)) {
        return /^y(es)?$/i.test(line.trim());
      }
      return false;
    } finally {
      reading.abort();
    }
  }

  async askSecret(question: string, instead: string): Promise<string> {
    this.#mustAnswer(question, instead);
    this.#system.stderr.write(scrub(`${plain(question)}: `));
    const answer = await this.#system.stdin.readSecret();
    this.#system.stderr.write("\n");
    return answer ?? "";
  }

  #mustAnswer(question: string, instead: string): void {
    if (this.canAnswer) return;
    throw new VantageError("input_required", `Cannot ask '${question}' without a terminal`, {
      hint: instead,
    });
  }

  #say(text: string): void {
    if (!this.#options.json) this.#print(text);
  }

  #print(text: string): void {
    this.#waiting?.clear();
    this.#system.stderr.write(scrub(text) + "\n");
    this.#waiting?.draw();
  }
}
