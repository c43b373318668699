import assert from "node:assert/strict";
import { assertApiFailed, follow, type Following, homeWithApi } from "../support/api_home.ts";
import { announcementsOf } from "../support/announcements.ts";
import { startProvider } from "../support/provider.ts";
import { eventually } from "../tokens/eventually.ts";
import { REFRESH } from "../tokens/sessions.ts";

const CHANGES = "subscription { clusterChanged { name } }";
const ANNOUNCED = "subscription { announced }";

const changes = ["alpha", "beta", "gamma"]
  .map((name) => `{"data":{"clusterChanged":{"name":"${name}"}}}\n`).join("");

const said = (...texts: string[]) =>
  texts.map((text) => `{"data":{"announced":"${text}"}}\n`).join("");

for (const transport of ["ws", "sse", "auto"]) {
  Deno.test(`vantage graphql prints one event a line and ends with the subscription, by ${transport}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    for (const args of [[], ["--subscribe"]]) {
      const result = await home.run(["graphql", CHANGES, "--transport", transport, ...args]);
      assert.deepEqual([result.status, result.stdout], [0, changes], result.stderr);
    }
    const { taken } = await provider.sockets();
    assert.equal(taken.length, transport === "sse" ? 0 : 2);
    const jq = await home.run(["graphql", CHANGES, "--jq", ".data.clusterChanged.name"]);
    assert.equal(jq.stdout, "alpha\nbeta\ngamma\n");
  });
}

Deno.test("vantage graphql subscribes by server-sent events when there are no WebSockets", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider, { at: "front" }); // which takes no upgrade
  const result = await home.run(["graphql", CHANGES]);
  assert.deepEqual([result.status, result.stdout], [0, changes], result.stderr);
});

Deno.test("vantage graphql subscribes over TLS by an authority of one's own", async () => {
  await using provider = await startProvider({ tls: true });
  await using home = await homeWithApi(provider);
  for (const transport of ["ws", "sse"]) {
    const result = await home.run(["graphql", CHANGES, "--transport", transport]);
    assert.deepEqual([result.status, result.stdout], [0, changes], result.stderr);
  }
});

Deno.test("vantage graphql connects again when the connection breaks off", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  const announcements = announcementsOf(provider.apiState);
  const sockets = await provider.sockets();
  const running = follow(home, ["graphql", ANNOUNCED, "--transport", "ws"]);
  await listening(announcements, running);
  announcements.announce("one");
  await running.prints(/one/);
  sockets.last.close(1012, "Restart");
  await eventually(() => sockets.taken.length === 2);
  await listening(announcements, running);
  announcements.announce("two");
  announcements.end();
  const { status, stdout, stderr } = await running.result;
  assert.deepEqual([status, stdout], [0, said("one", "two")], stderr);
});

Deno.test("vantage graphql subscribes with a new token when the old one is refused", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const transport of ["ws", "sse"]) {
    provider.refuseAccessTokens();
    const before = provider.count(REFRESH);
    const result = await home.run(["graphql", CHANGES, "--transport", transport]);
    assert.deepEqual([result.status, result.stdout], [0, changes], result.stderr);
    assert.equal(provider.count(REFRESH) - before, 1);
  }
  await Deno.remove(home.tokenFile);
  assertApiFailed(await home.run(["graphql", CHANGES, "--json"]), "not_logged_in");
});

Deno.test("vantage graphql ends a subscription with 1 when an event has errors", async () => {
  await using provider = await startProvider();
  await using home = await homeWithApi(provider);
  for (const transport of ["ws", "sse"]) {
    const announcements = announcementsOf(provider.apiState);
    const running = follow(home, ["graphql", ANNOUNCED, "--transport", transport, "--json"]);
    await listening(announcements, running);
    announcements.announce("BROKEN", "after");
    await running.prints(/after/);
    announcements.end();
    const result = await running.result;
    assert.match(result.stdout, /^\{[^\n]*"errors":\[[^\n]*It is broken/);
    assert.ok(result.stdout.endsWith(said("after")));
    assert.match(assertApiFailed(result, "graphql_failed").message, /It is broken/);
  }
});

for (const transport of ["ws", "sse"]) {
  Deno.test(`vantage graphql leaves the subscription in order when it is interrupted, by ${transport}`, async () => {
    await using provider = await startProvider();
    await using home = await homeWithApi(provider);
    const announcements = announcementsOf(provider.apiState);
    const running = follow(home, ["graphql", ANNOUNCED, "--transport", transport]);
    await listening(announcements, running);
    announcements.announce("one");
    await running.prints(/one/);
    running.kill("SIGINT");
    const { status, stdout } = await running.result;
    assert.deepEqual([status, stdout], [130, said("one")]);
    await announcements.listened(0);
  });
}

/** Waits until the program listens; fails when it ends before. */
async function listening(
  announcements: ReturnType<typeof announcementsOf>,
  running: Following,
): Promise<void> {
  const ended = running.result.then(({ stderr }) => {
    throw new Error(`The program ended before it listened: ${stderr}`);
  });
  ended.catch(() => {}); // it ends some time
  await Promise.race([announcements.listened(), ended]);
}
