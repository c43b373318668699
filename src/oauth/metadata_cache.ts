import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import * as v from "valibot";
import { writeDurably } from "../files.ts";
import type { Files } from "../system.ts";

const Members = v.record(v.string(), v.unknown());

const Entry = v.object({
  issuer: v.string(),
  /** RFC 8414. */
  metadata: v.optional(v.object({ fetched_at: v.number(), members: Members })),
  /** RFC 7517. */
  keys: v.optional(v.object({ fetched_at: v.number(), keys: v.array(Members) })),
});

/** What an issuer said of itself, each part as last fetched. `fetched_at` is epoch milliseconds. */
export type CacheEntry = Omit<v.InferOutput<typeof Entry>, "issuer">;

/**
 * Remembers issuers between commands, one file each. It only saves requests: what is missing,
 * damaged or cannot be written is fetched again.
 */
export interface MetadataCache {
  get(issuer: string): Promise<CacheEntry | undefined>;
  /** Replaces the parts that are given. */
  set(issuer: string, parts: CacheEntry): Promise<void>;
}

export function metadataCache(files: Files, dir: string): MetadataCache {
  const pathOf = (issuer: string) =>
    join(dir, "issuers", createHash("sha256").update(issuer).digest("hex").slice(0, 32) + ".json");

  const get = async (issuer: string) => {
    try {
      const path = pathOf(issuer);
      // Keys decide whom we believe: a file that others may write is not read.
      const facts = await files.stat(path);
      if (facts?.kind !== "file" || ((facts.mode ?? 0) & 0o022) !== 0) return undefined;
      const entry = v.parse(v.pipe(v.string(), v.parseJson(), Entry), await files.readText(path));
      return entry.issuer === issuer ? entry : undefined;
    } catch {
      return undefined;
    }
  };

  return {
    get,
    async set(issuer, parts) {
      try {
        const path = pathOf(issuer);
        const entry = { ...await get(issuer), issuer, ...parts };
        await files.makeDir(dirname(path), 0o700);
        await writeDurably(files, path, JSON.stringify(entry), 0o600);
      } catch {
        // Read-only or full: the next command fetches it again.
      }
    },
  };
}
