import assert from "node:assert/strict";
import { isVantageError, VantageError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { checkWritable, updateCredentials } from "../../src/tokens/credential_update.ts";
import { ID, take } from "../store/contract.ts";
import { World } from "./manager_setup.ts";

const clientSecret = new Secret("client-secret");

Deno.test("updateCredentials() changes what there is, and removes a record that becomes empty", async () => {
  const world = new World();
  const { store, clock } = world;
  const session = world.session();
  await updateCredentials(store, clock, ID, (kept) => ({ ...kept, clientSecret }));
  await updateCredentials(store, clock, ID, (kept) => ({ ...kept, session }));
  const saved = await world.saved();
  assert.equal(saved.clientSecret?.expose(), "client-secret");
  assert.equal(saved.session?.accessToken.expose(), "access-1");
  await updateCredentials(store, clock, ID, () => ({}));
  assert.equal(await store.get(ID), undefined);
  await updateCredentials(store, clock, ID, () => ({ clientSecret }));
  await updateCredentials(store, clock, ID, () => undefined);
  assert.equal(await store.get(ID), undefined);
});

Deno.test("updateCredentials() waits for who is writing, and loses no change", async () => {
  const world = new World();
  const { store, clock } = world;
  const session = world.session();
  const lock = await take(store);
  const update = updateCredentials(store, clock, ID, (kept) => ({ ...kept, clientSecret }));
  await lock[Symbol.asyncDispose]();
  await world.save({ session });
  await world.settle(update);
  const saved = await world.saved();
  assert.ok(saved.session);
  assert.ok(saved.clientSecret);
});

Deno.test("updateCredentials() takes a record that cannot be used for an empty one", async () => {
  const world = new World();
  await using lock = await take(world.store);
  await lock.set({ session: "not one of ours" }, undefined);
  await lock[Symbol.asyncDispose]();
  await updateCredentials(world.store, world.clock, ID, (kept) => ({ ...kept, clientSecret }));
  assert.ok((await world.saved()).clientSecret);
});

Deno.test("updateCredentials() throws when the store cannot be read for another reason", async () => {
  const world = new World();
  const broken = new VantageError("store_unusable", "Broken");
  const store = { ...world.store, get: () => Promise.reject(broken) };
  await assert.rejects(
    updateCredentials(store, world.clock, ID, () => ({ clientSecret })),
    (error) => isVantageError(error, "store_unusable"),
  );
  assert.equal(await world.store.get(ID), undefined);
});

Deno.test("checkWritable() changes nothing and leaves no lock", async () => {
  const world = new World();
  await checkWritable(
    { store: world.store, clock: world.clock, id: ID },
    new AbortController().signal,
  );
  assert.equal(await world.store.get(ID), undefined);
  await using _free = await take(world.store);
});
