import assert from "node:assert/strict";
import fc from "fast-check";
import { socketPaths } from "../../src/store/keyring/dbus/address.ts";
import { BusConnection } from "../../src/store/keyring/dbus/connection.ts";
import { marshal } from "../../src/store/keyring/dbus/marshal.ts";
import { decodeMessage, encodeCall, messageSize } from "../../src/store/keyring/dbus/message.ts";
import { ProtocolError } from "../../src/store/keyring/dbus/protocol_error.ts";
import { parseSignature } from "../../src/store/keyring/dbus/signature.ts";
import { unmarshal } from "../../src/store/keyring/dbus/unmarshal.ts";
import { type Value, Variant } from "../../src/store/keyring/dbus/value.ts";
import type { Connection } from "../../src/system.ts";

interface Typed {
  readonly signature: string;
  readonly value: Value;
}

/** Any value with its type, up to a depth. */
const { typed } = fc.letrec<{ typed: Typed; leaf: Typed }>((tie) => ({
  leaf: fc.oneof(
    leaf("y", fc.nat(255)),
    leaf("b", fc.boolean()),
    leaf("n", fc.integer({ min: -0x8000, max: 0x7fff })),
    leaf("q", fc.nat(0xffff)),
    leaf("i", fc.integer()),
    leaf("u", fc.nat(0xffffffff)),
    leaf("x", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    leaf("t", fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    leaf("d", fc.double({ noNaN: true })),
    leaf("s", fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""))),
    leaf("o", fc.array(fc.stringMatching(/^\w+$/), { maxLength: 4 }).map((p) => "/" + p.join("/"))),
    leaf("g", fc.constantFrom("", "s", "a{sv}", "(oayays)", "aaai")),
    leaf("ay", fc.uint8Array()),
    leaf("as", fc.array(fc.stringMatching(/^\w*$/))),
    leaf(
      "a{ss}",
      fc.dictionary(fc.stringMatching(/^\w*$/), fc.stringMatching(/^\w*$/)).map((d) =>
        new Map(Object.entries(d))
      ),
    ),
  ),
  typed: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie("leaf"),
    tie("typed").map(({ signature, value }) => ({
      signature: "v",
      value: new Variant(signature, value),
    })),
    fc.array(tie("typed"), { minLength: 1, maxLength: 3 }).map((fields) => ({
      signature: `(${fields.map(({ signature }) => signature).join("")})`,
      value: fields.map(({ value }) => value),
    })),
    fc.tuple(tie("typed"), fc.nat(3)).map(([{ signature, value }, length]) => ({
      signature: `a${signature}`,
      value: signature === "y"
        ? new Uint8Array(length).fill(Number(value))
        : Array.from({ length }, () => value),
    })),
  ),
}));

function leaf(signature: string, values: fc.Arbitrary<Value>): fc.Arbitrary<Typed> {
  return values.map((value) => ({ signature, value }));
}

Deno.test("unmarshal() returns what marshal() was given", () => {
  fc.assert(fc.property(fc.array(typed, { maxLength: 4 }), (all) => {
    const signature = all.map(({ signature }) => signature).join("");
    fc.pre(signature.length <= 255);
    const values = all.map(({ value }) => value);
    assert.deepEqual(unmarshal(signature, marshal(signature, values), true), values);
  }));
});

