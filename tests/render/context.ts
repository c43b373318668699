import { styleFor } from "../../src/render/style.ts";
import type { ViewContext } from "../../src/render/view.ts";

/** The instant the tests of this folder play at. */
export const NOW = Date.UTC(2030, 0, 1, 12);

/** Where a view draws: in colour, on a terminal of this width, or plain. */
export function context({ columns, color = false }: {
  readonly columns?: number;
  readonly color?: boolean;
} = {}): ViewContext {
  const stdout = {
    isTerminal: color,
    closed: false,
    columns: () => columns,
    write() {},
    writeBytes: () => Promise.resolve(),
  };
  return { style: styleFor({ env: () => undefined }, stdout, true), columns, now: NOW };
}
