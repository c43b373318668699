import assert from "node:assert/strict";
import { join } from "node:path";
import { type ErrorCode, isVantageError, type VantageError } from "../../src/errors.ts";
import type { Files } from "../../src/system.ts";
import { FileError } from "../../src/system.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import type { SopsFormat, SopsSubject } from "../support/sops.ts";
import { agePerson, identitiesOf, openSops } from "../support/sops.ts";
import { ID, take } from "./contract.ts";

const UNIX = Deno.build.os !== "windows";
const FORMATS: readonly SopsFormat[] = ["json", "yaml"];
const FIELDS = { access_token: "precious-1", client_secret: "precious-2" };
const OTHER = { ...ID, account: "other" };

async function fails(
  operation: Promise<unknown>,
  ...codes: ErrorCode[]
): Promise<VantageError> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  assert.ok(isVantageError(error, ...codes), `Expected ${codes}, got ${error}`);
  assert.doesNotMatch(`${error.message} ${error.hint} ${error.cause}`, /precious|AGE-SECRET/);
  return error;
}

/** A file with two accounts. */
async function filled(subject: SopsSubject): Promise<string> {
  for (const id of [ID, OTHER]) {
    await using lock = await take(subject.store, id);
    await lock.set({ ...FIELDS, account: id.account }, undefined);
  }
  return await subject.read();
}

/** Nothing can be done with the file as it is, and nothing that is tried changes it. */
async function refused(subject: SopsSubject, ...codes: ErrorCode[]): Promise<VantageError> {
  const text = await subject.read();
  const store = subject.another();
  const error = await fails(store.get(ID), ...codes);
  await fails(store.list(), ...codes);
  await using lock = await take(store);
  await fails(lock.reserve(), ...codes);
  for (const expected of ["any", undefined, 7] as const) {
    await fails(lock.set(FIELDS, expected), ...codes);
    await fails(lock.delete(expected), ...codes);
  }
  assert.equal(await subject.read(), text);
  const names = [...Deno.readDirSync(subject.root)].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name.includes("secrets")), [
    subject.path.split("/").at(-1),
  ]);
  return error;
}

// deno-lint-ignore no-explicit-any -- trees of all shapes, to be damaged
type Tree = any;

