import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";

/** Throws `usage` where a refresh is asked for and the token is a ready one, which has none. */
export function refuseEnvironmentToken(app: App): void {
  if (!app.usesEnvironmentToken()) return;
  throw new VantageError("usage", "Cannot refresh the token that VANTAGE_TOKEN holds", {
    hint: "Unset VANTAGE_TOKEN to use the saved session",
  });
}
