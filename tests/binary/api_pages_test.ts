import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import { startOther } from "../support/api_other.ts";
import { startProvider } from "../support/provider.ts";
import { eventually } from "../tokens/eventually.ts";

const numbers = (of: number) => Array.from({ length: of }, (_, index) => index + 1);

Deno.test("vantage api --paginate makes one array of all pages", async (t) => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const link of ["absolute", "relative"]) {
    await t.step(link, async () => {
      const before = asked(provider).length;
      const target = `/numbers?per_page=10&of=25&link=${link}`;
      assert.deepEqual(answered(await home.run(["api", target, "--paginate"])), numbers(25));
      assert.equal(asked(provider).length - before, 3);
    });
  }
  await t.step("a single page", async () => {
    assert.deepEqual(answered(await home.run(["api", "/numbers?of=5", "--paginate"])), numbers(5));
  });
  await t.step("an empty page", async () => {
    assert.deepEqual(answered(await home.run(["api", "/numbers?of=0", "--paginate"])), []);
  });
  await t.step("fields in the query", async () => {
    const fields = ["-X", "GET", "-F", "per_page=4", "-F", "of=9"];
    const result = await home.run(["api", "/numbers", ...fields, "--paginate"]);
    assert.deepEqual(answered(result), numbers(9));
  });
});

Deno.test("vantage api --paginate reads a thousand pages", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const args = ["api", "/numbers?per_page=10&of=10000", "--paginate"];
  assert.deepEqual(answered(await home.run(args, { quiet: true })), numbers(10_000));
  assert.equal(asked(provider).length, 1_000);
});

Deno.test("vantage api --paginate gives pages that are no arrays one after another", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const target = "/numbers?per_page=2&of=3&object";
  const pages = [{ items: [1, 2], page: 1 }, { items: [3], page: 2 }];
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run(["api", target, "--paginate", ...args]);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const text = await run();
  assert.equal(text.replace(/\s/g, ""), pages.map((page) => JSON.stringify(page)).join(""));
  assert.deepEqual(JSON.parse(await run("--slurp")), pages);
  assert.equal(await run("--jq", ".items[]"), "1\n2\n3\n");
  assert.equal(await run("--slurp", "--jq", "map(.page)"), "[1,2]\n");
  const table = await run("--rows", "items", "--csv");
  assert.match(table, /1\r?\n2\r?\n3\r?\n?$/);
});

Deno.test("vantage api --paginate --jq and --slurp work on arrays", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const target = "/numbers?per_page=2&of=3";
  const jq = await home.run(["api", target, "--paginate", "--jq", "length"]);
  assert.equal(jq.stdout, "2\n1\n");
  const slurp = await home.run(["api", target, "--paginate", "--slurp"]);
  assert.deepEqual(answered(slurp), [[1, 2], [3]]);
  const both = await home.run(["api", target, "--paginate", "--slurp", "--jq", "length"]);
  assert.equal(both.stdout, "2\n");
});

Deno.test("vantage api --paginate takes the token nowhere else", async () => {
  await using provider = await startProvider();
  await using other = startOther();
  await using home = await homeWithApi(provider);
  const target = `/numbers?per_page=2&of=6&link=${encodeURIComponent(other.origin)}`;
  const result = await home.run(["api", target, "--paginate", "--json"]);
  assertApiFailed(result, "api_answer");
  assert.match(result.stdout, /1,\s*2/);
  assert.deepEqual(other.requests, []);

  // The same link, to an origin that the person has named.
  const allowed = { settings: { api_origins: [provider.apiUrl] } };
  await using trusting = await homeWithApi(provider, allowed);
  const front = `/numbers?per_page=2&of=4&link=${encodeURIComponent(provider.apiUrl)}`;
  assert.deepEqual(answered(await trusting.run(["api", front, "--paginate"])), numbers(4));
});

for (const link of ["self", "first"]) {
  Deno.test(`vantage api --paginate ends when the next page is an old one, link ${link}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const args = ["api", `/numbers?per_page=2&of=100&link=${link}`, "--paginate", "--json"];
    const running = home.start(args, { quiet: true });
    let ended = false;
    const result = running.result.finally(() => ended = true);
    await eventually(() => ended || asked(provider).length > 500);
    running.kill("SIGKILL");
    assertApiFailed(await result, "api_answer");
    assert.ok(asked(provider).length <= 500);
  });
}

Deno.test("vantage api --paginate waits out a busy page and stops at a broken one", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { answers } = provider.apiState;
  let broken = false;
  let asked = 0;
  answers.set("/list", (request) => {
    const page = Number(new URL(request.url).searchParams.get("page") ?? 1);
    asked++;
    if (page === 2 && asked === 2) {
      return Response.json({}, { status: 503, headers: { "retry-after": "0" } });
    }
    if (page === 3 && broken) return Response.json({ message: "Broken" }, { status: 500 });
    const link = { link: `<?page=${page + 1}>; rel="next"` };
    return Response.json([`page-${page}`], { headers: page < 3 ? link : {} });
  });
  const whole = answered(await home.run(["api", "/list", "--paginate"]));
  assert.deepEqual([whole, asked], [["page-1", "page-2", "page-3"], 4]);
  broken = true;
  const { status, stdout, stderr } = await home.run(["api", "/list", "--paginate"]);
  assert.equal(status, 5, stderr);
  assert.match(stdout, /page-1[^]*page-2/);
  assert.match(stderr, /answered 500\b.*: Broken/);
});

Deno.test("vantage api --paginate says what it cannot go on with", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const links = ["<http://[>; rel=next", "</x; rel=next", "<javascript:alert(1)>; rel=next"];
  for (const [index, link] of links.entries()) {
    provider.apiState.answers.set(`/bad${index}`, () => Response.json([1], { headers: { link } }));
    const result = await home.run(["api", `/bad${index}`, "--paginate", "--json"]);
    assertApiFailed(result, "api_answer");
  }
  const post = await home.run(["api", "/numbers", "-f", "a=b", "--paginate", "--json"]);
  assertApiFailed(post, "usage");
  assertApiFailed(await home.run(["api", "/numbers", "--slurp", "--json"]), "usage");
  assertApiFailed(await home.run(["api", "/bad-json", "--paginate", "--json"]), "api_answer");
});
