/**
 * The person at the terminal, as commands and flows see one. Everything goes to stderr;
 * what is shown is stripped of control sequences and of secrets by the implementation
 * (`render/terminal.ts`).
 */
export interface Person {
  /** Whether a question can be asked: stdin and stderr are terminals, no `CI`, no `--no-input`. */
  readonly canAnswer: boolean;
  /** Something worth knowing. Silent under `--json`. */
  notice(text: string): void;
  /** Something that went wrong and was dealt with; a JSON line under `--json`. */
  warn(text: string): void;
  /** A detail for `-v` (level 1) or `-vv` (level 2). */
  detail(level: 1 | 2, text: string): void;
  /** A request that has ended, for `-v` and `--timings`. */
  exchange(exchange: ExchangeFacts): void;
  /** Where the command's time went, for `--timings`. */
  timings(times: CommandTimes): void;
  /** For programs, mostly a step of a login: one JSON line under `--json`, else nothing. */
  event(event: PersonEvent): void;
  /** Shows how to approve a device login, with a QR code where that is wanted. */
  deviceCode(code: ShownCode, options: { qr: boolean }): Promise<void>;
  /** Shows where to log in by browser. */
  authorizationUrl(url: string, options: { opened: boolean }): void;
  /** Shows that something is under way, until disposed. `until` is epoch milliseconds. */
  waiting(label: string, until?: number): Disposable;
  /**
   * Shows how far a transfer has come, until disposed. `total` and `done` (what was there before)
   * are bytes; `total` is undefined where nobody knows.
   */
  progress(label: string, total: number | undefined, done?: number): Progress;
  /** Asks for yes or no; throws `input_required` naming `flag` where nobody can be asked. */
  confirm(question: string, flag: string): Promise<boolean>;
  /** Asks for a value without echo; throws `input_required` naming `instead` where nobody can be asked. */
  askSecret(question: string, instead: string): Promise<string>;
}

/** A transfer that is shown. */
export interface Progress extends Disposable {
  /** Tells that so many more bytes came. */
  advance(bytes: number): void;
}

/** What a person needs to approve a device login (RFC 8628, 3.2). */
export interface ShownCode {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** One request and its answer: no query, header or body. Times are milliseconds. */
export interface ExchangeFacts {
  readonly method: string;
  /** Origin and path. */
  readonly target: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Name lookup and connection; undefined for what went by an old one, or was not measured. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly totalMs: number;
  /** How often the request had been sent with this time; once unless told. */
  readonly attempt?: number | undefined;
  /** Of the answer's body. */
  readonly bytes?: number | undefined;
  readonly failure?: string | undefined;
}

/** A command's time and what it went into, in milliseconds. */
export interface CommandTimes {
  readonly totalMs: number;
  readonly parts: readonly (readonly [name: string, ms: number])[];
}

/** One JSON line on stderr under `--json`. Times are RFC 3339 UTC. */
export type PersonEvent =
  | {
    event: "device_code";
    user_code: string;
    verification_uri: string;
    verification_uri_complete?: string;
    expires_at: string;
  }
  | { event: "authorization_url"; url: string }
  | { event: "pending" }
  | { event: "authorized" }
  | { event: "warning"; message: string }
  | {
    event: "request";
    method: string;
    url: string;
    status: number | null;
    connect_ms: number | null;
    first_byte_ms: number | null;
    total_ms: number;
    attempt: number;
    bytes: number | null;
  }
  | { event: "timings"; total_ms: number; parts: Record<string, number> };
