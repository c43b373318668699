/** The program as a client of the provider's API, and what tests look at when it has ended. */
import assert from "node:assert/strict";
import { ERROR_CODES, type ErrorCode } from "../../src/errors.ts";
import { homeWithSession, type Life } from "../tokens/sessions.ts";
import { jsonLines } from "./login.ts";
import type { Provider } from "./provider.ts";
import { BINARY, type Home, type Result } from "./vantage.ts";

export type ApiHome = Awaited<ReturnType<typeof homeWithApi>>;

/**
 * A home with a session, whose profile's API is the provider's: behind its front, where faults
 * are injected, or direct.
 */
export async function homeWithApi(
  provider: Provider,
  { at = "direct", life = "fresh", settings = {} }: {
    readonly at?: "front" | "direct";
    readonly life?: Life;
    readonly settings?: Record<string, unknown>;
  } = {},
) {
  const url = at === "front" ? provider.apiUrl : provider.apiDirect;
  return await homeWithSession(provider, life, {
    api_url: url,
    graphql_url: `${url}/graphql`,
    ...settings,
  });
}

/** Runs the program to its end, its stdout as bytes. */
export async function runForBytes(
  home: Home,
  provider: Provider,
  args: readonly string[],
  { stdin, mayPrintToken = false }: {
    readonly stdin?: Uint8Array;
    /** The API itself answers with the token. */
    readonly mayPrintToken?: boolean;
  } = {},
): Promise<{ status: number; stdout: Uint8Array<ArrayBuffer>; stderr: string }> {
  const child = new Deno.Command(BINARY, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", VANTAGE_HOME: home.dir },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const written = (async () => {
    if (stdin) await writer.write(stdin);
    await writer.close();
  })();
  written.catch(() => {}); // it need not read what it is given
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  for (const secret of provider.secrets()) {
    const shown = text + (mayPrintToken ? "" : new TextDecoder("latin1").decode(stdout));
    assert.ok(!shown.includes(secret), `\`vantage ${args.join(" ")}\` printed a secret`);
  }
  return { status: code, stdout, stderr: text };
}

/** A program whose answer is looked at while it runs. */
export interface Following {
  /** Waits until stdout is so. Fails when the program ends before. */
  prints(pattern: RegExp): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly result: Promise<Result>;
}

/** Starts the program. */
export function follow(home: Home, args: readonly string[]): Following {
  const child = new Deno.Command(BINARY, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", VANTAGE_HOME: home.dir },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "";
  let ended = false;
  let heard = Promise.withResolvers<void>();
  const read = async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += text;
      heard.resolve();
      heard = Promise.withResolvers();
    }
    ended = true;
    heard.resolve();
  };
  const result = (async () => {
    const [stderr, { code }] = await Promise.all([
      new Response(child.stderr).text(),
      child.status,
      read(),
    ]);
    return { status: code, stdout, stderr };
  })();
  return {
    async prints(pattern) {
      while (!pattern.test(stdout)) {
        if (ended) assert.fail(`It ended without ${pattern}: ${(await result).stderr}`);
        await heard.promise;
      }
    },
    kill: (signal) => child.kill(signal),
    result,
  };
}

/** Checks that a run is done, and returns the JSON that it answered. */
// deno-lint-ignore no-explicit-any -- whatever the API answered
export function answered(result: Result): any {
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout);
}

/** Checks how a run with `--json` failed, whatever it printed before, and returns its error. */
export function assertApiFailed(
  result: Pick<Result, "status" | "stderr">,
  code: ErrorCode,
): { message: string; hint: string } {
  const [line] = result.stderr.split("\n").filter((line) => line.startsWith('{"error"'));
  assert.ok(line, result.stderr);
  const { error } = jsonLines({ status: 0, stdout: "", stderr: line })[0];
  assert.deepEqual([error.code, result.status], [code, ERROR_CODES[code][0]], result.stderr);
  assert.ok(error.hint, "It has no hint");
  return error;
}

/** The targets that the API was asked for, in order, as `METHOD /path?query`. */
export function asked({ apiState }: Provider): string[] {
  return apiState.seen.map(({ method, url }) => `${method} ${url.pathname}${url.search}`);
}
