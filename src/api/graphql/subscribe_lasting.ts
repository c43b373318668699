import { isVantageError } from "../../errors.ts";
import type { AccessToken } from "../../tokens/source.ts";
import { tokenInPlaceOf } from "../token_in_place.ts";
import type { Connect, Ending, SubscribeParts } from "./subscribe_connection.ts";
import type { Inbox } from "./subscribe_inbox.ts";
import { nextToken, PASSING } from "./subscribe_renewal.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A connection that lasted so long was a good one: what follows is a new trouble. */
const GOOD_AFTER_MS = 10_000;

/** What a subscription has come to that did not fail. */
export type LastingEnd = Extract<Ending, { kind: "complete" | "unsuitable" }>;

export interface LastingParts extends SubscribeParts {
  readonly connect: Connect;
  /** So many times is a server tried that has never taken the subscription. */
  readonly firstTries: number;
  readonly inbox: Inbox;
  /** The server, for messages. */
  readonly origin: string;
}

/**
 * A subscription over as many connections as it takes: another one when one is lost, after a
 * pause, and when the token comes to its end or is refused. Events that happen between two
 * connections are lost unless the server sends them again: GraphQL has no way to ask for them.
 */
export class LastingSubscription {
  readonly #parts: LastingParts;
  /** For the next connection, where it is there already. */
  #next: AccessToken | undefined;
  #everConnected = false;
  /** Connections that came to little, in a row. */
  #failures = 0;
  /** A token was refused, and the one in its place has not been of use so far. */
  #refused = false;
  #saidLost = false;

  constructor(parts: LastingParts) {
    this.#parts = parts;
  }

  /** Throws what no other connection would mend, and the signal's reason. */
  async run(): Promise<LastingEnd> {
    const { signal, token: source } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      try {
        const token = this.#next ?? await source.token();
        this.#next = undefined;
        const ending = await this.#connection(token);
        signal.throwIfAborted();
        const end = await this.#judged(ending, token);
        if (end) return end;
      } catch (error) {
        // The token's provider fails for now. A command that has just begun says so and ends.
        if (!this.#everConnected || !isVantageError(error, ...PASSING)) throw error;
        await this.#recover(error);
      }
    }
  }

  /** The end of it all; undefined where another connection is to follow. */
  async #judged(ending: Ending, token: AccessToken): Promise<LastingEnd | undefined> {
    switch (ending.kind) {
      case "complete":
        return ending;
      case "stopped": // for the next token
        return undefined;
      case "unsuitable":
        if (!this.#everConnected) return ending;
        throw ending.error;
      case "lost":
        await this.#recover(ending.error);
        return undefined;
      case "refused": {
        if (await this.#replace(token)) return undefined;
        const { error, atHandshake } = ending;
        // Another transport may take the token that a handshake does not.
        if (atHandshake && !this.#everConnected) return { kind: "unsuitable", error };
        throw error;
      }
    }
  }

  /** One connection, and beside it the watch over its token. */
  async #connection(token: AccessToken): Promise<Ending> {
    const { clock, connect, inbox, signal } = this.#parts;
    const over = new AbortController();
    const changeOver = new AbortController();
    const watched = (async () => {
      try {
        this.#next = await nextToken(token, this.#parts, over.signal);
        if (this.#next) changeOver.abort();
      } catch (error) {
        if (over.signal.aborted) return;
        changeOver.abort();
        throw error;
      }
    })();
    watched.catch(() => {}); // it is waited for below

    let connectedAt: number | undefined;
    try {
      return await connect({
        token,
        signal: AbortSignal.any([signal, changeOver.signal]),
        connected: () => {
          connectedAt = clock.now();
          this.#connected();
        },
        deliver: (result, size) => {
          inbox.add(result, size);
          this.#refused = false;
        },
        caughtUp: () => inbox.caughtUp(),
      });
    } finally {
      if (connectedAt !== undefined && clock.now() - connectedAt >= GOOD_AFTER_MS) {
        this.#failures = 0;
        this.#refused = false;
      }
      over.abort();
      await watched;
    }
  }

  #connected(): void {
    const { origin, detail } = this.#parts;
    detail(`Connected to ${origin}${this.#everConnected ? " again" : ""}`);
    this.#everConnected = true;
  }

  /** Pauses before another try. Throws `error` where there were enough. */
  async #recover(error: Error): Promise<void> {
    const { origin, detail, firstTries, warn } = this.#parts;
    if (!this.#everConnected && this.#failures + 1 >= firstTries) throw error;
    if (this.#everConnected && !this.#saidLost) {
      this.#saidLost = true; // once: some servers hang up every minute
      warn(`Lost the connection to ${origin}; connecting again`);
    }
    detail(error.message);
    await this.#pause();
  }

  /** Gets a token in place of a refused one; false where that is pointless. */
  async #replace(refused: AccessToken): Promise<boolean> {
    if (this.#refused) return false;
    if (this.#failures > 0) await this.#pause();
    this.#failures += 1;
    this.#next ??= await tokenInPlaceOf(refused, this.#parts.token);
    this.#refused = this.#next !== undefined;
    return this.#refused;
  }

  async #pause(): Promise<void> {
    const { clock, random, signal } = this.#parts;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    // Never all at once: those who lost the same server come back to it together.
    await clock.sleep(pause * (0.5 + random() / 2), signal);
  }
}
