import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import { isVantageError } from "../../src/errors.ts";
import { parseStsAnswer } from "../../src/helpers/sts_answer.ts";
import { stsAnswer, stsError } from "./sts.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const LATER = "2026-01-31T13:00:00Z";
const parse = (status: number, body: string) =>
  parseStsAnswer(status, body, "AWS STS at https://sts.example", NOW);

function fails(status: number, body: string, code: ErrorCode, message: RegExp): void {
  assert.throws(() => parse(status, body), (error) => {
    assert.ok(isVantageError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("parseStsAnswer() reads the credentials of an answer", () => {
  const found = parse(200, stsAnswer("secret+key/1", "session+token==", LATER));
  assert.equal(found.accessKeyId, "ASIAEXAMPLE");
  assert.equal(found.secretAccessKey.expose(), "secret+key/1");
  assert.equal(found.sessionToken.expose(), "session+token==");
  assert.equal(found.expiresAt, NOW + 3_600_000);
});

Deno.test("parseStsAnswer() keeps values that look like numbers as they are written", () => {
  const found = parse(200, stsAnswer("00012345678901234567890", "0x10", LATER));
  assert.equal(found.secretAccessKey.expose(), "00012345678901234567890");
  assert.equal(found.sessionToken.expose(), "0x10");
});

Deno.test("parseStsAnswer() tells what STS says when it refuses", () => {
  const message =
    /^AWS STS at https:\/\/sts\.example refuses the ID token: .*InvalidIdentityToken: No <provider>$/;
  fails(400, stsError("InvalidIdentityToken", "No &lt;provider&gt;"), "exchange_refused", message);
  fails(403, stsError("AccessDenied", "Not yours"), "exchange_refused", /AccessDenied: Not yours$/);
});

Deno.test("parseStsAnswer() tells a failure of the moment from a refusal", () => {
  fails(500, "", "provider_unavailable", /fails with status 500$/);
  fails(503, stsError("ServiceUnavailable", "Later"), "provider_unavailable", /: Later$/);
  fails(400, stsError("Throttling", "Slow"), "provider_unavailable", /Throttling: Slow$/);
  fails(400, stsError("IDPCommunicationError", "x"), "provider_unavailable", /IDPComm/);
  fails(429, "", "provider_unavailable", /status 429$/);
});

const good = stsAnswer("secret-key-1", "session-token-1", LATER);
for (
  const [what, body] of [
    ["is empty", ""],
    ["is no XML", "<html><p>Log in</html>"],
    ["is JSON", "{}"],
    ["is cut short", good.slice(0, -30)],
    ["is of another kind", good.replaceAll("AssumeRoleWithWebIdentity", "AssumeRole")],
    ["has a part twice", good.replace(/<SessionToken>.*<\/SessionToken>/, "$&$&")],
    ["lacks a part", good.replace(/<SessionToken>.*<\/SessionToken>/, "")],
    ["has an empty part", stsAnswer("", "session-token-1", LATER)],
    ["has a part with a line end", stsAnswer("a\nb", "session-token-1", LATER)],
    ["has an expiry that is none", stsAnswer("secret-key-1", "session-token-1", "soon")],
    ["has expired", stsAnswer("secret-key-1", "session-token-1", "2026-01-31T11:59:59Z")],
    ["has a DOCTYPE", `<!DOCTYPE x [<!ENTITY a "b">]>${good.replace("secret-key-1", "&a;")}`],
  ] as const
) {
  Deno.test(`parseStsAnswer() refuses an answer that ${what}`, () => {
    fails(200, body, "provider_answer", /^Cannot use the answer of AWS STS at https:/);
  });
}

Deno.test("parseStsAnswer() refuses a redirect and a refusal without a reason", () => {
  fails(302, "", "provider_answer", /it came with status 302$/);
  fails(404, "<html></html>", "provider_answer", /it came with status 404$/);
});
