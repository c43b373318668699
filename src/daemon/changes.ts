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
  /** Files whose change may concern every account: settings, the list of accounts, a SOPS file. */
  readonly files: readonly string[];
  readonly stopping: AbortSignal;
  readonly onAccount: (id: AccountId) => void;
  readonly onAll: () => void;
}

/**
 * Tells which accounts may have changed under us, as the file system reports it. Nothing depends
 * on it but how early a token is renewed: whoever asks for one is answered from what is on disk.
 * Returns false where the system cannot tell.
 */
export async function watchChanges(
  parts: ChangesParts,
  watching: DisposableStack,
): Promise<boolean> {
  const { system, tokens, files } = parts;
  const news = new Set<AccountId | "all">();
  let collecting = false;
  const tell = (what: AccountId | "all") => {
    news.add(what);
    if (collecting) return;
    collecting = true;
    system.clock.sleep(SWARM_MS, parts.stopping).then(() => {
      collecting = false;
      const told = [...news];
      news.clear();
      if (told.includes("all")) return parts.onAll();
      const accounts = new Map(told.map((id) => [JSON.stringify(id), id as AccountId]));
      accounts.forEach(parts.onAccount);
    }, () => {});
  };
  try {
    await system.files.makeDir(tokens, 0o700);
    watching.use(system.watch(tokens, { recursive: true }, (paths) => {
      for (const path of paths) {
        // A directory that is new may have filled before it was watched.
        if (dirname(path) === tokens) tell("all");
        const id = accountOf(path);
        if (id) tell(id);
      }
    }));
    for (const dir of new Set(files.map((path) => dirname(path)))) {
      await system.files.makeDir(dir, 0o700);
      watching.use(system.watch(dir, { recursive: false }, (paths) => {
        if (paths.some((path) => files.includes(path))) tell("all");
      }));
    }
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return false;
  }
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
