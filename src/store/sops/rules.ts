import { TreeError } from "./node.ts";

/** Which values a SOPS file encrypts: one of the rules of its metadata (getsops/sops, `sops.go`). */
export interface Rules {
  /** The metadata's name for the rule, for messages. */
  readonly name: string;
  /** Whether the value at a path of keys is encrypted. */
  readonly isEncrypted: (path: readonly string[]) => boolean;
}

/** What SOPS goes by where the file names no rule. */
export const DEFAULT_SUFFIX = "_unencrypted";

const RULES = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
] as const;

/** Bounds within which matching cannot take long; lengths in characters. */
const MAX_EXPRESSION = 1_000;
const MAX_KEY = 500;
const MAX_REPETITIONS = 3;

/** The rule that is in force. Throws {@link TreeError} for more than one, and for what SOPS alone can do. */
export function readRules(setting: (name: string) => string | undefined): Rules {
  for (const name of ["unencrypted_comment_regex", "encrypted_comment_regex"]) {
    if (setting(name)) throw new TreeError(`its '${name}' is not supported`);
  }
  const [name = "unencrypted_suffix", ...more] = RULES.filter((name) => setting(name));
  if (more.length > 0) throw new TreeError(`it sets both '${name}' and '${more[0]}'`);
  const value = setting(name) || DEFAULT_SUFFIX;
  const matches = name.endsWith("_regex")
    ? expression(name, value)
    : (key: string) => key.endsWith(value);
  const whereMatched = name.startsWith("encrypted");
  return { name, isEncrypted: (path) => path.some(matches) === whereMatched };
}

function expression(name: string, source: string): (key: string) => boolean {
  // Go may begin with flags (RE2 syntax); JavaScript takes them apart.
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?([^]*)$/.exec(source) ?? [];
  if (source.length > MAX_EXPRESSION || canExplode(body)) {
    throw new TreeError(`its '${name}' is too intricate for vantage`);
  }
  try {
    const compiled = new RegExp(body, `${flags}u`);
    return (key) => {
      if (key.length > MAX_KEY) throw new TreeError(`a key is too long for its '${name}'`);
      return compiled.test(key);
    };
  } catch {
    throw new TreeError(`its '${name}' is not an expression that vantage can use`);
  }
}

/**
 * Whether matching may take very long, which it never does in Go: much is repeated, or a group
 * is that repeats or chooses inside. A file must not be able to hang who reads it.
 */
function canExplode(source: string): boolean {
  const bare = source.replace(/\\./gs, "_").replace(/\[\^?\]?[^\]]*\]/g, "_");
  if ((bare.match(/[*+{]/g)?.length ?? 0) > MAX_REPETITIONS) return true;
  const groups: boolean[] = [];
  let inner = false;
  for (let at = 0; at < bare.length; at++) {
    const char = bare[at] ?? "";
    if (char === "(") {
      groups.push(inner);
      inner = false;
      if (bare[at + 1] === "?") at++; // part of the group's opening
    } else if (char === ")") {
      if (inner && /^[*+{]/.test(bare.slice(at + 1))) return true;
      inner = groups.pop() || inner;
    } else if (/[*+{|?]/.test(char)) inner = true;
  }
  return false;
}