Deno.test("unmarshal() throws nothing but ProtocolError for bytes that were changed", () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat() });
  fc.assert(
    fc.property(typed, change, ({ signature, value }, { at, byte, cut }) => {
      fc.pre(signature.length <= 255);
      const bytes = marshal(signature, [value]);
      bytes[at % bytes.length] = byte;
      onlyProtocolErrors(() => unmarshal(signature, bytes, true));
      onlyProtocolErrors(() => unmarshal(signature, bytes.subarray(0, cut % bytes.length), true));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodeMessage() throws nothing but ProtocolError for any bytes", () => {
  const call = encodeCall(1, { ...CALL, signature: "sa{sv}", args: ["x", new Map()] });
  const change = fc.record({ at: fc.nat(call.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = call.slice();
      for (const { at, byte } of changes) bytes[at] = byte;
      onlyProtocolErrors(() => {
        if (messageSize(bytes) === bytes.length) decodeMessage(bytes).body();
      });
    }),
    { numRuns: 2_000 },
  );
});

function onlyProtocolErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

// Examples of the D-Bus specification, "Marshaling (Wire Format)".
const EXAMPLES: [signature: string, value: Value, bytes: string][] = [
  ["s", "foo", "03 00 00 00 66 6f 6f 00"],
  ["s", "+", "01 00 00 00 2b 00"],
  ["ax", [5n], "08 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00"],
  ["g", "ay", "02 61 79 00"],
  ["b", true, "01 00 00 00"],
  ["(yu)", [1, 2], "01 00 00 00 02 00 00 00"],
  ["v", new Variant("u", 7), "01 75 00 00 07 00 00 00"],
  ["a(yv)", [], "00 00 00 00 00 00 00 00"],
];

for (const [signature, value, hex] of EXAMPLES) {
  Deno.test(`marshal() writes '${signature}' as the specification has it`, () => {
    const bytes = Uint8Array.fromHex(hex.replaceAll(" ", ""));
    assert.deepEqual(marshal(signature, [value]), bytes);
    assert.deepEqual(unmarshal(signature, bytes, true), [value]);
  });
}

Deno.test("unmarshal() reads big endian, as a service of another machine writes", () => {
  const bytes = Uint8Array.fromHex("00000003666f6f00");
  assert.deepEqual(unmarshal("s", bytes, false), ["foo"]);
});

const INVALID: Record<string, [signature: string, hex: string]> = {
  "a string without an end": ["s", "0300000066 6f6f01"],
  "a string that is longer than the message": ["s", "ff00000066 6f6f00"],
  "a string with a zero byte": ["s", "0300000066 006f00"],
  "a string that is not UTF-8": ["s", "01000000ff00"],
  "a boolean that is 2": ["b", "02000000"],
  "padding that is not zero": ["(yu)", "0101000002000000"],
  "an array that is longer than the message": ["au", "00000004"],
  "an array whose length cuts an item": ["au", "060000000100000002000000"],
  "bytes after the last value": ["y", "0101"],
  "a path that is none": ["o", "03000000666f6f00"],
  "a variant with two types": ["v", "02757500 0700000007000000"],
  "a variant without a type": ["v", "0000"],
  "a signature that is none": ["g", "01280000"],
};

for (const [what, [signature, hex]] of Object.entries(INVALID)) {
  Deno.test(`unmarshal() throws ProtocolError for ${what}`, () => {
    const bytes = Uint8Array.fromHex(hex.replaceAll(" ", ""));
    assert.throws(() => unmarshal(signature, bytes, true), ProtocolError);
  });
}

Deno.test("unmarshal() throws ProtocolError for variants that are nested too deeply", () => {
  let value: Value = new Variant("y", 1);
  for (let depth = 0; depth < 100; depth++) value = new Variant("v", value);
  const bytes = marshal("v", [value]);
  assert.throws(() => unmarshal("v", bytes, true), ProtocolError);
});

for (
  const signature of [
    "(",
    "()",
    "a",
    "a{s}",
    "a{vs}",
    "a{sss}",
    "{ss}",
    "z",
    "a".repeat(33) + "y",
    "y".repeat(256),
  ]
) {
  Deno.test(`parseSignature() refuses '${signature.slice(0, 40)}'`, () => {
    assert.throws(() => parseSignature(signature), ProtocolError);
  });
}

const CALL = {
  destination: "org.example.Service",
  path: "/org/example",
  interface: "org.example.Interface",
  member: "Method",
  signature: "",
  args: [],
};

Deno.test("messageSize() refuses a message that is larger than any answer", () => {
  const prefix = encodeCall(1, CALL).subarray(0, 16);
  new DataView(prefix.buffer).setUint32(4, 64 * 1024 * 1024, true);
  assert.throws(() => messageSize(prefix), ProtocolError);
});

Deno.test("socketPaths() returns the Unix sockets of an address list", () => {
  const of = (addresses: string, runtimeDir?: string) => socketPaths(addresses, runtimeDir);
  assert.deepEqual(of("unix:path=/run/user/1/bus"), ["/run/user/1/bus"]);
  assert.deepEqual(of("unix:path=/a,guid=1;unix:path=/b"), ["/a", "/b"]);
  assert.deepEqual(of("unix:guid=1,path=/with%20space"), ["/with space"]);
  assert.deepEqual(of("unix:abstract=/tmp/dbus-x"), ["\0/tmp/dbus-x"]);
  assert.deepEqual(of("unix:runtime=yes", "/run/user/1"), ["/run/user/1/bus"]);
  assert.deepEqual(of("unix:runtime=yes"), []);
  for (
    const none of ["", ";", "tcp:host=h,port=1", "unixexec:path=/bin/sh", "unix:", "launchd:env=X"]
  ) {
    assert.deepEqual(of(none), [], none);
  }
  for (
    const invalid of ["unix:path=relative", "unix:path=/a%00b", "unix:path=%zz", "unix:abstract="]
  ) {
    assert.deepEqual(of(invalid), [], invalid);
  }
});

/** A connection to a bus that says these things, whatever it is told, and then no more. */
function scripted(...said: (string | Uint8Array)[]) {
  const written: string[] = [];
  const ended = Promise.withResolvers<undefined>();
  const close = () => ended.resolve(undefined);
  const connection: Connection = {
    read() {
      const next = said.shift();
      if (next === undefined) return ended.promise;
      return Promise.resolve(typeof next === "string" ? new TextEncoder().encode(next) : next);
    },
    write: (bytes) => Promise.resolve(void written.push(new TextDecoder().decode(bytes))),
    close,
    [Symbol.dispose]: close,
  };
  return { connection, written, close };
}

/** The answer to the call with a serial. */
function answer(serial: number, value: string | number): Uint8Array {
  const type = typeof value === "string" ? "s" : "u";
  const body = marshal(type, [value]);
  const fields = [[5, new Variant("u", serial)], [8, new Variant("g", type)]];
  const header = marshal("yyyyuua(yv)", ["l".charCodeAt(0), 2, 0, 1, body.length, 9, fields]);
  const bytes = new Uint8Array(Math.ceil(header.length / 8) * 8 + body.length);
  bytes.set(header);
  bytes.set(body, bytes.length - body.length);
  return bytes;
}

Deno.test("BusConnection open() says the user's id, and leaves it out where it is refused", async () => {
  for (const said of [["OK 0123\r\n"], ["REJECTED EXTERNAL\r\n", "DATA\r\n", "OK 0123\r\n"]]) {
    const { connection, written } = scripted(...said, answer(1, ":1.1"));
    using bus = await BusConnection.open(connection, 1000);
    assert.ok(bus);
    const whole = written.join("");
    assert.ok(whole.startsWith("\0AUTH EXTERNAL 31303030\r\n"), JSON.stringify(whole));
    assert.equal(whole.includes("AUTH EXTERNAL\r\nDATA\r\n"), said.length > 1);
    assert.ok(whole.includes("BEGIN\r\n"));
  }
});

Deno.test("BusConnection takes messages however they are cut", async () => {
  const text = new TextEncoder().encode("OK 0123\r\n");
  const bytes = [...text, ...answer(1, ":1.1"), ...answer(2, "value")];
  const { connection } = scripted(...bytes.map((byte) => new Uint8Array([byte])));
  using bus = await BusConnection.open(connection, 1000);
  assert.deepEqual(await bus.call(CALL, "s"), ["value"]);
});

const HOSTILE: Record<string, (string | Uint8Array)[]> = {
  "refuses every user": ["REJECTED\r\n", "REJECTED\r\n", "REJECTED\r\n"],
  "asks for data without end": Array.from({ length: 100 }, () => "DATA\r\n"),
  "sends a line without end": ["x".repeat(100_000)],
  "speaks HTTP": ["HTTP/1.1 400 Bad Request\r\n\r\n"],
  "sends no message": ["OK 1\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  "sends a message of 4 GB": ["OK 1\r\n", Uint8Array.fromHex("6c020001ffffffff0100000000000000")],
  "answers with another type": ["OK 1\r\n", answer(1, 7)],
};

for (const [what, said] of Object.entries(HOSTILE)) {
  Deno.test(`BusConnection open() throws ProtocolError when the bus ${what}`, async () => {
    const { connection } = scripted(...said);
    await assert.rejects(BusConnection.open(connection, 1000), ProtocolError);
  });
}

Deno.test("BusConnection call() throws ProtocolError when the bus goes away", async () => {
  const { connection, close } = scripted("OK 1\r\n", answer(1, ":1.1"));
  using bus = await BusConnection.open(connection, 1000);
  const calls = [bus.call(CALL, ""), bus.call(CALL, "")];
  close();
  for (const call of calls) await assert.rejects(call, ProtocolError);
  await assert.rejects(bus.call(CALL, ""), ProtocolError);
});

Deno.test("BusConnection call() writes one message after another when there are several", async () => {
  const { connection, written } = scripted("OK 1\r\n", answer(1, ":1.1"));
  const gate = Promise.withResolvers<void>();
  let gates = Promise.resolve();
  const write = async (bytes: Uint8Array) => {
    await connection.write(bytes);
    await gates;
  };
  using bus = await BusConnection.open({ ...connection, write }, 1000);
  gates = gate.promise;
  const before = written.length;
  const calls = [bus.call(CALL, "s"), bus.call(CALL, "s")];
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(written.length, before + 1);
  gate.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(written.length, before + 2);
  bus.close();
  for (const call of calls) await assert.rejects(call, ProtocolError);
});
