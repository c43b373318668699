import assert from "node:assert/strict";
import { contentKind, decoderFor, looksBinary } from "../../src/api/content.ts";

const typed = (type: string) => new Headers({ "content-type": type });

for (
  const [type, kind] of [
    ["application/json", "json"],
    ["application/json; charset=utf-8", "json"],
    [" Application/JSON ;charset=x", "json"],
    ["text/json", "json"],
    ["application/problem+json", "json"],
    ["application/vnd.github.v3+json", "json"],
    ["application/graphql-response+json", "json"],
    ["text/plain", "text"],
    ["text/html; charset=latin1", "text"],
    ["text/csv", "text"],
    ["application/xml", "text"],
    ["image/svg+xml", "text"],
    ["application/yaml", "text"],
    ["application/x-yaml", "text"],
    ["application/javascript", "text"],
    ["application/toml", "text"],
    ["application/x-ndjson", "text"],
    ["application/x-www-form-urlencoded", "text"],
    ["application/octet-stream", "binary"],
    ["application/zip", "binary"],
    ["application/pdf", "binary"],
    ["image/png", "binary"],
    ["application/jsonish", "binary"],
    ["xapplication/json", "binary"],
    ["application/notxml", "binary"],
    ["multipart/form-data; boundary=text/plain", "binary"],
    ["garbage", "binary"],
    ["", "unknown"],
    [";charset=utf-8", "unknown"],
  ] as const
) {
  Deno.test(`contentKind() takes '${type}' for ${kind}`, () => {
    assert.equal(contentKind(typed(type)), kind);
  });
}

Deno.test("contentKind() does not know when there is no type", () => {
  assert.equal(contentKind(new Headers()), "unknown");
});

Deno.test("looksBinary() holds where there is a NUL", () => {
  assert.ok(looksBinary(new Uint8Array([65, 0])));
  assert.ok(!looksBinary(new Uint8Array([65, 255, 1])));
  assert.ok(!looksBinary(new Uint8Array()));
});

Deno.test("decoderFor() reads the encoding that the type names, and UTF-8 when there is none such", () => {
  for (
    const [type, encoding] of [
      ["text/plain; charset=iso-8859-1", "windows-1252"],
      ['text/plain; a=b; CHARSET="Shift_JIS"', "shift_jis"],
      ["text/plain; charset=utf-16le", "utf-16le"],
      ["text/plain; charset=no-such-encoding", "utf-8"],
      ['text/plain; charset=""', "utf-8"],
      ["text/plain; charset=", "utf-8"],
      ["text/plain", "utf-8"],
    ] as const
  ) {
    assert.equal(decoderFor(typed(type)).encoding, encoding, type);
  }
  assert.equal(decoderFor(new Headers()).encoding, "utf-8");
});
