import assert from "node:assert/strict";
import { answered, asked, assertApiFailed, homeWithApi } from "../support/api_home.ts";
import type { Fault } from "../support/faults.ts";
import { startProvider } from "../support/provider.ts";
import { eventually } from "../tokens/eventually.ts";

Deno.test("vantage api sends idempotent requests again when the API is busy, others never", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const again = [[429, "GET"], [429, "PUT"], [429, "DELETE"], [429, "OPTIONS"]] as const;
  const busy = [[502, "GET"], [503, "GET"], [504, "GET"]] as const;
  const never = [[429, "POST"], [429, "PATCH"], [503, "POST"], [503, "PATCH"]] as const;
  const target = (status: number, method: string, times: number) =>
    `/status/${status}?times=${times}&retry_after=0&m=${method}`;
  await Promise.all([
    ...[...again, ...busy].map(async ([status, method]) => {
      const result = await home.run(["api", target(status, method, 2), "-X", method]);
      assert.deepEqual(answered(result), { asked: 3 });
    }),
    ...never.map(async ([status, method]) => {
      const args = ["api", target(status, method, 1), "-X", method, "-f", "a=b", "--json"];
      const result = await home.run(args);
      assertApiFailed(result, "api_unavailable");
      assert.deepEqual(JSON.parse(result.stdout), { message: `Status ${status}` });
    }),
  ]);
  assert.equal(asked(provider).length, 7 * 3 + 4);
});

Deno.test("vantage api gives up after four requests, and prints the last answer once", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const result = await home.run(["api", "/status/503?retry_after=0", "--json"]);
  assertApiFailed(result, "api_unavailable");
  assert.deepEqual(JSON.parse(result.stdout), { message: "Status 503" });
  assert.equal(asked(provider).length, 4);
});

Deno.test("vantage api does not send 500 or 501 again", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const status of [500, 501]) await home.run(["api", `/status/${status}`]);
  assert.equal(asked(provider).length, 2);
});

for (const form of ["seconds", "a date"]) {
  Deno.test(`vantage api waits as long as Retry-After asks for, in ${form}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const { answers, seen } = provider.apiState;
    let notBefore = 0;
    answers.set("/busy", () => {
      if (notBefore > 0) return Response.json({ done: true });
      // A date has whole seconds.
      notBefore = form === "seconds"
        ? Date.now() + 1_000
        : Math.floor(Date.now() / 1000) * 1000 + 2_000;
      const retryAfter = form === "seconds" ? "1" : new Date(notBefore).toUTCString();
      return Response.json({}, { status: 503, headers: { "retry-after": retryAfter } });
    });
    assert.deepEqual(answered(await home.run(["api", "/busy"])), { done: true });
    assert.equal(seen.length, 2);
    // The server's `Date` has whole seconds, too.
    const early = form === "seconds" ? 50 : 1_000;
    assert.ok((seen[1]?.at ?? 0) >= notBefore - early, `${seen[1]?.at} is before ${notBefore}`);
  });
}

Deno.test("vantage api ends at once when it is interrupted while it waits", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const running = home.start(["api", "/status/503?retry_after=50"]);
  await eventually(() => asked(provider).length === 1);
  running.kill("SIGINT");
  const { status, stdout } = await running.result;
  assert.deepEqual([status, stdout, asked(provider).length], [130, "", 1]);
});

const LOST: readonly Fault["kind"][] = ["close", "close-after", "hang-after"];

for (const kind of LOST) {
  Deno.test(`vantage api sends GET again and POST never when the server does ${kind}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider, { at: "front" });
    const processed = kind !== "close";
    const lose = (times: number) =>
      provider.api.fault({ path: "/orders" }, { kind } as Fault, { times });
    const run = (...args: string[]) =>
      home.run(["api", "/orders", "--timeout", "1s", ...args, "--json"]);

    lose(1);
    assert.deepEqual(answered(await run()), []);
    assert.equal(provider.api.count({ path: "/orders" }), 2);

    const once = [["-f", "a=b"], ["-X", "POST"], ["-X", "PATCH", "-f", "a=b"]];
    for (const args of kind === "hang-after" ? once.slice(0, 1) : once) {
      const before = provider.api.count({ path: "/orders" });
      const remove = lose(Infinity);
      const result = await run(...args);
      remove();
      assertApiFailed(result, "network");
      assert.equal(result.stdout, "");
      assert.equal(provider.api.count({ path: "/orders" }) - before, 1);
    }
    const { orders } = provider.apiState;
    assert.equal(orders.length, !processed ? 0 : kind === "hang-after" ? 1 : 3);

    lose(1);
    assert.equal(answered(await run("-X", "PUT", "-f", "a=b")).method, "PUT");
    assert.equal(orders.filter(({ method }) => method === "PUT").length, processed ? 2 : 1);
  });
}

Deno.test("vantage api never sends stdin a second time", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  provider.api.fault({ path: "/orders" }, { kind: "close" }, { times: 1 });
  const args = ["api", "/orders", "-X", "POST", "--input", "-", "--json"];
  assertApiFailed(await home.run(args, { stdin: "x" }), "network");
  assert.equal(provider.api.count({ path: "/orders" }), 1);
});

Deno.test("vantage api ends with network when nobody listens", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  provider.api.down();
  const [get, post] = await Promise.all([
    home.run(["api", "/me", "--json"]),
    home.run(["api", "/me", "-X", "POST", "--json"]),
  ]);
  for (const result of [get, post]) {
    assert.equal(assertApiFailed(result, "network").hint === "", false);
  }
  provider.api.up();
  assert.equal(answered(await home.run(["api", "/me"])).sub, "ada");
});

Deno.test("vantage api reads an answer again that broke off, before it shows anything of it", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  const cut = () => provider.api.fault({ path: "/clusters" }, { kind: "truncate" }, { times: 1 });
  cut();
  assert.equal((await home.run(["api", "/clusters", "--jq", "length"])).stdout, "3\n");
  cut();
  const page = await home.run(["api", "/clusters?per_page=2", "--paginate"]);
  assert.equal(answered(page).length, 3);
  cut();
  const post = await home.run(["api", "/clusters", "-X", "POST", "--jq", "length", "--json"]);
  assertApiFailed(post, "network");
  assert.equal(post.stdout, "");
});

Deno.test("vantage api says that the body broke off when it is shown already", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" });
  provider.api.fault({ path: "/clusters" }, { kind: "truncate" }, { times: 1 });
  const result = await home.run(["api", "/clusters", "--json"]);
  assertApiFailed(result, "network");
  assert.throws(() => JSON.parse(result.stdout));
  assert.equal(provider.api.count({ path: "/clusters" }), 1);
});

Deno.test("vantage api gives up on a server that falls silent", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const { files } = provider.apiState;
  files.validators = "none";
  files.stalls.push(100_000);
  const args = ["api", "/files/200000", "--timeout", "1s", "--json"];
  const { message } = assertApiFailed(await home.run(args), "network");
  assert.match(message, /within 1 s/);
});

Deno.test("vantage api waits for a server that is slow as long as it says something", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  provider.apiState.answers.set("/drip", () => {
    let left = 4;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 400));
          if (left-- === 0) controller.close();
          else controller.enqueue(new TextEncoder().encode(`${left}`));
        },
      }),
    );
  });
  const { status, stdout } = await home.run(["api", "/drip", "--timeout", "1s"]);
  assert.deepEqual([status, stdout], [0, "3210"]);
});
