import assert from "node:assert/strict";
import { nextPage } from "../../src/api/link.ts";
import { REACH } from "../support/exchange.ts";

const HERE = "https://api.example.com/v1/things?page=1";

const next = async (link: string | null, url = HERE) => {
  const headers = new Headers(link === null ? {} : { link });
  return (await nextPage({ headers, url: new URL(url) }, REACH))?.href;
};

for (
  const [link, expected] of [
    [null, undefined],
    ["", undefined],
    ['</x>; rel="prev"', undefined],
    ['<https://api.example.com/v1/things?page=2>; rel="next"', "page=2"],
    ["<?page=2>; rel=next", "page=2"],
    ['<?page=0>; rel="prev", <?page=2>; rel="next", <?page=9>; rel="last"', "page=2"],
    ['<?page=2>; title="a, b; c"; rel="next"', "page=2"],
    ['<?page=2>; rel="last next"', "page=2"],
    ['<?page=2>; rel="NEXT"', "page=2"],
    ['<?page=2,3;4>; rel="next"', "page=2,3;4"],
    ['<?page=2>; rel="next", <?page=3>; rel="next"', "page=2"],
    ['<?page=2>; rel="nextish"', undefined],
  ] as const
) {
  Deno.test(`nextPage() finds ${expected ?? "nothing"} in ${link ?? "an answer without Link"}`, async () => {
    assert.equal(
      await next(link),
      expected && `https://api.example.com/v1/things?${expected}`,
    );
  });
}

Deno.test("nextPage() goes to an origin that may have the token", async () => {
  const url = "https://uploads.example.com/things?page=2";
  assert.equal(await next(`<${url}>; rel="next"`), url);
});

for (
  const [link, why] of [
    ['<https://evil.example/>; rel="next"', /at https:\/\/evil\.example, another origin$/],
    ['<//evil.example/>; rel="next"', /another origin$/],
    ['<http://api.example.com/>; rel="next"', /another origin$/],
    ['<https://me:precious@api.example.com/>; rel="next"', /user name/],
    ['<https://[>; rel="next"', /leads nowhere$/],
    ["page=2; rel=next", /cannot be read$/],
  ] as const
) {
  Deno.test(`nextPage() throws when the header is ${link}`, async () => {
    await assert.rejects(next(link), (error: Error & { code?: string }) => {
      assert.equal(error.code, "api_answer");
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /precious/);
      return true;
    });
  });
}

Deno.test("nextPage() lets an origin without the token say nothing of where the token goes", async () => {
  const link = `<${HERE}>; rel="next"`;
  await assert.rejects(next(link, "https://storage.example.net/page"), { code: "api_answer" });
});
