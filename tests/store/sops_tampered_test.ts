import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import { identitiesOf, openSops } from "../support/sops.ts";
import { filled, FORMATS, refused } from "./sops_checks.ts";

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
}
