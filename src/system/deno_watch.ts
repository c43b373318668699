import { fileError } from "./deno_files.ts";

/** See `System.watch`. Nothing runs until the system has something to tell. */
export function watch(
  dir: string,
  { recursive }: { readonly recursive: boolean },
  changed: (paths: readonly string[]) => void,
): Disposable {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(dir, { recursive });
  } catch (error) {
    throw fileError(dir, error);
  }
  let closed = false;
  const listen = async () => {
    for await (const { kind, paths } of watcher) {
      if (!closed && kind !== "access") changed(paths); // a file was closed, which says nothing
    }
  };
  listen();
  return {
    [Symbol.dispose]() {
      if (!closed) watcher.close();
      closed = true;
    },
  };
}
