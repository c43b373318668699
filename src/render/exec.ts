import type { HandOverResult } from "../commands/hand_over.ts";
import type { View } from "./view.ts";

/** `vantage exec` and `vantage-NAME` programs: what there is to show, the program has shown. */
export const execView: View<HandOverResult> = {
  text: () => "",
  json: () => undefined,
};
