import assert from "node:assert/strict";
import { isVantageError } from "../../src/errors.ts";
import type { AgePerson, SopsSubject } from "../support/sops.ts";
import { agePerson, identitiesOf, openSops } from "../support/sops.ts";
import {
  hasGit,
  hasSops,
  hasVerifier,
  missingTools,
  output,
  readIndependently,
  sops,
  writeIndependently,
} from "../support/sops_tools.ts";
import { ID, take } from "./contract.ts";

for (const name of missingTools) {
  // deno-lint-ignore no-console -- the notice that the test command looks for
  console.log(`skipped: ${name} is not installed`);
}

const FIELDS = {
  session: {
    issuer: "https://id.example.com",
    access_token: "precious-1",
    scopes: ["openid", "email"],
    scopes_chosen: true,
  },
  client_secret: "12345",
};

/** The same as SOPS has it. */
const PLAIN = {
  session: {
    issuer: "https://id.example.com",
    access_token: "precious-1",
    scopes: 'json:["openid","email"]',
    scopes_chosen: "json:true",
  },
  client_secret: "12345",
};

const FOREIGN = {
  database: {
    password: "theirs",
    ports: ["5432", "5433"],
    empty: "",
    "a:b": "colon",
    nested: [["x"], ["y"]],
  },
  note_unencrypted: { text: "in the clear" },
};

async function set(subject: SopsSubject, fields: object, account = ID.account): Promise<void> {
  const store = subject.another();
  await using lock = await take(store, { ...ID, account });
  await lock.set({ ...fields }, "any");
}

for (const format of ["json", "yaml"] as const) {
  Deno.test({
    name: `sopsStore() writes ${format} that an independent verifier accepts`,
    ignore: !hasVerifier,
    async fn() {
      await using subject = await openSops(format);
      await set(subject, FIELDS);
      await set(subject, { "": "", n: 1, "x_unencrypted": "hidden" }, "a:b/\u2028_unencrypted");
      await set(subject, {}, "empty");
      assert.deepEqual(await readIndependently(subject), {
        tree: {
          vantage: {
            vantage: {
              prod: PLAIN,
              "a%3Ab%2F%E2%80%A8_unencrypte%64": {
                "%": 'json:""',
                n: "json:1",
                "x_unencrypte%64": "hidden",
              },
              empty: "json:{}",
            },
          },
        },
        recipients: [subject.ada.recipient],
      });
    },
  });

  Deno.test({
    name: `sopsStore() reads ${format} that somebody else wrote, and leaves their values alone`,
    ignore: !hasVerifier,
    async fn() {
      await using subject = await openSops(format);
      const theirs = { vantage: { vantage: { prod: PLAIN } }, ...FOREIGN };
      await writeIndependently(subject, theirs);
      assert.deepEqual((await subject.store.get(ID))?.fields, FIELDS);
      const lines = new Set((await subject.read()).split("\n"));

      await set(subject, { api_key: "new" }, "second");
      const { tree } = await readIndependently(subject);
      const ours = { vantage: { prod: PLAIN, second: { api_key: "new" } } };
      assert.deepEqual(tree, { ...theirs, vantage: ours });
      const added = (await subject.read()).split("\n").filter((line) => !lines.has(line));
      assert.ok(added.length <= 6, added.join("\n")); // mac, time, the account and its neighbour's comma
    },
  });

  Deno.test({
    name:
      `sopsStore() encrypts ${format} for each recipient, and for exactly them from the next write on`,
    ignore: !hasVerifier,
    async fn() {
      await using subject = await openSops(format);
      const [ben, cy] = [await agePerson(), await agePerson()];
      await set(subject, FIELDS);
      const before = await subject.read();
      const canRead = (person: AgePerson) =>
        subject.another({ identities: identitiesOf(person) }).get(ID).then(
          (saved) => saved !== undefined,
          (error) => !isVantageError(error, "store_key"),
        );
      const readers = () => Promise.all([subject.ada, ben, cy].map(canRead));
      assert.deepEqual(await readers(), [true, false, false]);

      for (
        const [people, expected] of [
          [[subject.ada, ben, cy], [true, true, true]],
          [[cy, subject.ada], [true, false, true]],
        ] as const
      ) {
        const recipients = people.map(({ recipient }) => recipient);
        await using lock = await take(subject.another({ recipients }));
        await lock.set(FIELDS, "any");
        assert.deepEqual(await readers(), expected);
      }
      const { recipients } = await readIndependently(subject, cy);
      assert.deepEqual(recipients.toSorted(), [subject.ada.recipient, cy.recipient].toSorted());
      const values = (text: string) =>
        text.split("\n").filter((line) => /access_token|client_secret|issuer/.test(line));
      assert.deepEqual(values(await subject.read()), values(before));
    },
  });

  Deno.test({
    name: `sopsStore() and the real sops read and edit one ${format} file`,
    ignore: !hasSops,
    async fn() {
      await using subject = await openSops(format);
      await set(subject, FIELDS);
      const type = ["--output-type", "json"];
      assert.deepEqual(JSON.parse(await sops(subject, "decrypt", ...type, subject.path)), {
        vantage: { vantage: { prod: PLAIN } },
      });
      const first = await subject.another().get(ID);
      await sops(subject, "set", subject.path, '["theirs"]', JSON.stringify(FOREIGN));
      assert.deepEqual(await subject.store.get(ID), first); // also its generation
      await sops(
        subject,
        "set",
        subject.path,
        '["vantage"]["vantage"]["prod"]["client_secret"]',
        '"theirs"',
      );
      assert.equal((await subject.store.get(ID))?.fields.client_secret, "theirs");
      await sops(subject, "rotate", "-i", subject.path);
      await set(subject, FIELDS);
      const { theirs } = JSON.parse(await sops(subject, "decrypt", ...type, subject.path));
      assert.deepEqual(theirs, FOREIGN);
      for (const id of await subject.store.list()) {
        await using lock = await take(subject.store, id);
        await lock.delete("any");
      }
      assert.deepEqual(JSON.parse(await sops(subject, "decrypt", ...type, subject.path)), {
        theirs: FOREIGN,
      });
    },
  });

  Deno.test({
    name: `sopsStore() changes one value, the MAC and the time in a Git diff of ${format}`,
    ignore: !hasGit,
    async fn() {
      let now = Date.parse("2026-01-02T03:04:05Z");
      await using subject = await openSops(format, {
        clock: { now: () => now, sleep: () => Promise.resolve() },
      });
      const git = (...args: string[]) =>
        output("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
          cwd: subject.root,
        });
      for (const account of ["one", "prod", "two"]) await set(subject, FIELDS, account);
      await git("init", "-q");
      await git("add", subject.path);
      await git("commit", "-qm", "before");
      assert.equal(await git("status", "--porcelain"), "?? state/\n");

      now += 60_000;
      await set(subject, FIELDS);
      assert.equal(await git("diff"), ""); // which changed nothing
      await set(subject, { ...FIELDS, client_secret: "another" });
      const changed = (await git("diff", "-U0")).split("\n")
        .map((line) => /^[-+]\s*"?(\w+)"?: /.exec(line)?.[1]).filter(Boolean);
      const expected = ["client_secret", "lastmodified", "mac"];
      assert.deepEqual(changed.toSorted(), [...expected, ...expected].toSorted());

      await git("commit", "-qam", "after");
      await set(subject, { ...FIELDS, client_secret: "another", api_key: "added" });
      const added = (await git("diff", "--numstat")).split("\t");
      assert.ok(Number(added[0]) <= 4 && Number(added[1]) <= 3, added.join(" "));
    },
  });
}
