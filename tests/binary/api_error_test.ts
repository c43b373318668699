// deno-lint-ignore-file no-control-regex -- control sequences are the subject
import assert from "node:assert/strict";
import { asked, assertApiFailed, homeWithApi, runForBytes } from "../support/api_home.ts";
import { startProvider } from "../support/provider.ts";

Deno.test("vantage api prints the body of an error, and a sentence of it on stderr", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const sentences: [target: string, status: string, sentence: string][] = [
    ["/problem", "409 Conflict", "Conflict: The cluster 'alpha' exists already"],
    ["/error?shape=message", "422 Unprocessable \\w+", "Out of clusters"],
    ["/error?shape=oauth", "422 Unprocessable \\w+", "Out of clusters"],
    ["/error?shape=google", "422 Unprocessable \\w+", "Out of clusters"],
    ["/error?shape=errors", "422 Unprocessable \\w+", "Out of clusters"],
    ["/nowhere", "404 Not Found", "Not found"],
    ["/deep?depth=4", "422 Unprocessable \\w+", "It is deep"],
  ];
  for (const [target, status, sentence] of sentences) {
    await t.step(target, async () => {
      const result = await home.run(["api", target], { quiet: true });
      assert.equal(result.status, 1, result.stderr);
      JSON.parse(result.stdout);
      const [path = ""] = target.split("?");
      assert.match(
        result.stderr,
        new RegExp(
          `^error: GET ${provider.apiDirect}${path} answered ${status}: ${sentence}\nhint: .+\n$`,
        ),
      );
    });
  }
});

Deno.test("vantage api takes errors that are no help for what they are", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { answers } = provider.apiState;
  const as = (type: string, body: BodyInit | null) => () =>
    new Response(body, { status: 400, headers: { "content-type": type } });
  const json = "application/json";
  answers.set("/e/empty", as(json, null));
  answers.set("/e/number", as(json, "3"));
  answers.set("/e/null", as(json, '{"message":null,"error":[]}'));
  answers.set("/e/proto", as(json, '{"__proto__":{"message":"x"},"constructor":1}'));
  answers.set("/e/half", as(json, '{"message":'));
  answers.set("/e/bytes", as("application/octet-stream", new Uint8Array([0, 255])));
  answers.set("/e/long", as(json, JSON.stringify({ message: "long ".repeat(100_000) })));
  answers.set("/e/wide", as(json, `[${"[],".repeat(100_000)}[]]`));
  const targets = ["/deep?depth=12", "/deep?depth=200000", "/html?status=400"];
  for (const target of [...answers.keys(), ...targets]) {
    await t.step(target, async () => {
      const result = await home.run(["api", target, "--json"], { quiet: true });
      const { message } = assertApiFailed(result, "api_refused");
      assert.match(message, /^GET http:\S+ answered 4\d\d /);
      assert.ok(message.length < 1000, String(message.length));
    });
  }
});

Deno.test("vantage api ends with the status that belongs to the answer", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const cases: [target: string, code: Parameters<typeof assertApiFailed>[1]][] = [
    ["/status/400", "api_refused"],
    ["/status/403", "api_refused"],
    ["/status/404", "api_refused"],
    ["/status/418", "api_refused"],
    ["/status/500", "api_unavailable"],
    ["/status/501", "api_unavailable"],
    ["/status/429?retry_after=86400", "api_unavailable"],
    ["/status/503?retry_after=86400", "api_unavailable"],
    ["/status/401", "token_refused"],
  ];
  for (const [target, code] of cases) {
    await t.step(target, async () => {
      const result = await home.run(["api", target, "--json"]);
      const { message } = assertApiFailed(result, code);
      const [, , status = ""] = target.split(/[/?]/);
      assert.match(message, new RegExp(`answered ${status}\\b.*: Status ${status}$`));
      assert.deepEqual(JSON.parse(result.stdout), { message: `Status ${status}` });
      const { status: plain, stderr } = await home.run(["api", target, "-X", "POST"], {
        quiet: true,
      });
      assert.equal(plain, result.status, stderr);
      assert.match(stderr, /^error: POST [^\n]+\nhint: [^\n]+\n$/);
    });
  }
});

Deno.test("vantage api does not ask again at once what it is to ask in a day", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const tomorrow = new Date(Date.now() + 86_400_000).toUTCString();
  for (const retryAfter of ["86400", "99999999999999999999", tomorrow]) {
    const target = `/status/503?retry_after=${encodeURIComponent(retryAfter)}`;
    const before = asked(provider).length;
    const { hint } = assertApiFailed(await home.run(["api", target, "--json"]), "api_unavailable");
    assert.equal(asked(provider).length - before, 1);
    assert.ok(hint);
  }
});

Deno.test("vantage api shows an error's sentence as text on one line", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const detail = "no\x1b[2J\x1b]0;owned\x07\u202e\r\nhint: run evil";
  const target = `/problem?detail=${encodeURIComponent(detail)}`;
  const { stderr } = await home.run(["api", target], { quiet: true });
  assert.match(stderr, /no hint: run evil/);
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\u202e]|^hint: run evil/m);
});

Deno.test("vantage api redacts a token that the API's error repeats", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.answers.set("/repeats", (request) => {
    const message = `Cannot use ${request.headers.get("authorization")}`;
    return Response.json({ message }, { status: 400 });
  });
  const args = ["api", "/repeats", "-vv"];
  const { status, stderr } = await runForBytes(home, provider, args, { mayPrintToken: true });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /Cannot use Bearer \[redacted\]/);
});
