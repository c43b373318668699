/** Whether terminals can be made here: by `script` of util-linux. */
export const HAS_PTY = await isInstalled("script");

/** Whether a program is there. */
export async function isInstalled(program: string, args = ["--version"]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdin: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** How long a test waits for something on the screen before it fails (milliseconds). */
const PATIENCE_MS = 20_000;

/** A real terminal with a shell command in it, and a person at its keyboard. */
export interface Pty extends AsyncDisposable {
  /** All that was written to the terminal, with control sequences. */
  readonly text: string;
  /** Waits for a match behind `from`. Fails when the command ends without it. */
  shows(pattern: RegExp, from?: number): Promise<RegExpMatchArray>;
  type(keys: string): Promise<void>;
  readonly status: Promise<number>;
}

export const CTRL_C = "\x03";

/** Runs `command` (for `sh -c`) in a terminal of its own. */
export function openPty(
  command: string,
  { env = {}, columns = 80 }: { env?: Record<string, string>; columns?: number } = {},
): Pty {
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty rows 24 cols ${columns}; ${command}`, "/dev/null"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", SHELL: "/bin/sh", TERM: "xterm", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let text = "";
  let ended = false;
  let heard = Promise.withResolvers<void>();
  const wake = () => {
    heard.resolve();
    heard = Promise.withResolvers();
  };
  const reading = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      wake();
    }
    ended = true;
    wake();
  })();
  const status = (async () => {
    await reading;
    const { code } = await child.status;
    await keyboard.close().catch(() => {}); // the terminal may be gone already
    return code;
  })();
  return {
    get text() {
      return text;
    },
    async shows(pattern, from = 0) {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        wake();
      }, PATIENCE_MS);
      try {
        while (true) {
          const match = text.slice(from).match(pattern);
          if (match) return match;
          if (ended || late) {
            throw new Error(
              `The terminal ${late ? "never" : "ended and did not"} show ${pattern}:\n${text}`,
            );
          }
          await heard.promise;
        }
      } finally {
        clearTimeout(timer);
      }
    },
    type: (keys) => keyboard.write(new TextEncoder().encode(keys)),
    status,
    async [Symbol.asyncDispose]() {
      try {
        if (!ended) child.kill("SIGKILL"); // its end of the terminal closes, which hangs up the rest
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended by itself
      }
      await status;
    },
  };
}
