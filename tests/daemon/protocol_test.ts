import assert from "node:assert/strict";
import fc from "fast-check";
import {
  answer,
  isMalformed,
  type Malformed,
  parseLine,
  type Request,
  rpcError,
  RpcFailure,
  vantageError,
} from "../../src/daemon/protocol.ts";
import { ERROR_CODES, type ErrorCode, EXIT, VantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";

const parse = (text: string) => parseLine(new TextEncoder().encode(text));
const one = (text: string): Request | Malformed => parse(text).messages[0]!;

function refused(message: Request | Malformed | undefined): Malformed {
  assert.ok(message && isMalformed(message), JSON.stringify(message));
  return message;
}

Deno.test("parseLine() reads a request with named, positional and no parameters", () => {
  const request = (params: string) => one(`{"jsonrpc":"2.0","id":7,"method":"m"${params}}`);
  assert.deepEqual(request(""), { id: 7, method: "m", params: {} });
  assert.deepEqual(request(',"params":{"a":1}'), { id: 7, method: "m", params: { a: 1 } });
  assert.deepEqual(request(',"params":["a"]'), { id: 7, method: "m", params: ["a"] });
});

Deno.test("parseLine() keeps an id as it is, and refuses one that it could not give back", () => {
  const id = (json: string) => one(`{"jsonrpc":"2.0","id":${json},"method":"m"}`);
  for (const json of ['"x"', '""', "0", "-1", "1.5", "9007199254740991", "null"]) {
    assert.equal(JSON.stringify((id(json) as Request).id), json);
  }
  assert.equal(((id(`"${"x".repeat(100_000)}"`)) as Request).id, "x".repeat(100_000));
  for (const json of ["9007199254740993", "1e400", "-1e400", "{}", "[]", "true"]) {
    const { id: to, error } = refused(id(json));
    assert.deepEqual([to, error.code], [null, -32600], json);
  }
  assert.equal((one('{"jsonrpc":"2.0","method":"m"}') as Request).id, undefined);
});

for (
  const [what, line, id, code] of [
    ["no JSON", "{", null, -32700],
    ["nothing but a word", "hello", null, -32700],
    ["a number", "1", null, -32600],
    ["null", "null", null, -32600],
    ["a string", '"x"', null, -32600],
    ["an empty object", "{}", null, -32600],
    ["an empty batch", "[]", null, -32600],
    ["of another version", '{"jsonrpc":"1.0","id":1,"method":"m"}', 1, -32600],
    ["without a version", '{"id":"a","method":"m"}', "a", -32600],
    ["without a method", '{"jsonrpc":"2.0","id":1}', 1, -32600],
    ["with a method that is no string", '{"jsonrpc":"2.0","id":1,"method":{}}', 1, -32600],
    ["with a text for parameters", '{"jsonrpc":"2.0","id":1,"method":"m","params":"x"}', 1, -32600],
    ["with null for parameters", '{"jsonrpc":"2.0","id":1,"method":"m","params":null}', 1, -32600],
    ["an answer", '{"jsonrpc":"2.0","id":1,"result":{}}', 1, -32600],
    [
      "a method that hides in __proto__",
      '{"__proto__":{"method":"m","jsonrpc":"2.0"}}',
      null,
      -32600,
    ],
  ] as const
) {
  Deno.test(`parseLine() refuses a line that is ${what}`, () => {
    const { isBatch, messages } = parse(line);
    const malformed = refused(messages[0]);
    assert.deepEqual([isBatch, messages.length], [false, 1]);
    assert.deepEqual([malformed.id, malformed.error.code], [id, code]);
  });
}

Deno.test("parseLine() refuses what is not UTF-8", () => {
  const bytes = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
  assert.equal(refused(parseLine(bytes).messages[0]).error.code, -32700);
});

Deno.test("parseLine() survives any nesting that a line has room for", () => {
  const open = "[".repeat(500_000);
  assert.equal(refused(one(open)).error.code, -32700);
  assert.equal(refused(parse(open + "]".repeat(500_000)).messages[0]).error.code, -32600);
  const nested = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
  assert.equal(refused(one(nested)).error.code, -32600);
});

Deno.test("parseLine() judges each message of a batch, up to a thousand", () => {
  const good = '{"jsonrpc":"2.0","id":1,"method":"m"}';
  const { isBatch, messages } = parse(`[${good},1,[${good}],{}]`);
  assert.equal(isBatch, true);
  assert.deepEqual(messages.map(isMalformed), [false, true, true, true]);
  assert.equal(parse(`[${Array(1_000).fill("1")}]`).messages.length, 1_000);
  const many = parse(`[${Array(1_001).fill("1")}]`);
  assert.deepEqual([many.isBatch, many.messages.length], [false, 1]);
  assert.match(refused(many.messages[0]).error.message, /at most 1000/);
});

Deno.test("parseLine() answers any line with something that can be sent", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), fc.json().map((t) => new TextEncoder().encode(t))),
      (line) => {
        for (const message of parseLine(line).messages) {
          const sent = isMalformed(message) ? answer(message.id, message) : message;
          assert.ok(!JSON.stringify(sent).includes("\n"));
        }
      },
    ),
  );
});

Deno.test("answer() answers a request and no notification", () => {
  assert.deepEqual(answer(null, { result: 1 }), { jsonrpc: "2.0", id: null, result: 1 });
  assert.equal(answer(undefined, { result: 1 }), undefined);
});

Deno.test("rpcError() tells every error of a command, and vantageError() makes the same of it", () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const [status] = ERROR_CODES[code];
    const error = new VantageError(code, "What happened", { hint: "What to do" });
    const told = rpcError(error);
    const expected = code === "internal"
      ? -32603
      : status === EXIT.usage
      ? -32602
      : status === EXIT.interrupted
      ? -32000
      : -32000 - status;
    assert.equal(told.code, expected, code);
    const again = vantageError(JSON.parse(JSON.stringify(told)));
    assert.deepEqual([again.code, again.message, again.hint], [
      code,
      "What happened",
      "What to do",
    ]);
  }
});

Deno.test("rpcError() lets neither secrets nor control characters through", () => {
  const secret = new Secret("a-secret-of-somebody");
  const error = new VantageError("network", `No\x1b[31m way:\n ${secret.expose()}`, {
    hint: `Not with ${secret.expose()}\x07`,
  });
  const text = JSON.stringify(rpcError(error));
  assert.ok(!text.includes(secret.expose()), text);
  assert.doesNotMatch(text, /\\u001b|\\u0007|\\n/);
});

Deno.test("rpcError() tells a defect as such, and an error of the protocol by its own code", () => {
  assert.equal(rpcError(new TypeError("x is not a function")).code, -32603);
  assert.deepEqual(rpcError(new RpcFailure(-32601, "No")), { code: -32601, message: "No" });
});

Deno.test("vantageError() makes daemon_answer of a code that it does not know", () => {
  const unknown = { code: -32099, message: "No", data: { code: "of_the_future" as ErrorCode } };
  assert.equal(vantageError(unknown).code, "daemon_answer");
  assert.equal(vantageError({ code: -32601, message: "No" }).code, "daemon_answer");
});
