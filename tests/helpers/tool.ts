import { join } from "node:path";
import type { Provider } from "../support/provider.ts";
import type { Home, Result } from "../support/vantage.ts";
import { BINARY } from "../support/vantage.ts";

/** A tool that asks somebody who is not there is ended, so that its test fails. */
const GIVE_UP_MS = 60_000;

/** Another tool as a user of ours has it set up: our program is on its PATH, under its names. */
export interface Tool extends AsyncDisposable {
  readonly dir: string;
  run(program: string, args: string[], options?: ToolOptions): Promise<Result>;
}

export interface ToolOptions {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  readonly cwd?: string;
}

/**
 * A directory for another tool's settings and files. What it prints is searched for the
 * secrets of `provider`, and of `others`.
 */
export async function makeTool(
  home: Home,
  provider: Provider | undefined,
  { env = {}, others = () => [] }: {
    readonly env?: Record<string, string>;
    readonly others?: () => readonly string[];
  } = {},
): Promise<Tool> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-tool-" });
  const bin = join(dir, "bin");
  await Deno.mkdir(bin);
  for (const name of ["vantage", "docker-credential-vantage", "git-credential-vantage"]) {
    await Deno.symlink(BINARY, join(bin, name));
  }
  return {
    dir,
    async run(program, args, options = {}) {
      const child = new Deno.Command(program, {
        args,
        cwd: options.cwd ?? dir,
        clearEnv: true,
        env: {
          PATH: `${bin}:${Deno.env.get("PATH") ?? ""}`,
          HOME: dir,
          VANTAGE_HOME: home.dir,
          ...env,
          ...options.env,
        },
        // Nothing to read is an end at once, also where a sibling has inherited a pipe of ours.
        stdin: options.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
        signal: AbortSignal.timeout(GIVE_UP_MS),
      }).spawn();
      const output = child.output();
      if (options.stdin !== undefined) {
        const stdin = child.stdin.getWriter();
        await stdin.write(new TextEncoder().encode(options.stdin)).catch(() => {});
        await stdin.close().catch(() => {}); // it need not read what it is given
      }
      const { code, stdout, stderr } = await output;
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const result = { status: code, stdout: text(stdout), stderr: text(stderr) };
      for (const secret of [...provider?.secrets() ?? [], ...others()]) {
        if (!(result.stdout + result.stderr).includes(secret)) continue;
        throw new Error(`\`${program} ${args[0]}\` printed a secret:\n${JSON.stringify(result)}`);
      }
      return result;
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}
