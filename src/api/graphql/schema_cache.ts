import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { writeDurably } from "../../files.ts";
import type { Files } from "../../system.ts";

/** How long a schema, or that there is none to have, is believed. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** More than the schema of any API; a larger file is not ours. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Shallow: to look at every member of 5 MB would take longer than to build the schema. */
const Entry = v.object({
  url: v.string(),
  account: v.string(),
  fetched_at: v.number(),
  introspection: v.custom<object | null>((value) =>
    typeof value === "object" && !Array.isArray(value)
  ),
});

/** What a server said of its schema. */
export interface CachedSchema {
  /** Epoch milliseconds. */
  readonly fetched_at: number;
  /** Its answer to the introspection query; null where it refused. */
  readonly introspection: object | null;
}

/**
 * Remembers the schemas of APIs between commands, a file for each account, because what one may
 * see another may not. It only saves requests: what is missing, damaged or cannot be written is
 * fetched again.
 */
export interface SchemaCache {
  get(url: string, account: string): Promise<CachedSchema | undefined>;
  set(url: string, account: string, schema: CachedSchema): Promise<void>;
}

export function schemaCache(files: Files, dir: string): SchemaCache {
  const pathOf = (url: string, account: string) => {
    const key = createHash("sha256").update(JSON.stringify([url, account])).digest("hex");
    return join(dir, "schemas", key.slice(0, 32) + ".json");
  };
  return {
    async get(url, account) {
      try {
        const path = pathOf(url, account);
        // It decides what is sent: a file that others may write is not read.
        const facts = await files.stat(path);
        if (facts?.kind !== "file" || ((facts.mode ?? 0) & 0o022) !== 0) return undefined;
        if (facts.size > LARGEST_BYTES) return undefined;
        const entry = v.parse(Entry, JSON.parse(await files.readText(path)));
        const { fetched_at, introspection } = entry;
        return entry.url === url && entry.account === account
          ? { fetched_at, introspection }
          : undefined;
      } catch {
        return undefined;
      }
    },
    async set(url, account, { fetched_at, introspection }) {
      try {
        const path = pathOf(url, account);
        await files.makeDir(dirname(path), 0o700);
        const text = JSON.stringify({ url, account, fetched_at, introspection });
        await writeDurably(files, path, text, 0o600);
      } catch {
        // Read-only or full: the next command fetches it again.
      }
    },
  };
}

/** Whether a cached schema may be used at `now` (epoch milliseconds). */
export function isFresh({ fetched_at }: CachedSchema, now: number): boolean {
  return fetched_at <= now && now - fetched_at < FRESH_MS; // the clock may have been ahead
}
