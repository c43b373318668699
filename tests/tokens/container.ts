import { join } from "node:path";
import { BINARY } from "../support/vantage.ts";
import { canMount } from "./mounts.ts";
import { isRoot, STRANGER } from "./run_as.ts";

/** What the program needs of a system: glibc, its loader, and /proc. */
const LIBRARIES = /(?:=> )?(\/\S*\/(?:ld-linux|libc|libm|libdl|libpthread|librt|libgcc_s)[-.]\S+)/g;

/** Whether a container can be made here. */
export const canContain = isRoot && canMount;

/**
 * The smallest container: a read-only root that holds the program and glibc, /proc, an unknown
 * user, no HOME, no /tmp, no /etc, and a data directory that it may write to. Its network is ours.
 */
export interface Container extends AsyncDisposable {
  /** Its `/data`, as it is called outside. */
  readonly data: string;
  /** The program and arguments that run `/vantage ARGS` inside, in this environment. */
  command(args: readonly string[], env: Record<string, string>): [string, string[]];
}

export async function makeContainer(): Promise<Container> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-container-" });
  const root = join(dir, "root");
  for (const part of ["proc", "data"]) await Deno.mkdir(join(root, part), { recursive: true });
  for (const library of await libraries()) {
    await Deno.mkdir(join(root, library, ".."), { recursive: true });
    await Deno.copyFile(await Deno.realPath(library), join(root, library));
  }
  await Deno.copyFile(BINARY, join(root, "vantage"));
  await Deno.chmod(join(root, "vantage"), 0o755);
  const data = join(dir, "data");
  await Deno.mkdir(data, { mode: 0o700 });
  await Deno.chown(data, STRANGER, STRANGER);
  await Deno.chmod(dir, 0o755);
  const chroot = (await output("sh", ["-c", "command -v chroot"])).trim();
  return {
    data,
    command(args, env) {
      // In a mount namespace of its own, which ends with the program.
      const script = `set -e
mount --bind -o ro "$1" "$1"
mount --bind "$2" "$1/data"
mount --rbind /proc "$1/proc"
root=$1; shift 2
exec env -i "$@"`;
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const enter = [
        chroot,
        `--userspec=${STRANGER}:${STRANGER}`,
        "--groups=",
        root,
        "/vantage",
      ];
      return ["unshare", [
        ...["--mount", "sh", "-c", script, "sh", root, data],
        ...[...variables, ...enter, "-vv", ...args],
      ]];
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

async function libraries(): Promise<string[]> {
  const found = [...(await output("ldd", [BINARY])).matchAll(LIBRARIES)];
  return found.map(([, path]) => path!);
}

async function output(program: string, args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout);
}
