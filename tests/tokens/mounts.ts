/** Whether this process may mount. */
export const canMount = Deno.build.os === "linux" && await tryMount();

async function tryMount(): Promise<boolean> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-mount-" });
  try {
    await using _mounted = await mount(["-t", "tmpfs", "none"], dir);
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(dir);
  }
}

/** Mounts something on `dir` until disposed of. */
export async function mount(args: readonly string[], dir: string): Promise<AsyncDisposable> {
  await run("mount", [...args, dir]);
  return { [Symbol.asyncDispose]: () => run("umount", [dir]) };
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
}
