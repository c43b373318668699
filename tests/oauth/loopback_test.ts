import assert from "node:assert/strict";
import { listenForCallback } from "../../src/oauth/loopback.ts";
import { ListenError } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";

const CALLBACK = { host: "127.0.0.1", port: 0, path: "/callback" };
const STATE = "the-state-of-this-login";
const never = () => new AbortController().signal;

/** A machine where listening on some addresses fails. */
function machine(failing: Record<string, ListenError>) {
  const tried: string[] = [];
  const listen: ReturnType<typeof denoSystem>["listen"] = (host, port, handler) => {
    tried.push(host);
    if (failing[host]) throw failing[host];
    return denoSystem().listen(host, port, handler);
  };
  return { system: { listen }, tried };
}

const absent = new ListenError(false, new Error("Cannot assign requested address"));
const inUse = new ListenError(true, new Error("Address already in use"));

Deno.test("listenForCallback() listens on ::1 when there is no IPv4", async () => {
  const { system } = machine({ "127.0.0.1": absent });
  await using listener = listenForCallback(system, CALLBACK, STATE, never());
  assert.match(listener.redirectUri, /^http:\/\/\[::1\]:\d+\/callback$/);
  const answer = fetch(`${listener.redirectUri}?state=${STATE}&code=x`);
  assert.equal((await listener.arrived).searchParams.get("code"), "x");
  listener.finish("success");
  const page = await answer;
  assert.equal(page.status, 200);
  await page.body?.cancel();
});

Deno.test("listenForCallback() keeps the host that is registered when it is localhost", async () => {
  for (const failing of [{}, { "127.0.0.1": absent }]) {
    const { system } = machine(failing);
    await using listener = listenForCallback(
      system,
      { ...CALLBACK, host: "localhost" },
      STATE,
      never(),
    );
    assert.match(listener.redirectUri, /^http:\/\/localhost:\d+\/callback$/);
  }
});

Deno.test("listenForCallback() takes no other address when the port is in use", () => {
  const { system, tried } = machine({ "127.0.0.1": inUse });
  const listen = () => listenForCallback(system, { ...CALLBACK, port: 1455 }, STATE, never());
  assert.throws(listen, { message: /^Cannot listen on 127.0.0.1:1455: Address already in use$/ });
  assert.deepEqual(tried, ["127.0.0.1"]);
});

Deno.test("listenForCallback() names another flow when nothing can be listened on", () => {
  const { system, tried } = machine({ "127.0.0.1": absent, "::1": absent });
  const listen = () => listenForCallback(system, CALLBACK, STATE, never());
  assert.throws(listen, { hint: "Log in with `vantage login --flow device`" });
  assert.deepEqual(tried, ["127.0.0.1", "::1"]);
});

Deno.test("listenForCallback() leaves no default port in the redirect URI", async () => {
  const listen = () => ({ port: 80, close: () => Promise.resolve() });
  await using listener = listenForCallback({ listen }, { ...CALLBACK, port: 80 }, STATE, never());
  assert.equal(listener.redirectUri, "http://127.0.0.1/callback");
  assert.equal(listener.accept(`http://127.0.0.1:80/callback?state=${STATE}`), true);
});

Deno.test("listenForCallback() takes the first address only when several are pasted", async () => {
  await using listener = listenForCallback(denoSystem(), CALLBACK, STATE, never());
  assert.equal(listener.accept(`${listener.redirectUri}?state=${STATE}&code=1`), true);
  assert.equal(listener.accept(`${listener.redirectUri}?state=${STATE}&code=2`), false);
  assert.equal((await listener.arrived).searchParams.get("code"), "1");
});

Deno.test("listenForCallback() ends with the signal's reason when it aborts", async () => {
  const interruption = new AbortController();
  await using listener = listenForCallback(denoSystem(), CALLBACK, STATE, interruption.signal);
  interruption.abort(new Error("Interrupted"));
  await assert.rejects(listener.arrived, { message: "Interrupted" });
});

Deno.test("listenForCallback() lets the waiting browser go when it is disposed of", async () => {
  const listener = listenForCallback(denoSystem(), CALLBACK, STATE, never());
  const answer = fetch(`${listener.redirectUri}?state=${STATE}&code=x`);
  await listener.arrived;
  await listener[Symbol.asyncDispose]();
  const page = await answer;
  assert.equal(page.status, 400);
  await page.body?.cancel();
});
