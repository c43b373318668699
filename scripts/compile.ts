/** `deno task compile`: builds the program for this machine, for one target or for all. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle, compileBundle, findRuntime, ROOT } from "./program.ts";
import { Failure, runScript, say, warn } from "./script.ts";
import { hostTarget, isTarget, programName, type Target, TARGETS } from "./targets.ts";

const USAGE = `usage: deno task compile [--target TARGET | --all] [--output DIR] [--release]

Builds DIR/vantage for this machine, DIR/vantage-TARGET for --target, or all of them and
DIR/SHA256SUMS for --all. Equal sources give equal bytes.

  --target TARGET   one of ${TARGETS.join("\n                    ")}
  --all             every target
  --output DIR      where to put the programs (default: dist)
  --release         fail unless the runtime comes from Deno's own host
  --help            show this`;

const NOT_FOR_RELEASE = `
##############################################################################
# NOT FOR RELEASE: Deno's own host does not answer, so this build embeds a   #
# runtime carved from an npm package (pinned and hash-checked). Good enough  #
# for development and tests. For a release, build where dl.deno.land answers.#
##############################################################################
`;

export interface CompileOptions {
  targets: readonly Target[];
  /** Absolute path of the directory for the programs; made when it is missing. */
  output: string;
  /** Also write `vantage` for this machine. */
  host: boolean;
  /** Refuse a runtime that is not from Deno's own host. */
  release: boolean;
}

/** Builds the program and returns the paths of what was made. Throws {@link Failure}. */
export async function compile(options: CompileOptions): Promise<string[]> {
  const { output, host, release } = options;
  const here = host ? hostTarget() : undefined;
  const targets = new Set(here ? [here, ...options.targets] : options.targets);
  await Deno.mkdir(output, { recursive: true });
  // In the output directory, so that the last step is a rename and replaces a running program.
  const work = await Deno.makeTempDir({ dir: output, prefix: ".build-" });
  try {
    const entry = await bundle("src/main.ts", join(work, "bundle"));
    const made: string[] = [];
    let warned = false;
    for (const target of targets) {
      const runtime = await findRuntime(target);
      if (!runtime.official && release) {
        throw new Failure("Cannot build a release: Deno's own host does not answer");
      }
      if (!runtime.official && !warned) warn(NOT_FOR_RELEASE);
      warned ||= !runtime.official;
      const program = await compileBundle(entry, target, runtime);
      const wanted = options.targets.includes(target);
      if (target === here) {
        const path = join(output, programName("vantage", target));
        if (wanted) await Deno.copyFile(program, `${program}.host`);
        await Deno.rename(wanted ? `${program}.host` : program, path);
        made.push(path);
      }
      if (wanted) {
        const path = join(output, programName(`vantage-${target}`, target));
        await Deno.rename(program, path);
        made.push(path);
      }
    }
    return made;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** `SHA256SUMS` in the format of `sha256sum`, for the programs of all targets. */
async function writeSums(output: string): Promise<string> {
  let text = "";
  for (const target of TARGETS) {
    const name = programName(`vantage-${target}`, target);
    const bytes = await Deno.readFile(join(output, name));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    text += `${digest.toHex()}  ${name}\n`;
  }
  const path = join(output, "SHA256SUMS");
  await Deno.writeTextFile(path, text);
  return path;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        target: { type: "string" },
        all: { type: "boolean", default: false },
        output: { type: "string", default: join(ROOT, "dist") },
        release: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error));
  }
}

const wrongUsage = (problem: string) => new Failure(`${problem}\n\n${USAGE}`, 2);

async function main(): Promise<void> {
  const values = parse(Deno.args);
  const { target, all, release, help } = values;
  if (help) return say(USAGE);
  if (target !== undefined && all) throw wrongUsage("Cannot use '--target' and '--all' together");
  if (target !== undefined && !isTarget(target)) throw wrongUsage(`Unknown target '${target}'`);

  // A task runs at the root; a relative path is meant from where the person is.
  const output = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), values.output);
  const targets = all ? TARGETS : target === undefined ? [] : [target];
  const made = await compile({ targets, output, host: target === undefined, release });
  if (all) made.push(await writeSums(output));
  for (const path of made) {
    const { size } = await Deno.stat(path);
    say(size < 1e6 ? path : `${path}  ${(size / 1e6).toFixed(1)} MB`);
  }
}

if (import.meta.main) await runScript("compile", main);
