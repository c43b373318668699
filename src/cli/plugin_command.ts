import type { HandOverResult } from "../commands/hand_over.ts";
import type { Loaded } from "./command.ts";
import type { PluginCall } from "./plugin.ts";

/** The command that a program `vantage-NAME` is. */
export async function loadPlugin({ path, args }: PluginCall): Promise<Loaded<HandOverResult>> {
  const { plugin } = await import("../commands/plugin.ts");
  const { execView: view } = await import("../render/exec.ts");
  return { view, run: (app) => plugin(app, path, args), exitStatus: ({ status }) => status };
}
