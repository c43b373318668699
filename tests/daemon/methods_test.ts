import assert from "node:assert/strict";
import fc from "fast-check";
import { isMethod, type MethodName, METHODS, readParams } from "../../src/daemon/methods.ts";
import { RpcFailure } from "../../src/daemon/protocol.ts";

function failure(method: MethodName, params: Record<string, unknown> | unknown[]): string {
  try {
    readParams(method, params);
  } catch (error) {
    assert.ok(error instanceof RpcFailure, String(error));
    assert.equal(error.code, -32602);
    return error.message;
  }
  throw new Error(`${method} took ${JSON.stringify(params)}`);
}

Deno.test("readParams() takes parameters by name and by their place", () => {
  const named = { service: "acme", account: "work" };
  assert.deepEqual(readParams("get_token", named), named);
  assert.deepEqual(readParams("get_token", ["acme", "work"]), named);
  assert.deepEqual(readParams("get_token", ["acme", "work", 60]), { ...named, min_ttl: 60 });
  assert.deepEqual(readParams("list_accounts", []), {});
  assert.deepEqual(readParams("list_accounts", [null]), { service: null });
  assert.deepEqual(readParams("add_account", ["acme", "work", ["a", "b"]]), {
    ...named,
    scopes: ["a", "b"],
  });
  assert.deepEqual(readParams("resolve", ["auth://acme/work/token"]), {
    reference: "auth://acme/work/token",
  });
  assert.deepEqual(readParams("status", {}), {});
});

Deno.test("readParams() says which parameter is missing, unknown or wrong", () => {
  assert.equal(failure("get_token", {}), "Parameter 'service' is missing");
  assert.equal(failure("get_token", ["acme"]), "Parameter 'account' is missing");
  assert.equal(failure("get_token", [1, "work"]), "Parameter 'service' must be a string");
  assert.match(
    failure("get_token", ["..", "work"]),
    /^Parameter 'service' must be 1 to 64 letters/,
  );
  assert.match(
    failure("get_token", ["a", "b", "soon"]),
    /^Parameter 'min_ttl' must be a whole num/,
  );
  assert.match(failure("get_token", ["a", "b", -1]), /^Parameter 'min_ttl' must be a whole number/);
  assert.match(
    failure("get_token", ["a", "b", 1.5]),
    /^Parameter 'min_ttl' must be a whole number/,
  );
  assert.equal(failure("status", ["x"]), "'status' takes at most 0 parameters");
  assert.equal(failure("status", { x: 1 }), "Unknown parameter: 'status' takes none");
  assert.match(
    failure("get_account", { service: "a", account: "b", more: 1 }),
    /^Unknown parameter: 'get_account' takes service, account$/,
  );
  assert.equal(failure("resolve", { reference: null }), "Parameter 'reference' must be a string");
  assert.match(
    failure("add_account", { service: "a", account: "b", flow: "x" }),
    /'flow' must be auto/,
  );
  assert.equal(
    failure("add_account", { service: "a", account: "b", api_key: "" }),
    "Parameter 'api_key' must not be empty",
  );
});

Deno.test("readParams() takes or refuses anything, and never repeats what it was given", () => {
  const marked = fc.string({ minLength: 12 }).map((text) => `mark-${text}`);
  const value = fc.oneof(fc.jsonValue(), marked, fc.constantFrom("acme", "work"));
  const names = ["service", "account", "min_ttl", "api_key", "reference", "__proto__", "more"];
  const params = fc.oneof(
    fc.array(value, { maxLength: 9 }),
    fc.dictionary(fc.constantFrom(...names), value),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(METHODS)), params, (method, params) => {
      try {
        readParams(method as MethodName, params);
      } catch (error) {
        assert.ok(error instanceof RpcFailure, String(error));
        assert.ok(!error.message.includes("mark-"), error.message);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("isMethod() knows methods, and nothing that every object has", () => {
  assert.deepEqual(Object.keys(METHODS).filter(isMethod), Object.keys(METHODS));
  for (const name of ["", "toString", "__proto__", "constructor", "Get_token"]) {
    assert.equal(isMethod(name), false, name);
  }
});
