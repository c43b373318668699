import type { App } from "../app.ts";
import type { ApiResult } from "../commands/api.ts";
import type { OutputOptions } from "../commands/api_output.ts";
import { EXIT } from "../errors.ts";
import type { Loaded } from "./command.ts";

/** A command whose result is an API's answers. Throws `usage` for columns that are none. */
export async function apiCommand(
  { columns }: OutputOptions,
  run: (app: App) => Promise<ApiResult>,
): Promise<Loaded<ApiResult>> {
  if (columns) (await import("../render/columns.ts")).parseColumns(columns);
  const { apiView: view } = await import("../render/api.ts");
  const exitStatus = (result: ApiResult) =>
    result.kind === "pages" && result.interrupted?.() ? EXIT.interrupted : EXIT.done;
  return { view, run, exitStatus };
}
