import type { WrappedKey } from "./metadata.ts";
import { METADATA } from "./metadata.ts";
import { blockEntry } from "./render.ts";
import { DEFAULT_SUFFIX } from "./rules.ts";
import type { Format } from "./verified.ts";

/** The version of SOPS whose format this is: the first with all that we read and write. */
const SOPS_VERSION = "3.9.0";

/** A SOPS file without values, in SOPS's own layout. Its time and MAC are still to be set. */
export function newFile(format: Format, age: readonly WrappedKey[]): string {
  const rest = {
    lastmodified: "-",
    mac: "ENC[]",
    unencrypted_suffix: DEFAULT_SUFFIX,
    version: SOPS_VERSION,
  };
  const keys = age.map(({ enc, recipient }) => ({ enc, recipient }));
  if (format === "json") {
    return JSON.stringify({ [METADATA]: { age: keys, ...rest } }, null, "\t") + "\n";
  }
  const items = keys.map((key) => {
    const lines = Object.entries(key).map(([name, value]) =>
      blockEntry(name, value, " ".repeat(10), "  ")
    );
    return " ".repeat(8) + "- " + lines.join("").slice(10);
  });
  const lines = Object.entries(rest).map(([name, value]) =>
    blockEntry(name, value, "    ", "    ")
  );
  return `${METADATA}:\n    age:\n${items.join("")}${lines.join("")}`;
}
