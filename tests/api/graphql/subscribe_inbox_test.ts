import assert from "node:assert/strict";
import { Inbox } from "../../../src/api/graphql/subscribe_inbox.ts";
import { isVantageError } from "../../../src/errors.ts";

const MIB = 1024 * 1024;
const tooMuch = (error: unknown) => isVantageError(error, "api_answer");

Deno.test("Inbox gives what was added in order, then its end", async () => {
  const inbox = new Inbox("https://api.example");
  const first = inbox.next();
  inbox.add({ data: 1 }, 1);
  inbox.add({ data: 2 }, 1);
  inbox.end();
  assert.deepEqual([await first, await inbox.next()], [{ data: 1 }, { data: 2 }]);
  assert.equal(await inbox.next(), undefined);
});

Deno.test("Inbox gives what was added before it fails", async () => {
  const inbox = new Inbox("https://api.example");
  const failure = new Error("lost");
  inbox.add({ data: 1 }, 1);
  inbox.fail(failure);
  inbox.end();
  assert.deepEqual(await inbox.next(), { data: 1 });
  await assert.rejects(inbox.next(), failure);
});

Deno.test("Inbox.add() refuses more than 64 MiB, and takes more when some was read", async () => {
  const inbox = new Inbox("https://api.example");
  for (let data = 0; data < 4; data++) inbox.add({ data }, 16 * MIB);
  assert.throws(() => inbox.add({ data: 4 }, 1), tooMuch);
  await inbox.next();
  inbox.add({ data: 4 }, 16 * MIB);
  assert.throws(() => inbox.add({ data: 5 }, 1), tooMuch);
});

Deno.test("Inbox.add() refuses more than 10,000 events", () => {
  const inbox = new Inbox("https://api.example");
  for (let data = 0; data < 10_000; data++) inbox.add({ data }, 1);
  assert.throws(() => inbox.add({ data: 10_000 }, 1), tooMuch);
});

Deno.test("Inbox.caughtUp() waits until few wait", async () => {
  const inbox = new Inbox("https://api.example");
  await inbox.caughtUp();
  for (let data = 0; data < 200; data++) inbox.add({ data }, 1);
  let caughtUp = false;
  const waiting = inbox.caughtUp().then(() => caughtUp = true);
  for (let read = 0; read < 100; read++) await inbox.next();
  assert.equal(caughtUp, false);
  await inbox.next();
  await waiting;
});
