/**
 * From source files to a program: `deno bundle`, then `deno compile`.
 *
 * Equal sources give equal bytes, wherever and whenever they are built. What `deno compile`
 * embeds beside the bundle would prevent that, so it is kept out: the files' times (set to the
 * epoch), their place (they are alone in a directory), deno.json and the lock file (a bundle needs
 * neither), and the settings in the builder's environment (only {@link PASSED_ON} is handed down;
 * `OTEL_DENO` or `DENO_V8_FLAGS` would otherwise become those of every user).
 */
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { denort } from "./denort.ts";
import { Failure } from "./script.ts";
import { programName, type Target } from "./targets.ts";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * What the program may do. Where a permission has no list, what it names is the user's choice:
 * nothing narrower would let every command work.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-net", // any provider and API, and the listener for the browser's answer
  "--allow-read", // --home, --input, a certificate file: any path the user gives
  "--allow-write", // as for reading
  "--allow-run", // the browser, $EDITOR, vantage-NAME programs, `exec`
  "--allow-env", // `exec` hands the whole environment down
  "--allow-sys=uid", // files are refused when another user owns them
  "--deny-import", // without it a few public hosts are allowed to supply code
];

/** What it may do beside that on one system only. */
function permissionsOf(target: Target): string[] {
  // Credential Manager has no other door, and pointers to its structures need the permission
  // without a list. `system/deno_credentials.ts` alone uses it, for two libraries of Windows.
  return target.includes("windows") ? ["--allow-ffi"] : [];
}

/**
 * `--no-prompt`: a missing permission is an error, never a question. `--no-code-cache`: the cache
 * would be a file with a predictable name in the shared temporary directory, read without a look
 * at its owner.
 */
const COMPILE_OPTIONS = [
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-prompt",
  "--no-code-cache",
];

/**
 * V8 would let the memory for short-lived objects grow to 32 MiB and keep it: for a daemon that is
 * more than all it needs. No command is slower for it (docs/decisions/0013-daemon.md).
 */
const V8_OPTIONS = "--v8-flags=--max-semi-space-size=2,--memory-saver-mode";

/** The variables that Deno needs to find its cache, the network and a temporary directory. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "XDG_CACHE_HOME",
  "DENO_DIR",
  "TMPDIR",
  "TEMP",
  "TMP",
  "USERPROFILE",
  "LOCALAPPDATA",
  "APPDATA",
  "SystemRoot",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "NPM_CONFIG_REGISTRY",
  "npm_config_registry",
  "DENO_CERT",
];

/** Where the runtime comes from: Deno's own host, or a file of ours. */
export type Runtime = { official: true } | { official: false; path: string };

const OFFICIAL_HOST = "https://dl.deno.land";
/** Networks that block the host often drop packets instead of refusing. */
const OFFICIAL_TIMEOUT_MS = 4_000;

let officialAnswers: Promise<boolean> | undefined;

/** Deno's own runtime where its host answers, else the one from the npm registry. */
export async function findRuntime(target: Target): Promise<Runtime> {
  officialAnswers ??= probeOfficialHost(target);
  if (await officialAnswers) return { official: true };
  return { official: false, path: await denort(target) };
}

async function probeOfficialHost(target: Target): Promise<boolean> {
  const url = `${OFFICIAL_HOST}/release/v${Deno.version.deno}/denort-${target}.zip`;
  try {
    const signal = AbortSignal.timeout(OFFICIAL_TIMEOUT_MS);
    const response = await fetch(url, { method: "HEAD", signal });
    return response.ok;
  } catch {
    return false; // unreachable is an answer here, and the caller has another way
  }
}

/**
 * Bundles `entry` (relative to `root`, where deno.json is) into the directory `output`, which
 * must not exist yet, and returns the path of the entry there. Throws {@link Failure}.
 */
export async function bundle(entry: string, output: string, root = ROOT): Promise<string> {
  // Split, so that a command loads only its own part. In one file of 600 kB, reading it takes
  // 12 ms at every start, and the first error thrown, even one that is caught, as long again.
  // Not minified: that breaks packages in the CommonJS format, and start-up gains nothing.
  await deno(
    [
      ...["bundle", "--platform", "deno", "--code-splitting"],
      // Of `graphql` Deno would take the CommonJS build, which is bundled whole.
      ...["--conditions", "module-sync"],
      ...["--outdir", output, entry],
    ],
    root,
  );
  for await (const { name } of Deno.readDir(output)) await Deno.utime(join(output, name), 0, 0);
  return join(output, basename(entry).replace(/\.ts$/, ".js"));
}

/**
 * Compiles a bundle (absolute path of its entry), alone in its directory, to `program` beside
 * that directory and returns the path. Throws {@link Failure}.
 */
export async function compileBundle(
  entry: string,
  target: Target,
  runtime: Runtime,
): Promise<string> {
  const directory = dirname(entry);
  const output = join(dirname(directory), programName("program", target));
  await deno(
    [
      ...["compile", ...COMPILE_OPTIONS, V8_OPTIONS, ...PERMISSIONS, ...permissionsOf(target)],
      ...["--target", target, "-o", output, entry],
    ],
    directory,
    runtime.official ? {} : { DENORT_BIN: runtime.path },
  );
  return output;
}

/** Runs this Deno quietly. `-q` is not used, because `deno compile` would embed that too. */
async function deno(args: string[], cwd: string, extra: Record<string, string> = {}) {
  const env: Record<string, string> = {
    DENO_TLS_CA_STORE: "mozilla,system", // companies re-sign TLS with an authority of their own
    NO_COLOR: "1",
    ...extra,
  };
  for (const name of PASSED_ON) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  const command = new Deno.Command(Deno.execPath(), { args, cwd, env, clearEnv: true });
  const { success, stderr } = await command.output();
  if (!success) {
    throw new Failure(`Cannot ${args[0]} '${args.at(-1)}'\n${new TextDecoder().decode(stderr)}`);
  }
}
