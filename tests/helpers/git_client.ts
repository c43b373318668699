import assert from "node:assert/strict";
import { join } from "node:path";
import type { Provider } from "../support/provider.ts";
import { BINARY, type Home, type Result } from "../support/vantage.ts";

/** The real git, in a directory of its own, with the program as its credential helper. */
export interface GitClient extends AsyncDisposable {
  readonly dir: string;
  /** Runs git. What it and the helper write is searched for secrets. */
  git(args: string[], env?: Record<string, string>): Promise<Result>;
}

export interface GitClientOptions {
  readonly provider?: Provider;
  /** What stands behind `vantage credential-helper git`. */
  readonly args?: readonly string[];
  /** Call it by the name `git-credential-vantage`, as `helper = vantage` does. */
  readonly byName?: boolean;
  /** Further lines of the configuration. */
  readonly config?: string;
  readonly secrets?: readonly string[];
}

/** Sets git up as the documentation says. */
export async function gitClient(home: Home, options: GitClientOptions = {}): Promise<GitClient> {
  const { provider, args = [], byName = false, config = "", secrets = [] } = options;
  const dir = await Deno.makeTempDir({ prefix: "vantage-git-" });
  await Deno.mkdir(join(dir, "bin"));
  await Deno.symlink(BINARY, join(dir, "bin", "vantage"));
  await Deno.symlink(BINARY, join(dir, "bin", "git-credential-vantage"));
  const line = ["!vantage", "credential-helper", "git", ...args].join(" ");
  await Deno.writeTextFile(
    join(dir, "gitconfig"),
    `[credential]\n\thelper = ${byName ? "vantage" : line}\n` +
      `[user]\n\tname = Ada\n\temail = ada@example.com\n${config}`,
  );
  return {
    dir,
    async git(args, env = {}) {
      const child = new Deno.Command("git", {
        args,
        cwd: dir,
        clearEnv: true,
        env: {
          PATH: `${dir}/bin:${Deno.env.get("PATH")}`,
          HOME: dir,
          GIT_CONFIG_GLOBAL: join(dir, "gitconfig"),
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
          VANTAGE_HOME: home.dir,
          ...env,
        },
        stdin: "null",
      });
      const { code, stdout, stderr } = await child.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const result = { status: code, stdout: text(stdout), stderr: text(stderr) };
      for (const secret of [...provider?.secrets() ?? [], ...secrets]) {
        assert.ok(!(result.stdout + result.stderr).includes(secret), result.stderr);
      }
      return result;
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Adds entries of `[credential_helper.git]` to the settings. */
export async function mapHosts(home: Home, entries: Record<string, string>): Promise<void> {
  const lines = Object.entries(entries).map(([place, id]) =>
    `${JSON.stringify(place)} = ${JSON.stringify(id)}\n`
  );
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `\n[credential_helper.git]\n${lines.join("")}`,
    { append: true },
  );
}
