/** The steps of a login with the compiled program, and what tests look at when it has ended. */
import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import { type Arrival, browse, type PersonOptions } from "./person.ts";
import type { Home, Result, Running, RunOptions } from "./vantage.ts";

/** The flows, with a bound so that a test which fails leaves nothing running for long. */
export const DEVICE = ["login", "--flow", "device", "--timeout", "60s"];
export const BROWSER = ["login", "--flow", "browser", "--no-browser", "--timeout", "60s"];

/** The address where the person is to log in, once the program has shown it. */
export async function shownUrl(login: Pick<Running, "line">): Promise<string> {
  const [, json, text] = await login.line(
    /"event":"authorization_url","url":"([^"]+)"|^ {2}(https?:\/\/\S+)\n/m,
  );
  return json ?? text ?? "";
}

/** What the person needs for a device login, once the program has shown it. */
export async function shownCode(
  login: Pick<Running, "line">,
): Promise<{ verification_uri: string; user_code: string }> {
  const [, uri = "", code = ""] = await login.line(
    /open\s+(\S+)\nand enter the code (\S+)\n|"user_code":"([^"]+)","verification_uri":"([^"]+)"/,
  ).then(([, uri, code, jsonCode, jsonUri]) => ["", uri ?? jsonUri, code ?? jsonCode]);
  return { verification_uri: uri, user_code: code };
}

/** Goes through a browser login to its end. */
export async function logInByBrowser(
  home: Home,
  { args = [], person = {}, ...options }: RunOptions & {
    readonly args?: readonly string[];
    readonly person?: PersonOptions;
  } = {},
): Promise<{ result: Result; arrival: Arrival; url: string }> {
  const login = home.start([...BROWSER, "--json", ...args], options);
  const url = await shownUrl(login);
  const arrival = await browse(url, person);
  return { result: await login.result, arrival, url };
}

/** The callback address of this authorization request. */
export function redirectOf(authorizationUrl: string): URL {
  return new URL(new URL(authorizationUrl).searchParams.get("redirect_uri") ?? "");
}

/** The JSON lines among what was written to stderr. */
// deno-lint-ignore no-explicit-any -- whatever the program printed
export function jsonLines(result: Result): any[] {
  return result.stderr.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** Checks how a run with `--json` failed, and returns its error. */
export function assertFailed(
  result: Result,
  status: number,
  code: ErrorCode,
): { message: string; hint: string } {
  const { error } = jsonLines(result).at(-1) ?? {};
  assert.deepEqual([error?.code, result.status, result.stdout], [code, status, ""], result.stderr);
  assert.ok(error.hint, "It has no hint");
  return error;
}

export function assertDone(result: Result): void {
  assert.equal(result.status, 0, result.stderr);
}

/** The names of all files in the home, without locks and what can be fetched again. */
export async function files(home: Home): Promise<string[]> {
  const found: string[] = [];
  const walk = async (dir: string) => {
    for await (const entry of Deno.readDir(`${home.dir}/${dir}`)) {
      const path = dir + entry.name;
      if (entry.isDirectory) await walk(`${path}/`);
      else found.push(path);
    }
  };
  await walk("");
  return found.filter((path) => !path.endsWith(".lock") && !path.startsWith("cache/")).sort();
}

/** Checks that a login which failed left nothing behind, no half of a file either. */
export async function assertNothingStored(home: Home): Promise<void> {
  assert.deepEqual(await files(home), ["config.toml"]);
}

/** Whether somebody listens at the address. */
export async function isListening(url: URL): Promise<boolean> {
  try {
    const hostname = url.hostname.replace(/^\[|\]$/g, "");
    (await Deno.connect({ hostname, port: Number(url.port) })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
