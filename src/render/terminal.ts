import { VantageError } from "../errors.ts";
import type {
  CommandTimes,
  ExchangeFacts,
  Person,
  PersonEvent,
  Progress,
  ShownCode,
} from "../person.ts";
import { scrub } from "../secret.ts";
import type { System } from "../system.ts";
import { plainLine } from "./plain.ts";
import { ProgressLine } from "./progress.ts";
import { Spinner } from "./spinner.ts";
import type { Style } from "./style.ts";
import { rfc3339 } from "./time.ts";
import { exchangeEvent, exchangeText, timingsEvent, timingsText } from "./timing.ts";

export interface TerminalOptions {
  readonly json: boolean;
  readonly verbose: number;
  /** False with `--no-input`. */
  readonly input: boolean;
  readonly timings: boolean;
}

/** The person at the terminal: everything for them goes to stderr, scrubbed of secrets. */
export class Terminal implements Person {
  readonly #system: System;
  readonly #options: TerminalOptions;
  readonly #style: Style;
  readonly #interrupted: AbortSignal;
  /** The line that is drawn over and over: what is printed must not end up in it. */
  #live: Spinner | ProgressLine | undefined;
  /** The person may be typing: a line that is drawn over and over would wipe that out. */
  #typing = false;

  /** `interrupted` aborts with the error to throw when the person presses Ctrl-C. */
  constructor(system: System, options: TerminalOptions, style: Style, interrupted: AbortSignal) {
    this.#system = system;
    this.#options = options;
    this.#style = style;
    this.#interrupted = interrupted;
  }

  get canAnswer(): boolean {
    const { env, stdin, stderr } = this.#system;
    return this.#options.input && !env("VANTAGE_NO_INPUT") && !env("CI") &&
      stdin.isTerminal && stderr.isTerminal;
  }

  notice(text: string): void {
    this.#say(plainLine(text));
  }

  warn(text: string): void {
    // Whoever reads events line by line must not stumble over one in prose.
    if (this.#options.json) return this.event({ event: "warning", message: plainLine(text) });
    this.#print(`${this.#style.yellow("warning:")} ${plainLine(text)}`);
  }

  detail(level: 1 | 2, text: string): void {
    if (this.#options.verbose >= level) this.#print(this.#style.dim(plainLine(text)));
  }

  exchange(exchange: ExchangeFacts): void {
    const { json, timings, verbose } = this.#options;
    if (timings && json) this.event(exchangeEvent(exchange));
    else if (timings || verbose >= 1) this.#print(this.#style.dim(exchangeText(exchange)));
  }

  timings(times: CommandTimes): void {
    const { json, timings } = this.#options;
    if (timings && json) this.event(timingsEvent(times));
    else if (timings) this.#print(this.#style.dim(timingsText(times)));
  }

  event(event: PersonEvent): void {
    if (!this.#options.json) return;
    const safe = (_: string, value: unknown) =>
      typeof value === "string" ? plainLine(value) : value;
    this.#print(JSON.stringify(event, safe));
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
      this.#typing = true;
      this.#say("If that browser is on another machine, paste the address it ends on here.");
    }
  }

  waiting(label: string, until?: number): Disposable {
    if (!this.#canDraw()) return { [Symbol.dispose]() {} };
    return this.#drawn(new Spinner(this.#system, this.#style, label, until));
  }

  progress(label: string, total: number | undefined, done?: number): Progress {
    if (!this.#canDraw()) return { advance() {}, [Symbol.dispose]() {} };
    const line = new ProgressLine(this.#system, this.#style, label, total, done);
    return { advance: (bytes) => line.advance(bytes), ...this.#drawn(line) };
  }

  #canDraw(): boolean {
    const { stderr, env } = this.#system;
    return !this.#options.json && !this.#typing && stderr.isTerminal && env("TERM") !== "dumb";
  }

  #drawn(line: Spinner | ProgressLine): Disposable {
    const before = this.#live;
    this.#live = line;
    return {
      [Symbol.dispose]: () => {
        line[Symbol.dispose]();
        this.#live = before;
      },
    };
  }

  async confirm(question: string, flag: string): Promise<boolean> {
    this.#mustAnswer(question, `Give ${flag} to go ahead without being asked`);
    this.#ask(`${plainLine(question)} [y/N] `);
    for await (const line of this.#system.stdin.lines(this.#interrupted)) {
      return /^y(es)?$/i.test(line.trim());
    }
    this.#system.stderr.write("\n"); // nobody pressed Enter
    this.#interrupted.throwIfAborted();
    return false;
  }

  async askSecret(question: string, instead: string): Promise<string> {
    this.#mustAnswer(question, instead);
    const answer = await this.#system.stdin.readSecret({
      signal: this.#interrupted,
      onReady: () => this.#ask(`${plainLine(question)}: `),
    });
    this.#system.stderr.write("\n"); // Enter was not echoed
    this.#interrupted.throwIfAborted();
    return answer ?? "";
  }

  #mustAnswer(question: string, instead: string): void {
    if (this.canAnswer) return;
    throw new VantageError("input_required", `Cannot ask '${question}' without a terminal`, {
      hint: instead,
    });
  }

  #ask(text: string): void {
    this.#system.stderr.write(scrub(text));
  }

  #say(text: string): void {
    if (!this.#options.json) this.#print(text);
  }

  #print(text: string): void {
    this.#live?.clear();
    this.#system.stderr.write(scrub(text) + "\n");
    this.#live?.draw();
  }
}
