import assert from "node:assert/strict";
import {
  type Closed,
  endingOfClose,
  endingOfHandshake,
} from "../../../src/api/graphql/subscribe_ws_ending.ts";
import { isVantageError } from "../../../src/errors.ts";

const origin = "wss://api.example";

function close(closed: Partial<Closed>): string {
  const whole = { code: 0, reason: "", problem: "", isConnected: true, ...closed };
  try {
    const ending = endingOfClose(whole, origin);
    return "error" in ending ? `${ending.kind} ${ending.error.code}` : ending.kind;
  } catch (error) {
    assert(isVantageError(error));
    return error.code;
  }
}

for (
  const [code, connected, before] of [
    [1000, "lost network", "lost network"],
    [1001, "lost network", "lost network"],
    [1002, "graphql_failed", "unsuitable api_answer"],
    [1005, "lost network", "lost network"],
    [1006, "lost network", "lost network"],
    [1008, "graphql_failed", "graphql_failed"],
    [1011, "lost network", "lost network"],
    [1012, "lost network", "lost network"],
    [1013, "lost network", "lost network"],
    [3000, "refused token_refused", "refused token_refused"],
    [3003, "refused token_refused", "refused token_refused"],
    [4400, "graphql_failed", "graphql_failed"],
    [4401, "refused token_refused", "refused token_refused"],
    [4403, "refused token_refused", "refused token_refused"],
    [4406, "graphql_failed", "unsuitable api_answer"],
    [4408, "lost network", "lost network"],
    [4409, "graphql_failed", "graphql_failed"],
    [4429, "graphql_failed", "graphql_failed"],
    [4500, "graphql_failed", "graphql_failed"],
  ] as const
) {
  Deno.test(`endingOfClose() is '${connected}' when the code is ${code}`, () => {
    assert.equal(close({ code }), connected);
    assert.equal(close({ code, isConnected: false }), before);
  });
}

for (
  const [problem, expected] of [
    ["Unexpected EOF", "lost network"],
    ["Connection reset by peer (os error 104)", "lost network"],
    ["Frame too large", "api_answer"],
    ["Reserved bits are not zero", "api_answer"],
    ["Invalid UTF-8", "api_answer"],
    ["Control frame must not be fragmented", "api_answer"],
  ]
) {
  Deno.test(`endingOfClose() is '${expected}' when Deno says '${problem}'`, () => {
    assert.equal(close({ problem: problem! }), expected);
  });
}

for (
  const [problem, expected, message] of [
    ["Invalid status code: 401", "refused token_refused", "handshake with 401"],
    ["Invalid status code: 403", "refused token_refused", "handshake with 403"],
    ["Invalid status code: 200", "unsuitable api_refused", "handshake with 200"],
    ["Invalid status code: 302", "unsuitable api_refused", "handshake with 302"],
    ["Invalid status code: 404", "unsuitable api_refused", "handshake with 404"],
    ["Invalid status code: 429", "lost api_unavailable", "handshake with 429"],
    ["Invalid status code: 503", "lost api_unavailable", "handshake with 503"],
    ["tcp connect error", "lost network", "Cannot reach wss://api.example: tcp connect error"],
    ["", "lost network", "no connection"],
  ] as const
) {
  Deno.test(`endingOfHandshake() is '${expected}' when Deno says '${problem}'`, () => {
    const ending = endingOfHandshake(
      problem && `NetworkError: failed to connect to WebSocket: ${problem}`,
      origin,
    );
    assert("error" in ending);
    assert.equal(`${ending.kind} ${ending.error.code}`, expected);
    assert(ending.error.message.includes(message), ending.error.message);
  });
}

Deno.test("endingOfHandshake() fails at once when the certificate is not trusted", () => {
  const problem = "NetworkError: failed to connect to WebSocket: invalid peer certificate: " +
    "UnknownIssuer";
  assert.throws(() => endingOfHandshake(problem, origin), (error) => {
    assert(isVantageError(error, "network"));
    return /UnknownIssuer/.test(error.message) && /ca_file/.test(error.hint ?? "");
  });
});
