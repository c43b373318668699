import type { App } from "../app.ts";
import { References } from "../references.ts";
import type { Secret } from "../secret.ts";

export interface ResolvedReference {
  readonly reference: string;
  readonly value: Secret;
}

/** `vantage resolve REFERENCE...`: their values, or the error of the first that has none. */
export async function resolve(
  app: App,
  references: readonly string[],
): Promise<ResolvedReference[]> {
  const resolver = new References(app);
  const results = await Promise.allSettled(references.map((text) => resolver.resolve(text)));
  return results.map((result, at) => {
    if (result.status === "rejected") throw result.reason;
    return { reference: references[at]!, value: result.value };
  });
}
