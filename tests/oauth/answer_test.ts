import assert from "node:assert/strict";
import { successfulAnswer } from "../../src/oauth/answer.ts";
import { ProviderError } from "../../src/oauth/provider_error.ts";

async function refused(response: Response): Promise<ProviderError> {
  const error = await successfulAnswer(response, "The token endpoint").catch((error) => error);
  assert(error instanceof ProviderError, `${error}`);
  return error;
}

const accepted = async (body: unknown, init?: ResponseInit, status?: number) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return await successfulAnswer(new Response(text, init), "The token endpoint", status);
};

Deno.test("successfulAnswer() takes a JSON object when the content type says otherwise", async () => {
  const answer = await accepted({ a: 1 }, { headers: { "content-type": "text/html" } });
  assert.deepEqual(await answer.json(), { a: 1 });
  assert.equal(answer.headers.get("content-type"), "application/json");
});

Deno.test("successfulAnswer() answers with the expected status when it was another success", async () => {
  assert.equal((await accepted({}, { status: 201 }, 200)).status, 200);
  assert.equal((await accepted({}, { status: 200 }, 201)).status, 201);
});

Deno.test("successfulAnswer() keeps the date and the nonce and no other header", async () => {
  const headers = { date: "Tue, 01 Jan 2030 00:00:00 GMT", "dpop-nonce": "n", "set-cookie": "a=b" };
  const answer = await accepted({}, { headers });
  assert.deepEqual([...answer.headers.keys()].sort(), ["content-type", "date", "dpop-nonce"]);
});

Deno.test("successfulAnswer() leaves out members that are null", async () => {
  const answer = await accepted({ access_token: "t", refresh_token: null, scope: null });
  assert.deepEqual(await answer.json(), { access_token: "t" });
});

Deno.test("successfulAnswer() leaves out a refresh token that is empty", async () => {
  assert.deepEqual(await (await accepted({ refresh_token: "" })).json(), {});
});

const LIVES: [given: unknown, kept: number | undefined][] = [
  [3600, 3600],
  ["3600", 3600],
  [0.5, 0.5],
  [1e99, 315_360_000],
  [0, undefined],
  ["0", undefined],
  [-1, undefined],
  ["soon", undefined],
  [true, undefined],
  [null, undefined],
  [{}, undefined],
];
for (const [given, kept] of LIVES) {
  Deno.test(`successfulAnswer() makes ${kept} of expires_in when it is ${JSON.stringify(given)}`, async () => {
    const body = await (await accepted({ expires_in: given })).json();
    assert.deepEqual(body, kept === undefined ? {} : { expires_in: kept });
  });
}

for (const body of ["", "<html>", "[]", "1", "null", '"text"', '{"a":']) {
  Deno.test(`successfulAnswer() refuses a success when its body is '${body}'`, async () => {
    const error = await refused(new Response(body));
    assert.deepEqual([error.kind, error.code], ["unusable", "provider_answer"]);
    assert.match(error.message, /^The token endpoint answered 200 without a JSON object$/);
  });
}

const KINDS: [status: number, body: unknown, kind: ProviderError["kind"], exit: number][] = [
  [400, { error: "invalid_grant" }, "refused", 4],
  [401, { error: "invalid_client" }, "refused", 4],
  [200, { error: "bad_refresh_token" }, "refused", 4],
  [400, { error: "temporarily_unavailable" }, "unavailable", 5],
  [400, { error: "server_error" }, "unavailable", 5],
  [408, undefined, "unavailable", 5],
  [429, { error: "slow_down" }, "unavailable", 5],
  [500, "<html>", "unavailable", 5],
  [503, { error: "invalid_grant" }, "unavailable", 5],
  [400, "<html>", "unusable", 5],
  [400, { error: 5 }, "unusable", 5],
  [404, undefined, "unusable", 5],
  [302, { error: "invalid_grant" }, "unusable", 5],
];
for (const [status, body, kind, exit] of KINDS) {
  Deno.test(`successfulAnswer() judges ${status} with ${JSON.stringify(body)} as ${kind}`, async () => {
    const text = typeof body === "string" ? body : JSON.stringify(body) ?? "";
    const error = await refused(new Response(text, { status }));
    assert.deepEqual([error.kind, error.status, error.exitStatus], [kind, status, exit]);
  });
}

Deno.test("successfulAnswer() says what the provider said when it refuses", async () => {
  const body = { error: "invalid_scope", error_description: "No such scope" };
  const error = await refused(Response.json(body, { status: 400 }));
  assert.equal(error.oauthError, "invalid_scope");
  assert.equal(error.message, "The token endpoint answered 400: invalid_scope (No such scope)");
});

for (
  const challenge of ['Bearer realm="x", error="invalid_token"', "DPoP error=invalid_token, algs=x"]
) {
  Deno.test(`successfulAnswer() finds the error when only a challenge names it: ${challenge}`, async () => {
    const headers = { "www-authenticate": challenge };
    const error = await refused(new Response("denied", { status: 401, headers }));
    assert.deepEqual([error.kind, error.oauthError], ["refused", "invalid_token"]);
  });
}

const DATE = "Tue, 01 Jan 2030 00:00:00 GMT";
const RETRIES: [value: string, date: string | undefined, ms: number | undefined][] = [
  ["7", undefined, 7000],
  [" 7 ", undefined, 7000],
  ["0", undefined, 0],
  ["Tue, 01 Jan 2030 00:00:30 GMT", DATE, 30_000],
  ["Mon, 31 Dec 2029 23:59:00 GMT", DATE, 0],
  ["Tue, 01 Jan 2030 00:00:30 GMT", undefined, undefined],
  ["soon", DATE, undefined],
  ["-5", DATE, undefined],
];
for (const [value, date, ms] of RETRIES) {
  Deno.test(`successfulAnswer() makes ${ms} ms of Retry-After '${value}' when Date is ${date}`, async () => {
    const headers = new Headers({ "retry-after": value });
    if (date) headers.set("date", date);
    assert.equal((await refused(new Response("", { status: 503, headers }))).retryAfterMs, ms);
  });
}
