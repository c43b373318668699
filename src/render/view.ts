import type { Style } from "./style.ts";

export interface ViewContext {
  readonly style: Style;
  /** The terminal's width; undefined where stdout is none. */
  readonly columns: number | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** How a command's result looks: to people, and as the one JSON document of `--json`. */
export interface View<T> {
  /** Lines without the last newline; "" prints nothing. */
  text(result: T, context: ViewContext): string | Promise<string>;
  /** Snake case members, instants as RFC 3339, null for what is unknown; undefined prints nothing. */
  json(result: T): unknown;
}

export interface StreamContext extends ViewContext {
  /** stdout is a terminal: nothing may reach it raw. */
  readonly terminal: boolean;
  /** `--json` */
  readonly json: boolean;
}

/** A result that is written as it comes: bytes as they are, text as UTF-8. */
export interface StreamView<T> {
  stream(result: T, context: StreamContext): AsyncIterable<Uint8Array | string>;
}
