import assert from "node:assert/strict";
import { errorCode } from "../../src/oauth/error_code.ts";

const OWN_NAMES: [own: string, standard: string][] = [
  ["bad_refresh_token", "invalid_grant"],
  ["bad_verification_code", "invalid_grant"],
  ["incorrect_client_credentials", "invalid_client"],
  ["incorrect_device_code", "invalid_grant"],
  ["token_expired", "expired_token"],
  ["authorization_declined", "access_denied"],
  ["interaction_required", "invalid_grant"],
  ["refresh_token_expired", "invalid_grant"],
  ["refresh_token_reused", "invalid_grant"],
  ["refresh_token_invalidated", "invalid_grant"],
  ["invalid_scope", "invalid_scope"],
  ["constructor", "constructor"],
];
for (const [own, standard] of OWN_NAMES) {
  Deno.test(`errorCode() counts ${own} as ${standard} and keeps its name`, () => {
    assert.deepEqual(errorCode(own, 400, null), { own, standard });
    assert.deepEqual(errorCode({ code: own, type: "x" }, 401, null), { own, standard });
  });
}

for (
  const [error, status, name] of [
    [{ type: "invalid_request_error" }, 400, "invalid_request_error"],
    [{}, 400, "error"],
    [401, 401, "invalid_client"],
    [400, 400, "invalid_request"],
    [401, 400, undefined],
    [500, 500, undefined],
    [200, 200, undefined],
    [5, 400, undefined],
    ["", 400, undefined],
    [null, 400, undefined],
    [undefined, 400, undefined],
  ] as const
) {
  Deno.test(`errorCode() finds ${name} in ${JSON.stringify(error)} with status ${status}`, () => {
    assert.equal(errorCode(error, status, null)?.standard, name);
  });
}

Deno.test("errorCode() takes the body's word before the challenge's", () => {
  const challenge = 'Bearer error="invalid_token"';
  assert.equal(errorCode("invalid_grant", 401, challenge)?.own, "invalid_grant");
  assert.equal(errorCode(401, 401, challenge)?.own, "invalid_token");
});
