import { posix, win32 } from "node:path";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";

type SearchSystem = Pick<System, "env" | "files" | "platform" | "cwd">;

/** What a search for a program found; `denied` is a file that may not be run. */
export type FoundProgram =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "denied"; readonly path: string }
  | { readonly kind: "missing" };

export interface ProgramSearch {
  /** The value of PATH to search. */
  readonly search: string | undefined;
  /**
   * Only directories that are named in full: what is found by a name that nobody typed must not
   * depend on the directory one happens to be in.
   */
  readonly trusted?: boolean;
}

/** Finds a program as a shell does: by its path where the name has one, else along PATH. */
export async function findProgram(
  system: SearchSystem,
  name: string,
  { search, trusted = false }: ProgramSearch,
): Promise<FoundProgram> {
  const { resolve, join } = rules(system);
  if (name === "") return { kind: "missing" };
  if (/[/]/.test(name) || system.platform === "windows" && name.includes("\\")) {
    return await firstOf(system, [resolve(system.cwd(), name)]);
  }
  const places = directories(system, search, trusted).map((directory) => join(directory, name));
  return await firstOf(system, places);
}

/** The names of the programs along PATH that start with `prefix`, sorted. */
export async function programsNamed(system: SearchSystem, prefix: string): Promise<string[]> {
  const names = new Set<string>();
  for (const directory of directories(system, system.env("PATH"), true)) {
    for (const entry of await system.files.list(directory).catch(() => [])) {
      if (!entry.startsWith(prefix)) continue;
      const name = system.platform === "windows" ? entry.replace(/\.[^.]+$/, "") : entry;
      const path = rules(system).join(directory, entry);
      if ((await look(system, path)).kind === "found") names.add(name);
    }
  }
  return [...names].sort();
}

function directories(system: SearchSystem, path: string | undefined, trusted: boolean): string[] {
  const { delimiter, isAbsolute, resolve } = rules(system);
  const parts = (path ?? "").split(delimiter);
  if (trusted) return parts.filter((part) => isAbsolute(part));
  return parts.map((part) => resolve(system.cwd(), part)); // "" is where we are (POSIX, 8.3)
}

async function firstOf(system: SearchSystem, paths: readonly string[]): Promise<FoundProgram> {
  let denied: FoundProgram | undefined;
  for (const path of paths) {
    for (const extension of extensions(system)) {
      const found = await look(system, path + extension);
      if (found.kind === "found") return found;
      if (found.kind === "denied") denied ??= found;
    }
  }
  return denied ?? { kind: "missing" };
}

async function look({ files, platform }: SearchSystem, path: string): Promise<FoundProgram> {
  try {
    let facts = await files.stat(path);
    if (facts?.kind === "symlink") facts = await files.stat(await files.realPath(path));
    if (!facts) return { kind: "missing" };
    if (facts.kind !== "file") return { kind: "denied", path };
    const runs = platform === "windows" || ((facts.mode ?? 0) & 0o111) !== 0;
    return { kind: runs ? "found" : "denied", path };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.kind === "denied" ? { kind: "denied", path } : { kind: "missing" };
  }
}

/** What Windows tries behind a name, the name itself first. */
function extensions({ env, platform }: SearchSystem): string[] {
  if (platform !== "windows") return [""];
  return ["", ...(env("PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").split(";").filter(Boolean)];
}

const rules = ({ platform }: SearchSystem) => platform === "windows" ? win32 : posix;
