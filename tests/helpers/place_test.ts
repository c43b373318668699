import assert from "node:assert/strict";
import { entryFor, isLoopback, placeOf } from "../../src/helpers/place.ts";

const found = (asked: string, ...places: string[]) =>
  entryFor(places.map((place) => ({ place })), placeOf(asked))?.place;

Deno.test("entryFor() takes the entry with the longest path", () => {
  const places = ["git.example.com", "git.example.com/acme/tools", "git.example.com/acme"];
  assert.equal(found("git.example.com/acme/tools/x.git", ...places), places[1]);
  assert.equal(found("git.example.com/acme/x.git", ...places), places[2]);
  assert.equal(found("git.example.com/other/x.git", ...places), places[0]);
  assert.equal(found("git.example.com", ...places), places[0]);
});

Deno.test("entryFor() compares whole segments of the path", () => {
  assert.equal(found("git.example.com/acme-evil/x.git", "git.example.com/acme"), undefined);
  assert.equal(found("git.example.com/acm", "git.example.com/acme"), undefined);
  assert.equal(found("git.example.com/acme", "git.example.com/acme/"), "git.example.com/acme/");
  assert.equal(found("git.example.com/Acme", "git.example.com/acme"), undefined);
});

Deno.test("entryFor() compares hosts whole, in any case, with their port", () => {
  assert.equal(found("GIT.Example.com", "git.example.COM"), "git.example.COM");
  assert.equal(found("git.example.com:443", "git.example.com"), "git.example.com");
  assert.equal(found("git.example.com", "git.example.com:443"), "git.example.com:443");
  for (const other of ["git.example.com:8443", "example.com", "x.git.example.com"]) {
    assert.equal(found(other, "git.example.com"), undefined);
    assert.equal(found("git.example.com", other), undefined);
  }
  assert.equal(found("git.example.com.evil.example", "git.example.com"), undefined);
  assert.equal(found("evil.example/git.example.com", "git.example.com"), undefined);
});

Deno.test("entryFor() trusts no path that a server resolves to another", () => {
  for (const path of ["acme/../evil/x.git", "acme/./x", "acme\\..\\x", "acme/.."]) {
    assert.equal(found(`git.example.com/${path}`, "git.example.com/acme"), undefined);
    assert.equal(found(`git.example.com/${path}`, "git.example.com"), "git.example.com");
  }
  assert.equal(found("git.example.com/acme", "git.example.com/a/../acme"), undefined);
});

Deno.test("isLoopback() knows this machine by its addresses and name", () => {
  for (const host of ["127.0.0.1", "127.1.2.3:80", "localhost:8080", "LOCALHOST", "[::1]:1"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "::1x"]) {
    assert.ok(!isLoopback(host), host);
  }
});
