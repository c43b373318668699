import assert from "node:assert/strict";
import { isVantageError } from "../../src/errors.ts";
import {
  parseServer,
  parseStored,
  registryOf,
  registryPlace,
  serverOf,
} from "../../src/helpers/docker_credential.ts";

const hostOf = (server: string) => registryOf(server).host;

Deno.test("registryOf() finds the host however the server is spelled", () => {
  for (const server of ["ghcr.io", "https://ghcr.io", "https://GHCR.io/v2/", "ghcr.io:443/x"]) {
    assert.equal(hostOf(server), "ghcr.io");
    assert.ok(registryOf(server).encrypted);
  }
  assert.deepEqual(registryOf("http://127.0.0.1:5000/v1/"), {
    host: "127.0.0.1:5000",
    path: ["v1"],
    encrypted: false,
  });
});

Deno.test("registryOf() takes all names of Docker Hub for one", () => {
  const names = [
    "https://index.docker.io/v1/",
    "docker.io",
    "registry-1.docker.io",
    "index.docker.io",
  ];
  for (const name of names) assert.equal(hostOf(name), "index.docker.io");
  assert.equal(registryPlace("docker.io/acme"), "index.docker.io/acme");
  assert.equal(registryPlace("docker.io.evil.example"), "docker.io.evil.example");
  assert.equal(serverOf("index.docker.io"), "https://index.docker.io/v1/");
  assert.equal(serverOf("ghcr.io/acme/"), "ghcr.io/acme");
});

Deno.test("parseServer() wants one server", () => {
  assert.equal(parseServer(" https://ghcr.io \n"), "https://ghcr.io");
  for (const text of ["", "\n", "a b", "a\nb", "a\0"]) {
    assert.throws(() => parseServer(text), (error) => {
      assert.ok(isVantageError(error, "usage"));
      assert.match(error.message, /no credentials server URL$/);
      return true;
    });
  }
});

Deno.test("parseStored() reads what Docker stores", () => {
  const text = JSON.stringify({ ServerURL: "ghcr.io", Username: "ada", Secret: "s3cret-word" });
  const { server, username, secret } = parseStored(text);
  assert.deepEqual([server, username, secret.expose()], ["ghcr.io", "ada", "s3cret-word"]);
});

for (
  const [text, problem] of [
    ["", "no JSON"],
    ["s3cret-word", "no JSON"],
    ['"s3cret-word"', "no object"],
    ['{"Username":"a","Secret":"s3cret-word"}', "no ServerURL"],
    ['{"ServerURL":" ","Username":"a","Secret":"s3cret-word"}', "no credentials server URL"],
    ['{"ServerURL":"a","Username":"","Secret":"s3cret-word"}', "no credentials username"],
    ['{"ServerURL":"a","Username":"a","Secret":""}', "no credentials secret"],
    ['{"ServerURL":"a","Username":"a","Secret":7}', "no Secret"],
  ] as const
) {
  Deno.test(`parseStored() says '${problem}' for ${text || "nothing"}`, () => {
    assert.throws(() => parseStored(text), (error) => {
      assert.ok(isVantageError(error, "usage"));
      assert.equal(error.message, `Cannot read Docker's request: ${problem}`);
      return true;
    });
  });
}
