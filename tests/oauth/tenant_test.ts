import assert from "node:assert/strict";
import { isTenantIssuer } from "../../src/oauth/tenant.ts";

const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const COMMON = "https://login.example.com/common/v2.0";

const CASES: [asked: string, named: unknown, may: boolean][] = [
  [COMMON, "https://login.example.com/{tenantid}/v2.0", true],
  [COMMON, `https://login.example.com/${TENANT}/v2.0`, true],
  [COMMON, COMMON, true],
  ["https://login.example.com/acme.example/v2.0", `https://login.example.com/${TENANT}/v2.0`, true],
  [`https://login.example.com/${TENANT}/v2.0`, `https://login.example.com/${TENANT}/v2.0`, true],
  [`https://login.example.com/${TENANT}/v2.0`, `https://login.example.com/${OTHER}/v2.0`, false],
  [`https://login.example.com/${TENANT}/v2.0`, "https://login.example.com/{tenantid}/v2.0", false],
  [COMMON, "https://evil.example/{tenantid}/v2.0", false],
  [COMMON, "http://login.example.com/{tenantid}/v2.0", false],
  [COMMON, "https://login.example.com:8443/{tenantid}/v2.0", false],
  [COMMON, "https://login.example.com/{tenantid}/v1.0", false],
  [COMMON, "https://login.example.com/{tenantid}", false],
  [COMMON, "https://login.example.com/{tenantid}/v2.0/more", false],
  [COMMON, "https://login.example.com/{tenantid}/v2.0?a=b", false],
  [COMMON, "https://login.example.com/organizations/v2.0", false],
  [COMMON, "https://login.example.com/%E0%A4%A/v2.0", false],
  [COMMON, "common", false],
  [COMMON, undefined, false],
  [COMMON, { toString: "x" }, false],
];
for (const [asked, named, may] of CASES) {
  const verb = may ? "takes" : "refuses";
  Deno.test(`isTenantIssuer() ${verb} ${JSON.stringify(named)} when ${asked} was asked for`, () => {
    assert.equal(isTenantIssuer(new URL(asked), named), may);
  });
}
