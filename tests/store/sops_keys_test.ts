import assert from "node:assert/strict";
import { agePerson, identitiesOf, openSops } from "../support/sops.ts";
import { ID, take } from "./contract.ts";
import { fails, FIELDS, filled, FORMATS } from "./sops_checks.ts";

for (const format of FORMATS) {
  Deno.test(`sopsStore() in ${format} throws store_key when no identity fits, or there is none`, async () => {
    await using subject = await openSops(format);
    await filled(subject);
    const stranger = await agePerson();
    await using others = await openSops(format, {
      path: subject.path,
      identities: identitiesOf(stranger),
    });
    const wrong = await fails(others.store.get(ID), "store_key");
    assert.ok(wrong.message.includes(subject.ada.recipient));
    assert.match(wrong.message, /no identity in a test fits/);
    const missing = await fails(
      subject.another({ identities: identitiesOf() }).get(ID),
      "store_key",
    );
    assert.match(missing.message, /there is no age identity/);
    await using lock = await take(others.store);
    await fails(lock.set(FIELDS, "any"), "store_key");
  });

  Deno.test(`sopsStore() in ${format} throws store_key when it cannot encrypt for the recipients`, async () => {
    await using subject = await openSops(format);
    const stranger = await agePerson();
    const cases: [string[], RegExp][] = [
      [[], /no recipient is set/],
      [["age1nonsense"], /'age1nonsense': it is not an age recipient/],
      [["ssh-ed25519 AAAA"], /it is not an age recipient/],
      [[stranger.recipient], /no identity in a test fits/], // it could not be read again
    ];
    for (const [recipients, message] of cases) {
      await using lock = await take(subject.another({ recipients }));
      assert.match((await fails(lock.reserve(), "store_key")).message, message);
      assert.match((await fails(lock.set(FIELDS, "any"), "store_key")).message, message);
      await assert.rejects(Deno.lstat(subject.path), Deno.errors.NotFound);
    }
    const text = await filled(subject);
    for (const [recipients, message] of cases.slice(1)) {
      await using lock = await take(subject.another({ recipients }));
      assert.match((await fails(lock.reserve(), "store_key")).message, message);
      assert.match((await fails(lock.set(FIELDS, "any"), "store_key")).message, message);
      assert.equal(await subject.read(), text);
    }
  });

  Deno.test(`sopsStore() in ${format} keeps the file's recipients when none are configured`, async () => {
    await using subject = await openSops(format);
    await filled(subject);
    await using lock = await take(subject.another({ recipients: [] }));
    await lock.set({ a: "b" }, "any");
    assert.ok((await subject.read()).includes(subject.ada.recipient));
    assert.deepEqual((await subject.another().get(ID))?.fields, { a: "b" });
  });
}
