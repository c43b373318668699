/** A program to name in `BROWSER`: it writes down the arguments it was started with. */
export interface FakeBrowser extends AsyncDisposable {
  readonly path: string;
  /** Waits until it has been started, and gives its arguments. */
  started(): Promise<string[]>;
  /** How often it has been started so far. */
  count(): Promise<number>;
}

const POLL_MS = 10;
const PATIENCE_MS = 30_000;

/** Makes one. A directory of its own holds the program and what it writes down. */
export async function makeFakeBrowser(name = "browser"): Promise<FakeBrowser> {
  const dir = await Deno.makeTempDir({ prefix: "fake-browser-" });
  const path = `${dir}/${name}`;
  // One file a start, complete as soon as it has its name. NUL ends an argument.
  const script = `#!/bin/sh
[ $# -eq 0 ] || printf '%s\\0' "$@" > "$0.$$.part"
mv "$0.$$.part" "$0.$$.started"
`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  const starts = async () =>
    (await Array.fromAsync(Deno.readDir(dir))).filter((entry) => entry.name.endsWith(".started"));
  return {
    path,
    async started() {
      for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
        const [first] = await starts();
        if (first) {
          return (await Deno.readTextFile(`${dir}/${first.name}`)).split("\0").slice(0, -1);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      throw new Error("The browser was not started");
    },
    count: async () => (await starts()).length,
    async [Symbol.asyncDispose]() {
      await Deno.remove(dir, { recursive: true });
    },
  };
}
