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

Deno.test("parseLine() gives any id back as it was written, or refuses it", () => {
  const isGivenBack = (json: string) => {
    const message = one(`{"jsonrpc":"2.0","id":${json},"method":"m"}`);
    if (isMalformed(message)) {
      assert.deepEqual([message.id, message.error.code], [null, -32600]);
      return false;
    }
    assert.deepEqual(
      JSON.stringify(answer(message.id, { result: 1 })),
      `{"jsonrpc":"2.0","id":${json},"result":1}`,
    );
    return true;
  };
  const text = fc.string({ unit: "binary" }).map((text) => JSON.stringify(text));
  fc.assert(fc.property(text, (json) => assert.ok(isGivenBack(json))));
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  const near = fc.bigInt({ min: -9n, max: 9n }).chain((some) =>
    fc.constantFrom(some, most + some, -most + some)
  );
  fc.assert(
    fc.property(fc.oneof(fc.bigInt(), near), (number) => {
      assert.equal(isGivenBack(`${number}`), -most <= number && number <= most);
    }),
  );
  const other = fc.oneof(
    fc.boolean(),
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue()),
  );
  fc.assert(fc.property(other, (value) => assert.ok(!isGivenBack(JSON.stringify(value)))));
});

Deno.test("parseLine() takes the last of members with one name", () => {
  const twice = '{"jsonrpc":"1.0","id":{},"method":1,"jsonrpc":"2.0","id":2,"method":"m"}';
  assert.deepEqual(one(twice), { id: 2, method: "m", params: {} });
});

Deno.test("parseLine() takes __proto__ for a name like any other", () => {
  const text = `{"jsonrpc":"2.0","method":"m","params":{"__proto__":{"a":1}},"__proto__":{"id":1}}`;
  const { id, params } = one(text) as Request;
  assert.equal(id, undefined);
  assert.deepEqual(Object.keys(params), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(params), Object.prototype);
  assert.equal(("a" in {}) || "a" in params, false);
});

for (
  const [what, ...bytes] of [
    ["bytes that begin nothing", 0xff, 0xfe],
    ["a letter that is longer than it has to be", 0xc1, 0x81],
    ["half a pair of surrogates", 0xed, 0xa0, 0x80],
    ["a character beyond the last", 0xf4, 0x90, 0x80, 0x80],
    ["a character that breaks off", 0xe2, 0x82],
  ] as const
) {
  Deno.test(`parseLine() refuses ${what} in place of UTF-8`, () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"X"}';
    const line = [...new TextEncoder().encode(text)].flatMap((byte) =>
      byte === 0x58 ? bytes : byte
    );
    const { id, error } = refused(parseLine(new Uint8Array(line)).messages[0]);
    assert.deepEqual([id, error.code], [null, -32700]);
  });
}

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
  const mixed = parse(`[${good},{"jsonrpc":"2.0","method":"n"},{"id":"a"},{"method":1}]`).messages;
  assert.deepEqual(mixed.map((message) => message.id), [1, undefined, "a", null]);
  const numbered = Array.from({ length: 1_000 }, (_, n) => good.replace("1", `${n}`));
  const ids = parse(`[${numbered}]`).messages.map((message) => message.id);
  assert.deepEqual(ids, Array.from({ length: 1_000 }, (_, n) => n));
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

Deno.test("rpcError() and vantageError() leave out a hint that there is not", () => {
  const told = rpcError(new VantageError("network", "No way"));
  assert.deepEqual(told, { code: -32005, message: "No way", data: { code: "network" } });
  assert.equal(vantageError(told).hint, undefined);
});

Deno.test("rpcError() makes one line of any text, which does not change when it is told again", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("\x1b[2J", "\x1b]0;", "\x07", "\r\n", "\u202e", "\u2028", "a"))
      .map((parts) => parts.join("")),
  );
  const codes = fc.constantFrom(...Object.keys(ERROR_CODES) as ErrorCode[]);
  fc.assert(
    fc.property(codes, text, text, (code, message, hint) => {
      const told = rpcError(new VantageError(code, message, { hint }));
      for (const text of [told.message, told.data?.hint ?? ""]) {
        // deno-lint-ignore no-control-regex -- finding control characters is the purpose
        assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
      }
      assert.deepEqual(rpcError(vantageError(JSON.parse(JSON.stringify(told)))), told);
    }),
    { numRuns: 300 },
  );
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
  for (const thrown of [new TypeError("x is not a function"), "text", undefined, null, {}]) {
    const { code, data } = rpcError(thrown);
    assert.deepEqual([code, data?.code], [-32603, "internal"]);
  }
  assert.deepEqual(rpcError(new RpcFailure(-32601, "No")), { code: -32601, message: "No" });
});

Deno.test("vantageError() makes daemon_answer of a code that it does not know", () => {
  for (const code of ["of_the_future", "", "toString", "__proto__", "constructor"]) {
    const unknown = { code: -32099, message: "No", data: { code: code as ErrorCode } };
    assert.equal(vantageError(unknown).code, "daemon_answer", code);
  }
  assert.equal(vantageError({ code: -32601, message: "No" }).code, "daemon_answer");
});
