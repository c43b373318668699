import assert from "node:assert/strict";
import { isVantageError } from "../../src/errors.ts";
import { formatExecCredential, parseExecInfo } from "../../src/helpers/exec_credential.ts";
import { NEVER } from "../../src/never.ts";
import { Secret } from "../../src/secret.ts";

const v1 = "client.authentication.k8s.io/v1";
const v1beta1 = "client.authentication.k8s.io/v1beta1";
const info = (apiVersion: string, spec?: unknown, kind = "ExecCredential") =>
  JSON.stringify({ apiVersion, kind, spec });

Deno.test("parseExecInfo() takes v1 where kubectl says nothing", () => {
  assert.deepEqual(parseExecInfo(undefined), { apiVersion: v1, interactive: false });
});

Deno.test("parseExecInfo() reads what kubectl says, its cluster among it", () => {
  const cluster = { server: "https://10.0.0.1", config: { any: "thing" } };
  assert.deepEqual(parseExecInfo(info(v1, { interactive: true, cluster })), {
    apiVersion: v1,
    interactive: true,
  });
  for (const spec of [undefined, {}, { interactive: false }]) {
    const parsed = parseExecInfo(info(v1beta1, spec));
    assert.deepEqual(parsed, { apiVersion: v1beta1, interactive: false });
  }
});

Deno.test("parseExecInfo() refuses another version and names those it speaks", () => {
  for (const version of ["client.authentication.k8s.io/v1alpha1", "v1", ""]) {
    assert.throws(() => parseExecInfo(info(version)), (error) => {
      assert.ok(isVantageError(error, "usage"));
      assert.ok(error.message.includes(`'${version}'`));
      assert.ok(error.hint?.includes(`${v1} or ${v1beta1}`));
      return true;
    });
  }
});

for (
  const [what, text, problem] of [
    ["is no JSON", "{", "it is no JSON"],
    ["is empty", " ", "it is no JSON"],
    ["is no object", "[]", "'apiVersion' is not valid"],
    ["is null", "null", "it is no object"],
    ["is of another kind", info(v1, {}, "Pod"), "'kind' is not valid"],
    ["has a wrong spec", info(v1, { interactive: "yes" }), "'spec.interactive' is not valid"],
  ] as const
) {
  Deno.test(`parseExecInfo() says what is wrong when it ${what}`, () => {
    assert.throws(() => parseExecInfo(text), (error) => {
      assert.ok(isVantageError(error, "usage"));
      assert.equal(error.message, `Cannot use KUBERNETES_EXEC_INFO: ${problem}`);
      return true;
    });
  });
}

Deno.test("formatExecCredential() answers in the version that was asked for", () => {
  const token = new Secret("cluster-token");
  const expiresAt = Date.parse("2026-01-31T12:00:00.900Z");
  assert.deepEqual(JSON.parse(formatExecCredential({ apiVersion: v1beta1, token, expiresAt })), {
    apiVersion: v1beta1,
    kind: "ExecCredential",
    status: { token: "cluster-token", expirationTimestamp: "2026-01-31T12:00:00Z" },
  });
  for (const endless of [undefined, NEVER, Infinity]) {
    const text = formatExecCredential({ apiVersion: v1, token, expiresAt: endless });
    assert.deepEqual(JSON.parse(text).status, { token: "cluster-token" });
  }
});
