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

const NAMED = { service: "acme", account: "work" };

/** Of each method: all its parameters, in their order, and those that have to be there. */
const ALL: {
  readonly [M in MethodName]: readonly [
    params: Readonly<Record<string, unknown>>,
    required: readonly string[],
  ];
} = {
  get_token: [{ ...NAMED, min_ttl: 60, settings: "x" }, ["service", "account"]],
  list_accounts: [{ service: "acme" }, []],
  get_account: [NAMED, ["service", "account"]],
  add_account: [
    { ...NAMED, scopes: ["a"], flow: "device", api_key: "k", force: true, timeout: 60 },
    ["service", "account"],
  ],
  remove_account: [NAMED, ["service", "account"]],
  refresh_token: [{ ...NAMED, settings: "x", refused: "y" }, ["service", "account"]],
  resolve: [{ reference: "auth://acme/work/token" }, ["reference"]],
  status: [{}, []],
  stop: [{}, []],
};

/** The only parameter that may be null. */
const isNullable = (method: string, name: string) =>
  method === "list_accounts" && name === "service";

for (const method of Object.keys(METHODS) as MethodName[]) {
  const [params, required] = ALL[method];
  const values = Object.values(params);
  const without = (name: string) =>
    Object.fromEntries(Object.entries(params).filter(([other]) => other !== name));

  Deno.test(`readParams() of ${method} takes its parameters by name and by their place`, () => {
    assert.deepEqual(readParams(method, params), params);
    assert.deepEqual(readParams(method, values), params);
    for (let count = required.length; count < values.length; count++) {
      const some = Object.fromEntries(Object.entries(params).slice(0, count));
      assert.deepEqual(readParams(method, values.slice(0, count)), some);
    }
  });

  Deno.test(`readParams() of ${method} misses those that have to be there, and no others`, () => {
    for (const name of Object.keys(params)) {
      if (required.includes(name)) {
        assert.equal(failure(method, without(name)), `Parameter '${name}' is missing`);
      } else assert.deepEqual(readParams(method, without(name)), without(name));
    }
    for (const [index, name] of required.entries()) {
      assert.equal(failure(method, values.slice(0, index)), `Parameter '${name}' is missing`);
    }
  });

  Deno.test(`readParams() of ${method} refuses values of another type, and null`, () => {
    for (const [index, name] of Object.keys(params).entries()) {
      for (const wrong of [null, {}, [{}], 1e300, -1, NaN]) {
        if (wrong === null && isNullable(method, name)) continue;
        const named = failure(method, { ...params, [name]: wrong });
        assert.ok(named.startsWith(`Parameter '${name}' must `), named);
        assert.equal(failure(method, values.with(index, wrong)), named);
      }
    }
  });

  Deno.test(`readParams() of ${method} refuses more than it takes`, () => {
    for (const more of ["more", "Service", "", "toString", "__proto__"]) {
      const given = JSON.parse(JSON.stringify(params));
      Object.defineProperty(given, more, { value: "x", enumerable: true });
      const told = failure(method, given);
      const known = Object.keys(params).join(", ") || "none";
      assert.equal(told, `Unknown parameter: '${method}' takes ${known}`, more);
    }
    const told = `'${method}' takes at most ${values.length} parameters`;
    assert.equal(failure(method, [...values, "x"]), told);
    assert.equal(failure(method, [...values, null]), told);
    assert.equal(failure(method, Array(100_000).fill("x")), told);
  });
}

Deno.test("readParams() takes or refuses anything, and never repeats what it was given", () => {
  const marked = fc.string({ minLength: 12 }).map((text) => `mark-${text}`);
  const value = fc.oneof(fc.jsonValue(), marked, fc.constantFrom("acme", "work"));
  const names = Object.values(ALL).flatMap(([params]) => Object.keys(params));
  const params = fc.oneof(
    fc.array(value, { maxLength: 9 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names, "__proto__"), marked), value),
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
