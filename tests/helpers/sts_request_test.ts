import assert from "node:assert/strict";
import { isVantageError } from "../../src/errors.ts";
import { stsForm, type StsOptions, stsRole } from "../../src/helpers/sts_request.ts";
import { Secret } from "../../src/secret.ts";

const roleArn = "arn:aws:iam::123456789012:role/deploy";
const roleOf = (options: StsOptions = {}, env: Record<string, string> = {}) =>
  stsRole((name) => env[name], "me@example.com", { roleArn, ...options });
const endpoint = (options: StsOptions, env: Record<string, string> = {}) =>
  roleOf(options, env).endpoint;

function refuses(operation: () => unknown): void {
  assert.throws(operation, (error) => isVantageError(error, "usage") && !!error.hint);
}

Deno.test("stsRole() takes flags before the variables of AWS", () => {
  const env = { AWS_ROLE_ARN: "arn:aws:iam::1:role/other", AWS_ROLE_SESSION_NAME: "job" };
  assert.equal(roleOf({ roleArn: undefined }, env).roleArn, env.AWS_ROLE_ARN);
  assert.equal(roleOf({}, env).roleArn, roleArn);
  assert.equal(roleOf({}, env).sessionName, "job");
  assert.equal(roleOf({ sessionName: "mine" }, env).sessionName, "mine");
  assert.equal(roleOf().sessionName, "vantage-me@example.com");
  refuses(() => roleOf({ roleArn: undefined }));
});

Deno.test("stsRole() finds the service of the region", () => {
  assert.equal(endpoint({}), "https://sts.amazonaws.com/");
  assert.equal(endpoint({ region: "eu-central-1" }), "https://sts.eu-central-1.amazonaws.com/");
  const china = endpoint({}, { AWS_REGION: "cn-north-1", AWS_DEFAULT_REGION: "us-east-1" });
  assert.equal(china, "https://sts.cn-north-1.amazonaws.com.cn/");
  const other = endpoint({}, { AWS_DEFAULT_REGION: "us-gov-west-1" });
  assert.equal(other, "https://sts.us-gov-west-1.amazonaws.com/");
  for (const region of ["evil.example/", "x", "eu-central-1.evil.example#", "EU-central-1"]) {
    refuses(() => endpoint({ region }));
  }
});

Deno.test("stsRole() takes the service it is told before that of the region", () => {
  const env = { AWS_ENDPOINT_URL: "https://all.example", AWS_REGION: "eu-central-1" };
  const own = { ...env, AWS_ENDPOINT_URL_STS: "http://127.0.0.1:4566" };
  assert.equal(endpoint({}, env), "https://all.example/");
  assert.equal(endpoint({}, own), "http://127.0.0.1:4566/");
  assert.equal(endpoint({ endpoint: "https://sts.example/x" }, own), "https://sts.example/x");
  const ignored = { ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
  assert.equal(endpoint({}, ignored), "https://sts.eu-central-1.amazonaws.com/");
  const unsafe = [
    "http://sts.example",
    "ftp://sts.example",
    "sts.example",
    "https://a:b@sts.example",
  ];
  for (const address of unsafe) refuses(() => endpoint({ endpoint: address }));
});

Deno.test("stsRole() refuses what AWS does not take", () => {
  for (const wrong of ["deploy", "arn:aws:iam::1:role/a b", "arn:x\n"]) {
    refuses(() => roleOf({ roleArn: wrong }));
  }
  for (const wrong of ["x", "a b", "a".repeat(65)]) refuses(() => roleOf({ sessionName: wrong }));
  for (const minutes of [14, 12 * 60 + 1]) refuses(() => roleOf({ durationMs: minutes * 60_000 }));
});

Deno.test("stsForm() asks for the role with the token", () => {
  const role = roleOf({ durationMs: 3_600_000 });
  const form = Object.fromEntries(new URLSearchParams(stsForm(role, new Secret("id+token/="))));
  assert.deepEqual(form, {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: roleArn,
    RoleSessionName: "vantage-me@example.com",
    DurationSeconds: "3600",
    WebIdentityToken: "id+token/=",
  });
  assert.ok(!stsForm(roleOf(), new Secret("id-token")).includes("DurationSeconds"));
});
