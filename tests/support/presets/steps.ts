/** The life of an account at a provider, step by step, by the compiled program. */
import assert from "node:assert/strict";
import { assertDone, shownUrl } from "../login.ts";
import { browse } from "../person.ts";
import type { Home, Result } from "../vantage.ts";

/** Logs the account `work` in by a browser that agrees to everything, as the preset would. */
export async function logIn(
  home: Home,
  service: string,
  ...args: string[]
): Promise<{ result: Result; url: URL }> {
  const login = home.start([
    ...["login", service, "work", "--no-browser", "--timeout", "60s", "--json"],
    ...args,
  ]);
  const url = await shownUrl(login);
  await browse(url);
  return { result: await login.result, url: new URL(url) };
}

/** The login that has to succeed, and the address that the browser was sent to. */
export async function loggedIn(home: Home, service: string, ...args: string[]): Promise<URL> {
  const { result, url } = await logIn(home, service, ...args);
  assertDone(result);
  return url;
}

/** The token of the account `work`. */
export async function tokenOf(home: Home, service: string): Promise<string> {
  const result = await home.run(["token", service, "work"]);
  assertDone(result);
  return result.stdout.trimEnd();
}

/** Forces a refresh, after which the token has to be another one. */
export async function refreshed(home: Home, service: string): Promise<void> {
  const before = await tokenOf(home, service);
  assertDone(await home.run(["refresh", service, "work"]));
  assert.notEqual(await tokenOf(home, service), before);
}

// deno-lint-ignore no-explicit-any -- whatever the program printed
export async function json(home: Home, ...args: string[]): Promise<any> {
  const result = await home.run([...args, "--json"]);
  assertDone(result);
  return JSON.parse(result.stdout);
}

/** Logs out, and says whether the provider revoked the tokens, and why not. */
export async function loggedOut(
  home: Home,
  service: string,
): Promise<[revoked: boolean, reason: string | null]> {
  const { accounts: [account] } = await json(home, "logout", service, "work");
  assert.equal((await home.run(["token", service, "work", "--check"])).status, 4);
  return [account.revoked, account.not_revoked_because];
}

/** Stores a client secret from stdin. */
export async function storeSecret(home: Home, service: string, secret: string): Promise<void> {
  const args = ["provider", "set", service, "client_secret", "-"];
  assertDone(await home.run(args, { stdin: `${secret}\n` }));
}

/** The saved session of the account `work`. */
export async function sessionOf(home: Home, service: string): Promise<Record<string, unknown>> {
  const text = await Deno.readTextFile(`${home.dir}/tokens/${service}/work.json`);
  return JSON.parse(text).session;
}
