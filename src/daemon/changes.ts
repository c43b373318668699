import { basename, dirname } from "node:path";
import { CHANGED_SUFFIX, decodeName } from "../store/lock_files.ts";
import type { AccountId } from "../store/store.ts";
import type { System } from "../system.ts";
import { FileError } from "../system.ts";

/** Changes come in swarms: those of so long (milliseconds) are told together. */
const SWARM_MS = 100;

interface ChangesParts {
  readonly system: Pick<System, "files" | "clock" | "watch">;
  /** The directory of the accounts' records and locks. */
  readonly tokens: string;
  /** The settings file and the list of accounts. */
  readonly settings: string;
  readonly list: string;
  readonly stopping: AbortSignal;
  readonly onAccount: (id: AccountId) => void;
  readonly onList: () => void;
  readonly onSettings: () => void;
}

/**
 * Tells what may have changed under us, as the file system reports it. Nothing depends on it but
 * how early a token is renewed: whoever asks for one is answered from what is on disk. Returns
 * false where the system cannot tell.
 */
export async function watchChanges(
  parts: ChangesParts,
  watching: DisposableStack,
): Promise<boolean> {
  const { system, tokens, settings, list } = parts;
  const tell = inSwarms(parts);
  try {
    await system.files.makeDir(tokens, 0o700);
    watching.use(system.watch(tokens, { recursive: true }, (paths) => {
      for (const path of paths) {
        // A directory that is new may have filled before it was watched.
        if (dirname(path) === tokens) tell("list");
        const id = accountOf(path);
        if (id) tell(id);
      }
    }));
    for (const dir of new Set([settings, list].map((path) => dirname(path)))) {
      await system.files.makeDir(dir, 0o700);
      watching.use(system.watch(dir, { recursive: false }, (paths) => {
        if (paths.includes(settings)) tell("settings");
        if (paths.includes(list)) tell("list");
      }));
    }
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return false;
  }
}

/** Collects what has changed, and tells it once for a swarm. */
function inSwarms(parts: ChangesParts): (what: AccountId | "list" | "settings") => void {
  const { system, stopping, onAccount, onList, onSettings } = parts;
  let swarm: Map<string, AccountId | "list" | "settings"> | undefined;
  const report = () => {
    const told = swarm ?? new Map();
    swarm = undefined;
    for (const what of told.values()) {
      if (what === "settings") onSettings();
      else if (what === "list") onList();
      else onAccount(what);
    }
  };
  return (what) => {
    if (!swarm) {
      swarm = new Map();
      system.clock.sleep(SWARM_MS, stopping).then(report, () => {});
    }
    swarm.set(JSON.stringify(what), what);
  };
}

/** Whose record a path is, or whose change it tells of. */
function accountOf(path: string): AccountId | undefined {
  const name = basename(path);
  const suffix = [".json", CHANGED_SUFFIX].find((suffix) => name.endsWith(suffix));
  if (suffix === undefined || name.startsWith(".")) return undefined;
  return {
    service: decodeName(basename(dirname(path))),
    account: decodeName(name.slice(0, -suffix.length)),
  };
}
