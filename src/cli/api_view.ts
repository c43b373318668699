import type { OutputOptions } from "../commands/api_output.ts";

/** The view of API answers. Throws `usage` for columns that are none, before anything is sent. */
export async function loadApiView({ columns }: OutputOptions) {
  if (columns) (await import("../render/columns.ts")).parseColumns(columns);
  return (await import("../render/api.ts")).apiView;
}
