import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Provider } from "./provider.ts";

/** The compiled program: `deno task test` makes it first. `VANTAGE_TEST_BINARY` names another. */
export const BINARY = Deno.env.get("VANTAGE_TEST_BINARY") ?? fileURLToPath(
  new URL(`../../dist/vantage${Deno.build.os === "windows" ? ".exe" : ""}`, import.meta.url),
);

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Run without `-vv`, which is given otherwise so that the search for secrets sees everything. */
  readonly quiet?: boolean;
}

/** A program that is running. */
export interface Running {
  readonly pid: number;
  /** Waits for a line of stderr and returns the match. Fails when the program ends without it. */
  line(pattern: RegExp): Promise<RegExpMatchArray>;
  write(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly result: Promise<Result>;
}

/** A throw-away `VANTAGE_HOME` with a profile for `provider`, and the program run in it. */
export interface Home extends AsyncDisposable {
  readonly dir: string;
  /** The token file of the profile `test`. */
  readonly tokenFile: string;
  run(args: string[], options?: RunOptions): Promise<Result>;
  start(args: string[], options?: RunOptions): Running;
  readRecord(): Promise<Record<string, unknown> & { session?: Record<string, unknown> }>;
  writeConfig(settings: Record<string, unknown>): Promise<void>;
}

/**
 * Makes a home. Every output of every run in it is searched for every secret that the provider
 * has issued; a run that prints one fails (stdout of `token` and `credential-helper` excepted,
 * which is there for that).
 */
export async function makeHome(
  provider: Provider | undefined,
  settings: Record<string, unknown> = {},
): Promise<Home> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-test-" });
  const home: Home = {
    dir,
    tokenFile: join(dir, "tokens", "vantage", "test.json"),
    async run(args, options = {}) {
      return await start(args, options).result;
    },
    start,
    async readRecord() {
      return JSON.parse(await Deno.readTextFile(home.tokenFile));
    },
    async writeConfig(settings) {
      const lines = Object.entries(settings).map(([key, value]) =>
        `${key} = ${JSON.stringify(value)}`
      );
      const text = `active_profile = "test"\n\n[profiles.test]\n${lines.join("\n")}\n`;
      await Deno.writeTextFile(join(dir, "config.toml"), text);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(dir, { recursive: true });
    },
  };
  await home.writeConfig({
    ...(provider && { issuer: provider.issuer, client_id: provider.clientId }),
    ...(provider?.caFile && { ca_file: provider.caFile }),
    ...settings,
  });
  return home;

  function start(args: string[], options: RunOptions = {}): Running {
    const child = new Deno.Command(BINARY, {
      args: options.quiet ? args : ["-vv", ...args],
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        VANTAGE_HOME: dir,
        // No desktop and no person: what a test wants of them it says.
        ...options.env,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdin = child.stdin.getWriter();
    const written = options.stdin === undefined
      ? Promise.resolve()
      : stdin.write(new TextEncoder().encode(options.stdin)).then(() => stdin.close());
    written.catch(() => {}); // it need not read what it is given
    let stderr = "";
    let ended = false;
    let heard = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += text;
        heard.resolve();
        heard = Promise.withResolvers();
      }
      ended = true;
      heard.resolve();
    })();
    const result = (async () => {
      const [stdout, status] = await Promise.all([
        new Response(child.stdout).text(),
        child.status,
        reading,
      ]);
      await stdin.close().catch(() => {}); // it may be closed or broken already
      const outcome = { status: status.code, stdout, stderr };
      searchForSecrets(provider, args, outcome);
      return outcome;
    })();
    return {
      pid: child.pid,
      async line(pattern) {
        while (true) {
          const match = stderr.match(pattern);
          if (match) return match;
          if (ended) throw new Error(`The program ended without ${pattern}:\n${stderr}`);
          await heard.promise;
        }
      },
      write: (text) => stdin.write(new TextEncoder().encode(text)),
      kill(signal) {
        try {
          child.kill(signal);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // it has ended by itself
        }
      },
      result,
    };
  }
}

function searchForSecrets(provider: Provider | undefined, args: string[], outcome: Result): void {
  const printsToken = ["token", "credential-helper"].some((name) => args.includes(name));
  for (const secret of provider?.secrets() ?? []) {
    if (outcome.stderr.includes(secret) || !printsToken && outcome.stdout.includes(secret)) {
      throw new Error(
        `\`vantage ${args.join(" ")}\` printed a secret:\n${outcome.stderr}${outcome.stdout}`,
      );
    }
  }
}
