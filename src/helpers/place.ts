import { isLoopback as isLoopbackHost } from "../loopback.ts";

/** A host with a path, as helpers are asked for one and as settings name one. */
export interface Place {
  /** In lower case, with its port where that is not the protocol's own. */
  readonly host: string;
  /** The path's segments; undefined where they cannot be trusted to mean what they say. */
  readonly path: readonly string[] | undefined;
}

const DEFAULT_PORT = { https: "443", http: "80" } as const;

/** `HOST[:PORT][/PATH]` as a place. */
export function placeOf(text: string, protocol: "https" | "http" = "https"): Place {
  const [, host = "", path = ""] = text.match(/^([^/]*)\/?(.*)$/s) ?? [];
  return {
    host: host.toLowerCase().replace(new RegExp(`:${DEFAULT_PORT[protocol]}$`), ""),
    path: segmentsOf(path),
  };
}

/**
 * The entry for a place: of those whose host is the same and whose path is a beginning of its
 * path, whole segments only, the one with the longest path.
 */
export function entryFor<T extends { readonly place: string }>(
  entries: readonly T[],
  asked: Place,
): T | undefined {
  const fitting = entries.filter(({ place }) => covers(placeOf(place), asked));
  return fitting.toSorted((a, b) => depth(b.place) - depth(a.place))[0];
}

function covers(entry: Place, { host, path = [] }: Place): boolean {
  return entry.host === host && entry.path !== undefined &&
    entry.path.every((segment, index) => segment === path[index]);
}

const depth = (place: string) => placeOf(place).path?.length ?? 0;

/** A server resolves `acme/../other` to another path than the one it begins with. */
function segmentsOf(path: string): string[] | undefined {
  const segments = path.split("/").filter((segment) => segment !== "");
  const isPlain = segments.every((segment) => !/^\.\.?$|\\/.test(segment));
  return isPlain ? segments : undefined;
}

/** Whether a host, its port included, is this machine: what goes there crosses no network. */
export function isLoopback(host: string): boolean {
  return isLoopbackHost(host.replace(/:\d+$/, "").toLowerCase());
}