/** Ways to change a file without its key: what each does, and what it is refused with. */
const TAMPERED: Record<string, [(tree: Tree) => void, ErrorCode, RegExp]> = {
  "a value swapped with its neighbour": [
    ({ vantage: { vantage: { prod } } }) => {
      [prod.access_token, prod.client_secret] = [prod.client_secret, prod.access_token];
    },
    "store_tampered",
    /'vantage\/vantage\/prod\/access_token' is damaged, or was moved/,
  ],
  "a value of another account": [
    ({ vantage: { vantage } }) => {
      vantage.prod.access_token = vantage.other.access_token;
    },
    "store_tampered",
    /was moved/,
  ],
  "two accounts exchanged": [
    ({ vantage: { vantage } }) => {
      [vantage.prod, vantage.other] = [vantage.other, vantage.prod];
    },
    "store_tampered",
    /was moved/,
  ],
  "an account removed": [
    (tree) => {
      delete tree.vantage.vantage.other;
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "a value removed": [
    (tree) => {
      delete tree.vantage.vantage.prod.client_secret;
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "everything removed": [
    (tree) => {
      delete tree.vantage;
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "values in another order": [
    ({ vantage: { vantage } }) => {
      const { access_token, ...rest } = vantage.prod;
      vantage.prod = { ...rest, access_token };
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "a value in the clear": [
    (tree) => {
      tree.vantage.vantage.prod.access_token = "mine";
    },
    "store_tampered",
    /damaged/,
  ],
  "a value that is empty": [
    (tree) => {
      tree.vantage.vantage.prod.access_token = "";
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "a number": [
    (tree) => {
      tree.vantage.vantage.prod.access_token = 5;
    },
    "store_tampered",
    /is not encrypted/,
  ],
  "a foreign value added": [
    (tree) => {
      tree.note_unencrypted = "hello";
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "the time changed": [
    (tree) => {
      tree.sops.lastmodified = "2020-01-01T00:00:00Z";
    },
    "store_tampered",
    /the time it was made at/,
  ],
  "the MAC of another place": [
    (tree) => {
      tree.sops.mac = tree.vantage.vantage.prod.access_token;
    },
    "store_tampered",
    /its MAC/,
  ],
  "a shorter tag": [
    ({ vantage: { vantage: { prod } } }) => {
      prod.access_token = prod.access_token.replace(/tag:[^,]+/, "tag:AAAAAA==");
    },
    "store_tampered",
    /damaged/,
  ],
  "another type that reads alike": [
    ({ vantage: { vantage: { prod } } }) => {
      prod.access_token = prod.access_token.replace("type:str", "type:comment");
    },
    "store_tampered",
    /damaged/,
  ],
  "the service joined to the account": [
    (tree) => {
      tree.vantage = { "vantage:prod": tree.vantage.vantage.prod, ...tree.vantage };
      delete tree.vantage.vantage.prod;
    },
    "store_tampered",
    /has ':' in its name/,
  ],
  "our top level joined to the service": [
    (tree) => {
      tree["vantage:vantage"] = tree.vantage.vantage;
      delete tree.vantage;
    },
    "store_tampered",
    /is no key of vantage's/,
  ],
  "a value in a list": [
    ({ vantage: { vantage: { prod } } }) => {
      prod.access_token = [prod.access_token];
    },
    "store_tampered",
    /is a list/,
  ],
  "an account in a list": [
    ({ vantage: { vantage } }) => {
      vantage.prod = [vantage.prod];
    },
    "store_tampered",
    /is a list/,
  ],
  "a name spelled twice": [
    ({ vantage: { vantage } }) => {
      vantage["%70rod"] = {};
    },
    "store_tampered",
    /is there twice/,
  ],
  "rules that leave it in the clear": [
    (tree) => {
      delete tree.sops.unencrypted_suffix;
      tree.sops.encrypted_regex = "^nothing$";
      tree.vantage.vantage.prod.access_token = "mine";
    },
    "store_tampered",
    /MAC does not fit/,
  ],
  "no metadata": [
    (tree) => {
      delete tree.sops;
    },
    "store_format",
    /its metadata is missing/,
  ],
  "metadata without a MAC": [
    (tree) => {
      delete tree.sops.mac;
    },
    "store_format",
    /'sops.mac' is missing/,
  ],
  "two rules": [
    (tree) => {
      tree.sops.encrypted_suffix = "_secret";
    },
    "store_format",
    /it sets both/,
  ],
  "an expression that could hang": [
    (tree) => {
      delete tree.sops.unencrypted_suffix;
      tree.sops.encrypted_regex = "^(v+)+$";
    },
    "store_format",
    /too intricate/,
  ],
  "rules by comments": [
    (tree) => {
      tree.sops.encrypted_comment_regex = "secret";
    },
    "store_format",
    /'encrypted_comment_regex' is not supported/,
  ],
  "keys of a cloud only": [
    (tree) => {
      tree.sops.kms = tree.sops.age;
      delete tree.sops.age;
    },
    "store_format",
    /encrypted for 'kms' only/,
  ],
  "key groups": [
    (tree) => {
      tree.sops.key_groups = [{ age: tree.sops.age }];
    },
    "store_format",
    /key groups/,
  ],
  "a damaged recipient": [
    (tree) => {
      tree.sops.age[0] = "age1";
    },
    "store_format",
    /an item of 'sops.age' is damaged/,
  ],
  "a damaged data key": [
    (tree) => {
      tree.sops.age[0].enc = tree.sops.age[0].enc.replace(/\n[^-\n]{40}/, "\n" + "A".repeat(40));
    },
    "store_tampered",
    /the data key in it is damaged/,
  ],
};

for (const [what, [change, code, message]] of Object.entries(TAMPERED)) {
  Deno.test(`sopsStore() throws ${code} and writes nothing when the file has ${what}`, async () => {
    await using subject = await openSops("json");
    const tree = JSON.parse(await filled(subject));
    change(tree);
    await subject.write(JSON.stringify(tree, null, "\t"));
    assert.match((await refused(subject, code)).message, message);
    // The same tree as YAML, of which JSON is a part.
    await using yaml = await openSops("yaml", { identities: identitiesOf(subject.ada) });
    await yaml.write(JSON.stringify(tree));
    assert.match((await refused(yaml, code)).message, message);
  });
}

for (const format of FORMATS) {
  Deno.test(`sopsStore() in ${format} throws store_format when the file is cut off or damaged`, async () => {
    await using subject = await openSops(format);
    const text = await filled(subject);
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await subject.write(text.slice(0, Math.floor(text.length * part)));
      // YAML's indentation has no end that could be missing: the MAC finds it out.
      await refused(
        subject,
        "store_format",
        ...format === "yaml" ? ["store_tampered"] as const : [],
      );
    }
    const conflict = text.replace(
      /^.*access_token.*$/m,
      "<<<<<<< ours\n$&\n=======\n$&\n>>>>>>> theirs",
    );
    for (
      const damaged of ["", " \n", conflict, text + text, `${text}}`, "[1]", "5", '"x"', "\uFFFD"]
    ) {
      await subject.write(damaged);
      await refused(subject, "store_format");
    }
  });

  Deno.test(`sopsStore() in ${format} throws store_format when a key is there twice`, async () => {
    await using subject = await openSops(format);
    const text = await filled(subject);
    const line = /^.*access_token.*$/m.exec(text)?.[0];
    await subject.write(text.replace(/^.*access_token.*$/m, `${line}\n${line}`));
    const { message } = await refused(subject, "store_format");
    assert.match(message, /the key 'access_token' is there twice/);
  });

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

  Deno.test(`sopsStore() in ${format} set() writes nothing when nothing changes`, async () => {
    await using subject = await openSops(format);
    const text = await filled(subject);
    const { inode } = await denoFiles().stat(subject.path) ?? {};
    const saved = await subject.store.get(ID);
    await using lock = await take(subject.another());
    assert.deepEqual(await lock.set({ ...saved?.fields }, saved?.generation), saved);
    assert.equal(await subject.read(), text);
    assert.equal((await denoFiles().stat(subject.path))?.inode, inode);
  });

  Deno.test(`sopsStore() in ${format} set() makes a new generation when only a field goes`, async () => {
    await using subject = await openSops(format);
    await using lock = await take(subject.store);
    const seen = new Set<number>();
    const once = { a: "1" };
    const both = { a: "1", b: { c: "2", d: "3" } };
    for (const fields of [once, both, once, both, { ...both, b: { c: "2" } }, both, once]) {
      seen.add((await lock.set(fields, "any")).generation);
      assert.deepEqual((await subject.another().get(ID))?.fields, fields);
    }
    assert.equal(seen.size, 7);
  });

  Deno.test(`sopsStore() in ${format} accepts places that a person left empty`, async () => {
    await using subject = await openSops(format);
    await filled(subject);
    for (const id of [ID, OTHER]) {
      await using lock = await take(subject.store, id);
      await lock.delete("any");
    }
    const text = await subject.read();
    const [mark, places] = format === "json"
      ? ['"sops"', [
        '"vantage": {},\n',
        '"vantage": null,',
        '"vantage": {"vantage": {}}, ',
      ]] as const
      : ["sops:", [
        "vantage: {}\n",
        "vantage:\n",
        "vantage: ~\n",
        "vantage:\n    vantage:\n",
      ]] as const;
    for (const place of places) {
      await subject.write(text.replace(mark, () => place + mark));
      const store = subject.another();
      assert.deepEqual(await store.list(), []);
      await using lock = await take(store);
      await lock.set(FIELDS, undefined);
      assert.deepEqual((await subject.another().get(ID))?.fields, FIELDS);
    }
  });
}

Deno.test("sopsStore() takes a value's text whatever type it claims", async () => {
  await using subject = await openSops("json");
  await using lock = await take(subject.store);
  await lock.set({ api_key: "12345" }, undefined);
  const text = await subject.read();
  for (const type of ["int", "float", "bytes", "time"]) {
    await subject.write(text.replace(/type:str(?=\]",?\n\s*\})/, `type:${type}`));
    assert.notEqual(await subject.read(), text);
    assert.deepEqual((await subject.another().get(ID))?.fields, { api_key: "12345" }, type);
  }
});

Deno.test("sopsStore() throws store_format when the file's rules would leave a secret in the clear", async () => {
  for (const [rule, value] of [["encrypted_regex", "^data$"], ["unencrypted_suffix", "_token"]]) {
    await using subject = await openSops("json");
    // Of values there are none, so that the MAC fits whatever is encrypted.
    await filled(subject);
    for (const id of [ID, OTHER]) {
      await using lock = await take(subject.store, id);
      await lock.delete("any");
    }
    const { sops: { unencrypted_suffix: _gone, ...rest } } = JSON.parse(await subject.read());
    const text = JSON.stringify({ sops: { ...rest, [`${rule}`]: value } });
    await subject.write(text);
    await using lock = await take(subject.another());
    const { message } = await fails(lock.set(FIELDS, undefined), "store_format");
    assert.match(
      message,
      new RegExp(`its '${rule}' would leave 'vantage/vantage/prod/access_token'`),
    );
    assert.equal(await subject.read(), text);
  }
});

Deno.test("sopsStore() throws store_format when the file's name does not tell its format", async () => {
  await using subject = await openSops("json");
  for (const name of ["secrets", "secrets.toml", "json"]) {
    const store = subject.another({ path: join(subject.root, name) });
    await fails(store.get(ID), "store_format");
    await using lock = await take(store);
    await fails(lock.set(FIELDS, "any"), "store_format");
  }
});

Deno.test({
  name: "sopsStore() makes a file of mode 0600, and keeps the mode of one that is there",
  ignore: !UNIX,
  async fn() {
    await using subject = await openSops("json");
    const mode = () => (Deno.statSync(subject.path).mode ?? 0) & 0o777;
    await filled(subject);
    assert.equal(mode(), 0o600);
    await Deno.chmod(subject.path, 0o644);
    await using lock = await take(subject.store);
    await lock.set({ a: "1" }, "any");
    assert.equal(mode(), 0o644);
    await lock.reserve();
    await lock.set({ a: "2" }, "any");
    assert.equal(mode(), 0o644);
  },
});

Deno.test({
  name: "sopsStore() writes what a symbolic link leads to, and refuses one that leads nowhere",
  ignore: !UNIX,
  async fn() {
    await using subject = await openSops("json");
    const target = join(subject.root, "elsewhere", "target.json");
    await Deno.mkdir(join(subject.root, "elsewhere"));
    await Deno.symlink(target, subject.path);
    await fails(subject.store.get(ID), "store_format");
    await using lock = await take(subject.store);
    await fails(lock.set(FIELDS, "any"), "store_format");

    await using direct = await openSops("json", {
      path: target,
      identities: identitiesOf(subject.ada),
    });
    await using theirs = await take(direct.another({ recipients: [subject.ada.recipient] }));
    await theirs.set(FIELDS, undefined);
    await lock.reserve();
    await lock.set({ a: "1" }, "any");
    assert.ok(Deno.lstatSync(subject.path).isSymlink);
    assert.deepEqual((await direct.store.get(ID))?.fields, { a: "1" });
    const names = [...Deno.readDirSync(join(subject.root, "elsewhere"))].map(({ name }) => name);
    assert.deepEqual(names, ["target.json"]);
  },
});

Deno.test("sopsStore() leaves nothing beside the file but the file", async () => {
  await using subject = await openSops("yaml");
  const names = () => [...Deno.readDirSync(subject.root)].map(({ name }) => name).sort();
  {
    await using first = await take(subject.store);
    await using second = await take(subject.store, OTHER);
    await first.reserve();
    await second.reserve();
    assert.equal(names().length, 3); // each has space of its own
    await first.set(FIELDS, undefined);
    await second.set(FIELDS, undefined);
    await first.reserve();
  }
  assert.deepEqual(names(), ["secrets.yaml", "state"]);
  assert.deepEqual((await subject.store.list()).length, 2);
});

Deno.test("sopsStore() keeps the old file when the disk is full", async () => {
  const files = denoFiles();
  let full = false;
  const failing: Files = {
    ...files,
    open: async (path, options) => {
      const file = await files.open(path, options);
      const writeText = (text: string) =>
        full
          ? Promise.reject(new FileError("full", path, new Error("full")))
          : file.writeText(text);
      return { ...file, writeText };
    },
  };
  await using subject = await openSops("json", { files: failing });
  const text = await filled(subject);
  await using lock = await take(subject.store);
  full = true;
  await fails(lock.reserve(), "store_full");
  await fails(lock.set({ a: "1" }, "any"), "store_full");
  full = false;
  assert.equal(await subject.read(), text);
  assert.deepEqual((await subject.store.get(ID))?.fields, { ...FIELDS, account: ID.account });
});
