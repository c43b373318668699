import assert from "node:assert/strict";
import { decodeKept, encodeKept, formatAwsCredentials } from "../../src/helpers/aws_credentials.ts";
import { Secret } from "../../src/secret.ts";

const START = Date.parse("2026-01-31T12:00:00Z");
const MINUTE = 60_000;
const lasting = (ms: number) => ({
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: new Secret("aws-secret-key"),
  sessionToken: new Secret("aws-session-token"),
  expiresAt: START + ms,
});

Deno.test("formatAwsCredentials() answers as credential_process has it", () => {
  assert.deepEqual(JSON.parse(formatAwsCredentials(lasting(60 * MINUTE))), {
    Version: 1,
    AccessKeyId: "ASIAEXAMPLE",
    SecretAccessKey: "aws-secret-key",
    SessionToken: "aws-session-token",
    Expiration: "2026-01-31T13:00:00Z",
  });
});

Deno.test("decodeKept() gives back what was kept until AWS tools want others", () => {
  for (const [life, used] of [[60, 45], [720, 705], [15, 11.25]] as const) {
    const kept = encodeKept(lasting(life * MINUTE), START);
    const at = (minutes: number) => decodeKept(kept, START + minutes * MINUTE);
    assert.deepEqual(at(0), lasting(life * MINUTE));
    assert.deepEqual(at(used - 0.1), lasting(life * MINUTE));
    assert.equal(at(used), undefined, `${life} minutes`);
    assert.equal(at(life + 1), undefined);
  }
});

Deno.test("decodeKept() gives nothing when the clock was set back or the record is none of ours", () => {
  assert.equal(decodeKept(encodeKept(lasting(60 * MINUTE), START), START - 1), undefined);
  for (const text of ["no JSON", "{}", "null"]) {
    assert.equal(decodeKept(new Secret(text), START), undefined);
  }
});
