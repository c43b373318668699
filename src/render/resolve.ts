import type { ResolvedReference } from "../commands/resolve.ts";
import type { View } from "./view.ts";

/** `vantage resolve`: the values, which are what was asked for. */
export const resolveView: View<ResolvedReference[]> = {
  text: (resolved) => resolved.map(({ value }) => value.expose()).join("\n"),
  json: (resolved) =>
    Object.fromEntries(resolved.map(({ reference, value }) => [reference, value.expose()])),
};
