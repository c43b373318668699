import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isVantageError } from "../../src/errors.ts";
import {
  formatGitCredential,
  parseGitRequest,
  wantsBearer,
} from "../../src/helpers/git_credential.ts";
import { NEVER } from "../../src/never.ts";
import { Secret } from "../../src/secret.ts";

const refuses = (text: string) =>
  assert.throws(() => parseGitRequest(text), (error) => isVantageError(error, "usage"));

Deno.test("parseGitRequest() reads attributes up to the empty line and ignores unknown ones", () => {
  const request = parseGitRequest(
    "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example.com:8443\n" +
      'path=acme/x.git\nusername=ada=lovelace\nnew=thing\nwwwauth[]=Basic realm="x"\n\nhost=evil\n',
  );
  assert.deepEqual(request, {
    protocol: "https",
    host: "git.example.com:8443",
    path: "acme/x.git",
    username: "ada=lovelace",
    password: undefined,
    isGenerated: false,
    challenges: ['Basic realm="x"'],
    capabilities: ["authtype", "state"],
  });
});

Deno.test("parseGitRequest() reads a request that ends without an empty line, and an empty one", () => {
  assert.equal(parseGitRequest("protocol=https\nhost=a").host, "a");
  assert.equal(parseGitRequest("protocol=https\nhost=a\n").host, "a");
  assert.equal(parseGitRequest("").host, undefined);
  assert.equal(parseGitRequest("\n").host, undefined);
});

Deno.test("parseGitRequest() takes back a list at an empty value", () => {
  const { challenges } = parseGitRequest("wwwauth[]=Basic\nwwwauth[]=\nwwwauth[]=Bearer\n");
  assert.deepEqual(challenges, ["Bearer"]);
});

Deno.test("parseGitRequest() takes CR for a line end only where every line has it", () => {
  assert.equal(parseGitRequest("protocol=https\r\nhost=a\r\n\r\n").host, "a");
  refuses("protocol=https\nhost=github.com\r\n\n");
  refuses("protocol=https\r\nhost=github.com\rhost=evil\r\n");
});

Deno.test("parseGitRequest() refuses what no git writes", () => {
  refuses("host\n");
  refuses("=x\n");
  refuses("host=a\0b\n");
  refuses("host=a\x1b[2J\n");
  refuses(`host=${"a".repeat(2 ** 20)}\n`);
});

Deno.test("parseGitRequest() does not quote a value in its errors", () => {
  assert.throws(() => parseGitRequest("password=hunter2-\0hunter2\n"), (error) => {
    assert.ok(error instanceof Error && !error.message.includes("hunter2"));
    return true;
  });
});

Deno.test("parseGitRequest() reads any values as they were written", () => {
  // deno-lint-ignore no-control-regex -- the protocol has no way to say them
  const text = fc.string().filter((value) => !/[\x00-\x1f\x7f]/.test(value));
  fc.assert(fc.property(text, text, (username, password) => {
    const request = parseGitRequest(
      `protocol=https\nusername=${username}\npassword=${password}\n\n`,
    );
    assert.deepEqual([request.username, request.password], [username, password]);
  }));
});

const request = (wwwauth: string[], capability = ["authtype"]) =>
  parseGitRequest(
    [...capability.map((name) => `capability[]=${name}`), ...wwwauth.map((h) => `wwwauth[]=${h}`)]
      .join("\n"),
  );

Deno.test("wantsBearer() is true only where the server takes nothing else and git can", () => {
  assert.ok(wantsBearer(request(['Bearer realm="x"'])));
  assert.ok(wantsBearer(request(["bearer"])));
  assert.ok(!wantsBearer(request(["Bearer", 'Basic realm="x"'])));
  assert.ok(!wantsBearer(request(["Bearer"], [])));
  assert.ok(!wantsBearer(request([])));
});

const credential = {
  username: "oauth2",
  password: new Secret("git-token-1"),
  expiresAt: 1_700_000_000_999,
  asBearer: false,
};

Deno.test("formatGitCredential() tells user name, password and expiry in seconds", () => {
  assert.equal(
    formatGitCredential(credential),
    "username=oauth2\npassword=git-token-1\npassword_expiry_utc=1700000000",
  );
  for (const expiresAt of [undefined, NEVER, Infinity]) {
    assert.equal(
      formatGitCredential({ ...credential, expiresAt }),
      "username=oauth2\npassword=git-token-1",
    );
  }
});

Deno.test("formatGitCredential() tells a bearer token that nobody is to keep", () => {
  assert.equal(
    formatGitCredential({ ...credential, asBearer: true }),
    "capability[]=authtype\nauthtype=Bearer\ncredential=git-token-1\nephemeral=1\n" +
      "password_expiry_utc=1700000000",
  );
});

Deno.test("formatGitCredential() refuses a value that would become another attribute", () => {
  for (const bad of ["a\nhost=evil", "a\rb", "a\0b"]) {
    for (const part of [{ password: new Secret(bad) }, { username: bad }]) {
      assert.throws(
        () => formatGitCredential({ ...credential, ...part }),
        (error) => isVantageError(error, "not_supported"),
      );
    }
  }
});
