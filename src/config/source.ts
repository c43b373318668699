import { basename } from "node:path";
import type { Config } from "./config_file.ts";

/** Where a value comes from. */
export type Source =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "env"; readonly variable: string }
  /** The keys that lead to it in the settings file. */
  | { readonly kind: "file"; readonly keys: readonly string[] }
  | { readonly kind: "preset"; readonly name: string }
  | { readonly kind: "default" }
  /** Made from another setting. */
  | { readonly kind: "derived"; readonly from: string };

/** A value that remembers where it comes from. */
export interface Setting<T> {
  readonly value: T;
  readonly source: Source;
}

/** A source for a person: "flag --scope", "VANTAGE_ISSUER", "config.toml:12", "default". */
export async function describeSource(source: Source, config: Config): Promise<string> {
  switch (source.kind) {
    case "flag":
      return `flag ${source.flag}`;
    case "env":
      return source.variable;
    case "default":
      return "default";
    case "preset":
      return `preset ${source.name}`;
    case "derived":
      return `derived from ${source.from}`;
    case "file": {
      const { lineOf } = await import("./locate.ts");
      const line = await lineOf(config.text, source.keys);
      const name = basename(config.path);
      return line === undefined ? name : `${name}:${line}`;
    }
  }
}
