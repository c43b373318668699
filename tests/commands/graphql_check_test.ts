import assert from "node:assert/strict";
import { buildSchema, graphqlSync } from "graphql";
import { INTROSPECTION_QUERY } from "../../src/api/graphql/introspection.ts";
import type { CachedSchema, SchemaCache } from "../../src/api/graphql/schema_cache.ts";
import { parseFields } from "../../src/api/fields.ts";
import { checkedOperation, type CheckMode } from "../../src/commands/graphql_check.ts";
import { ServerSchema } from "../../src/commands/graphql_schema.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fakeApi, type Reply } from "../support/exchange.ts";

const OLD = "type Query { me: String }";
const NEW = "type Query { me: String, you(id: ID!): String }";
const URL_ = new URL("https://api.example.com/graphql");

const introspection = (sdl: string): object =>
  JSON.parse(
    JSON.stringify(graphqlSync({ schema: buildSchema(sdl), source: INTROSPECTION_QUERY })),
  );
const tells = (sdl: string) => Response.json(introspection(sdl));
const refuses = () => Response.json({ errors: [{ message: "Introspection is disabled" }] });

const HOUR_MS = 3_600_000;

/** A server that replies so, and what was known of it before. */
function world(replies: Reply[], known?: { sdl: string | null; ageMs?: number }) {
  const clock = new FakeClock();
  const { client, sent } = fakeApi(replies, { clock });
  let entry: CachedSchema | undefined = known && {
    fetched_at: clock.now() - (known.ageMs ?? HOUR_MS),
    introspection: known.sdl === null ? null : introspection(known.sdl),
  };
  const cache: SchemaCache = {
    get(url, account) {
      assert.deepEqual([url, account], [URL_.href, "vantage/test"]);
      return Promise.resolve(entry);
    },
    set: (_url, _account, schema) => Promise.resolve(void (entry = schema)),
  };
  const schema = new ServerSchema({ client, url: URL_, account: "vantage/test", cache, clock });
  return {
    schema,
    sent,
    clock,
    remembered: () => entry,
    async check(text: string, mode: CheckMode, fields: string[] = []) {
      const parsed = await parseFields(fields.map((text) => ({ text, typed: false })), () => {
        throw new Error("No file");
      });
      return await checkedOperation(schema, { text, name: "query" }, parsed, {
        operationName: undefined,
        mode,
      });
    },
  };
}

Deno.test("checkedOperation() asks nobody when the remembered schema takes the document", async () => {
  for (const mode of [true, "remembered", "ask"] as const) {
    const { check, sent } = world([tells(NEW)], { sdl: OLD });
    const { operation, known } = await check("{ me }", mode);
    assert.equal(operation.kind, "query");
    assert.ok(known);
    assert.equal(sent.length, 0);
  }
});

Deno.test("checkedOperation() asks again when only the remembered schema refuses the document", async () => {
  for (const mode of [true, "remembered", "ask"] as const) {
    const { check, sent, remembered } = world([tells(NEW)], { sdl: OLD });
    const { known } = await check("{ you(id: 1) }", mode);
    assert.ok(known?.getQueryType()?.getFields().you);
    assert.equal(sent.length, 1);
    assert.deepEqual(remembered()?.introspection, introspection(NEW));
  }
});

Deno.test("checkedOperation() throws when the server's new schema refuses the document, too", async () => {
  const { check, sent } = world([tells(NEW)], { sdl: OLD });
  await assert.rejects(check("{ them }", "remembered"), {
    code: "graphql_invalid",
    excerpt: /them/,
  });
  assert.equal(sent.length, 1);
});

Deno.test("checkedOperation() throws by the remembered schema when the server tells none now", async () => {
  for (const reply of [refuses(), new Response("no", { status: 500 })]) {
    const { check } = world([reply], { sdl: OLD });
    await assert.rejects(check("{ them }", "remembered"), { code: "graphql_invalid" });
  }
});

Deno.test("checkedOperation() asks only when it should when nothing is remembered", async () => {
  for (const [mode, asks] of [[true, 1], ["ask", 1], ["remembered", 0], [false, 0]] as const) {
    const { check, sent } = world([tells(NEW)]);
    const { known } = await check("{ me }", mode);
    assert.deepEqual([sent.length, known !== undefined], [asks, asks === 1], String(mode));
  }
});

Deno.test("checkedOperation() takes what is a day old for nothing", async () => {
  for (const ageMs of [24 * HOUR_MS, -1]) {
    const { check, sent } = world([tells(NEW)], { sdl: OLD, ageMs });
    await check("{ me }", "ask");
    assert.equal(sent.length, 1);
  }
});

Deno.test("checkedOperation() does not ask a server twice a day that does not tell, unless told", async () => {
  const { check, sent, clock } = world([refuses()]);
  assert.equal((await check("{ anything }", "ask")).known, undefined);
  await check("{ anything }", "ask");
  assert.equal(sent.length, 1);
  await check("{ anything }", true);
  assert.equal(sent.length, 2);
  clock.advance(24 * HOUR_MS);
  await check("{ anything }", "ask");
  assert.equal(sent.length, 3);
});

Deno.test("checkedOperation() asks again soon when the server could not tell for now", async () => {
  for (const status of [401, 429, 500]) {
    const { check, sent, remembered } = world([
      new Response("{}", {
        status,
        headers: { "retry-after": "3600" },
      }),
    ]);
    await check("{ anything }", "ask");
    assert.equal(remembered(), undefined, String(status));
    const before = sent.length;
    await check("{ anything }", "ask");
    assert.equal(sent.length, 2 * before);
  }
});

Deno.test("checkedOperation() does not check when told, and reads no schema for it", async () => {
  const { check, sent } = world([tells(NEW)], { sdl: OLD });
  const { operation, known } = await check("{ them }", false);
  assert.deepEqual([operation.text, known, sent.length], ["{ them }", undefined, 0]);
});

Deno.test("checkedOperation() throws for a wrong syntax without a word to the server", async () => {
  for (const mode of [true, false, "ask", "remembered"] as const) {
    const { check, sent } = world([tells(NEW)]);
    await assert.rejects(check("{ me ", mode), { code: "graphql_invalid", excerpt: /\{ me/ });
    assert.ok(sent.length <= 1);
  }
});

Deno.test("checkedOperation() makes the query of a field by the schema, asking for that in any mode", async () => {
  for (const mode of [true, false, "ask", "remembered"] as const) {
    const { check, sent } = world([tells(NEW)]);
    const { operation } = await check("you", mode, ["id=1"]);
    assert.match(operation.text, /you\(id: \$id\)/);
    assert.equal(sent.length, 1);
  }
  const { check, sent } = world([tells(NEW)], { sdl: OLD });
  await check("you", false, ["id=1"]); // a field that the server has learnt since
  assert.equal(sent.length, 1);
});

Deno.test("checkedOperation() says that a query is to be written when the server tells no schema", async () => {
  const { check } = world([refuses()]);
  await assert.rejects(check("you", "ask"), { code: "graphql_invalid", hint: /write the query/ });
});

Deno.test("checkedOperation() throws network when the server is asked and not there", async () => {
  const { check } = world([new TypeError("client error (Connect): refused")]);
  await assert.rejects(check("{ me }", "ask"), { code: "network" });
});
