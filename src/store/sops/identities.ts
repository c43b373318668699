import { join } from "node:path";
import { VantageError } from "../../errors.ts";
import { fileProblem } from "../../files.ts";
import { Secret } from "../../secret.ts";
import type { System } from "../../system.ts";
import { FileError } from "../../system.ts";
import { keyProblem } from "./problem.ts";

/** An age identity and where it was found. */
export interface Identity {
  readonly key: Secret;
  readonly place: string;
}

/** The person's age identities. */
export interface Identities {
  readonly found: readonly Identity[];
  /** Every place that was looked at, for who has none. */
  readonly searched: readonly string[];
}

type IdentitySystem = Pick<System, "env" | "files" | "platform">;

const OTHERS = 0o077;

/** Native identities, X25519 and post-quantum. Those of plug-ins are left to `sops` and `age`. */
const IDENTITY = /^AGE-SECRET-KEY-/;
const PLUGIN = /^AGE-PLUGIN-/;

/**
 * Where SOPS looks for age identities, and `identityFile` (of the settings) before that: all of
 * `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE` and `sops/age/keys.txt` in the user's settings directory.
 * They are read whenever they are asked for. Throws `store_key`, and `store_insecure` for a
 * file that others may read.
 */
export function sopsIdentities(
  system: IdentitySystem,
  identityFile?: string,
): () => Promise<Identities> {
  return () => readIdentities(system, identityFile);
}

async function readIdentities(system: IdentitySystem, own?: string): Promise<Identities> {
  const found: Identity[] = [];
  const searched: string[] = [];
  const addFile = async (path: string, mayBeMissing: boolean) => {
    searched.push(path);
    const text = await readPrivateText(system, path, mayBeMissing);
    found.push(...parse(text.split("\n"), path));
  };
  if (own !== undefined) await addFile(own, false);
  searched.push("SOPS_AGE_KEY");
  const given = system.env("SOPS_AGE_KEY");
  if (given !== undefined) found.push(...parse(given.split(/\s+/), "SOPS_AGE_KEY"));
  const named = system.env("SOPS_AGE_KEY_FILE");
  if (named === undefined) searched.push("SOPS_AGE_KEY_FILE");
  else await addFile(named, false);
  const standard = standardFile(system);
  if (standard !== undefined) await addFile(standard, true);
  return { found, searched };
}

/** The file that SOPS reads unasked; undefined where there is no home. */
function standardFile({ env, platform }: IdentitySystem): string | undefined {
  const [variable, fallback] = platform === "windows"
    ? ["APPDATA", undefined]
    : ["XDG_CONFIG_HOME", platform === "darwin" ? "Library/Application Support" : ".config"];
  const home = env("HOME");
  const base = env(variable) ??
    (fallback === undefined || home === undefined ? undefined : join(home, fallback));
  return base === undefined ? undefined : join(base, "sops", "age", "keys.txt");
}

/** The file's text, "" for one that may be missing and is. A symbolic link is followed, as `ssh` does. */
async function readPrivateText(
  { files }: IdentitySystem,
  path: string,
  mayBeMissing: boolean,
): Promise<string> {
  try {
    using file = await files.open(path, { read: true });
    // Of what was opened, so that nobody can exchange it in between.
    const { mode } = await file.stat();
    if (mode !== null && (mode & OTHERS) !== 0) {
      throw new VantageError(
        "store_insecure",
        `Refusing to use ${path}: its mode ${(mode & 0o777).toString(8).padStart(4, "0")} lets ` +
          "others read or change it",
        { hint: `If nobody else read the identity in it: chmod 600 ${path}` },
      );
    }
    return await file.readText();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (mayBeMissing && ["not-found", "not-a-directory"].includes(error.kind)) return "";
    throw keyProblem(
      `Cannot read the age identities in ${path}: ${fileProblem(error)}`,
      `Make one with \`age-keygen -o ${path}\`, or correct the path`,
    );
  }
}

function parse(lines: readonly string[], place: string): Identity[] {
  const unusable = (why: string) =>
    keyProblem(
      `Cannot use ${place}: ${why}`,
      "It takes lines that begin with AGE-SECRET-KEY-, as `age-keygen` prints them",
    );
  const found: Identity[] = [];
  for (const [index, untrimmed] of lines.entries()) {
    const line = untrimmed.trim();
    if (line === "" || line.startsWith("#") || PLUGIN.test(line)) continue;
    if (/^(-----BEGIN AGE|age-encryption\.org)/.test(line)) {
      throw unusable("it is protected by a passphrase");
    }
    // The line is not quoted: it may be most of a secret.
    if (!IDENTITY.test(line)) throw unusable(`line ${index + 1} is not an age identity`);
    found.push({ key: new Secret(line), place });
  }
  return found;
}
