import { join } from "node:path";
import type { Provider } from "../support/provider.ts";
import { BINARY, type Result } from "../support/vantage.ts";

/** A user that no system knows. */
export const STRANGER = 12345;

export const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** Gives everything below `dir`, and `dir`, to {@link STRANGER}. */
export async function giveAway(dir: string): Promise<void> {
  await Deno.chown(dir, STRANGER, STRANGER);
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (isDirectory) await giveAway(path);
    else await Deno.chown(path, STRANGER, STRANGER);
  }
}

/** A copy of the program where every user may run it. */
export async function publicProgram(): Promise<{ path: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-bin-" });
  await Deno.chmod(dir, 0o755);
  const path = join(dir, "vantage");
  await Deno.copyFile(BINARY, path);
  await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** Runs `program` (as {@link STRANGER} unless told) and searches stderr for secrets. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { env: Record<string, string>; provider: Provider; uid?: number },
): Promise<Result> {
  const { env, provider, uid = STRANGER } = options;
  const child = new Deno.Command(program, {
    args: ["-vv", ...args],
    clearEnv: true,
    env,
    uid,
    gid: uid,
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const result = { status: code, stdout: text(stdout), stderr: text(stderr) };
  for (const secret of provider.secrets()) {
    if (result.stderr.includes(secret)) throw new Error(`A secret was printed: ${result.stderr}`);
  }
  return result;
}
