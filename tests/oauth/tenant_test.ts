import assert from "node:assert/strict";
import type { Server } from "../../src/oauth/server.ts";
import { issuingServer, isTenantIssuer, keysOfIssuer } from "../../src/oauth/tenant.ts";

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

const TEMPLATE = "https://login.example.com/{tenantid}/v2.0";
const of = (token_issuer?: string) =>
  ({ as: { issuer: COMMON, ...(token_issuer && { token_issuer }) } }) as unknown as Server;

function answerWith(claims: Record<string, unknown> | undefined): Response {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return Response.json(claims ? { id_token: `${part({})}.${part(claims)}.x` } : {});
}

const ISSUERS: [tid: unknown, template: string | undefined, issuer: string][] = [
  [TENANT, TEMPLATE, `https://login.example.com/${TENANT}/v2.0`],
  [TENANT.toUpperCase(), TEMPLATE, `https://login.example.com/${TENANT.toUpperCase()}/v2.0`],
  [OTHER, `https://login.example.com/${TENANT}/v2.0`, `https://login.example.com/${TENANT}/v2.0`],
  ["common", TEMPLATE, TEMPLATE],
  [`${TENANT}/v2.0?`, TEMPLATE, TEMPLATE],
  [undefined, TEMPLATE, TEMPLATE],
  [5, TEMPLATE, TEMPLATE],
  [TENANT, undefined, COMMON],
];
for (const [tid, template, issuer] of ISSUERS) {
  Deno.test(`issuingServer() expects ${issuer} when tid is ${tid} and metadata names ${template}`, async () => {
    assert.equal((await issuingServer(of(template), answerWith({ tid }))).issuer, issuer);
  });
}

Deno.test("issuingServer() expects no tenant when there is no ID token", async () => {
  assert.equal((await issuingServer(of(TEMPLATE), answerWith(undefined))).issuer, TEMPLATE);
});

const issuerOf = (tenant: string) => `https://login.example.com/${tenant}/v2.0`;
const KEYS = [
  { kid: "any" },
  { kid: "template", issuer: TEMPLATE },
  { kid: "tenant", issuer: issuerOf(TENANT) },
  { kid: "other", issuer: issuerOf(OTHER) },
];
for (
  const [template, issuer, kids] of [
    [TEMPLATE, issuerOf(TENANT), ["any", "template", "tenant"]],
    [issuerOf(TENANT), issuerOf(TENANT), ["any", "template", "tenant"]],
    [TEMPLATE, issuerOf("common"), ["any"]],
    [undefined, COMMON, ["any", "template", "tenant", "other"]],
  ] as const
) {
  Deno.test(`keysOfIssuer() gives ${kids} for ${issuer} when metadata names ${template}`, () => {
    assert.deepEqual(keysOfIssuer(of(template), KEYS, issuer).map(({ kid }) => kid), kids);
  });
}
