import * as jose from "jose";
import type { Provider } from "../support/provider.ts";

/** How a {@link StsServer} answers instead of with credentials. */
export interface StsAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** A local stand-in for AWS STS: it checks ID tokens by their issuer's keys, and counts. */
export interface StsServer extends AsyncDisposable {
  readonly endpoint: string;
  /** The forms that AssumeRoleWithWebIdentity was asked with. */
  readonly forms: Readonly<Record<string, string>>[];
  /** The secrets of the credentials it gave, to search output for. */
  readonly secrets: string[];
  /** The last credentials' access key ids. */
  readonly keys: string[];
  /** Answers so from now on; undefined for what is right. */
  answer: StsAnswer | ((form: Readonly<Record<string, string>>) => StsAnswer) | undefined;
  /** Seconds that its credentials live. */
  lifetime: number;
}

export const ROLE = "arn:aws:iam::123456789012:role/deploy";

/** Starts it on loopback. */
export function startSts(provider: Provider): StsServer {
  const keys = jose.createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const check = async (token: string) => {
    const { issuer, clientId: audience } = provider;
    return (await jose.jwtVerify(token, keys, { issuer, audience })).payload;
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const form = Object.fromEntries(new URLSearchParams(await request.text()));
      if (form.Action === "GetCallerIdentity") return callerIdentity(sts, request);
      sts.forms.push(form);
      const answer = typeof sts.answer === "function" ? sts.answer(form) : sts.answer;
      if (answer) return new Response(answer.body, answer);
      try {
        return xml(200, await assumed(sts, form, check));
      } catch (error) {
        if (!(error instanceof jose.errors.JOSEError)) throw error;
        return xml(400, stsError("InvalidIdentityToken", error.code));
      }
    },
  );
  const sts: StsServer = {
    endpoint: `http://127.0.0.1:${server.addr.port}/`,
    forms: [],
    secrets: [],
    keys: [],
    answer: undefined,
    lifetime: 3600,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
  return sts;
}

/** An answer as the API reference of AWS STS shows it. */
async function assumed(
  sts: StsServer,
  form: Record<string, string>,
  check: (token: string) => Promise<jose.JWTPayload>,
): Promise<string> {
  if (form.Action !== "AssumeRoleWithWebIdentity" || form.Version !== "2011-06-15") {
    return stsError("InvalidAction", "Could not find operation");
  }
  const { sub } = await check(form.WebIdentityToken ?? "");
  const key = `ASIA${sts.keys.length + 1}${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  // Both hold what base64 does, and XML does not mind.
  const secret = `secret/${crypto.randomUUID()}+==`;
  const token = `session/${crypto.randomUUID()}+==`;
  sts.keys.push(key);
  sts.secrets.push(secret, token);
  const expiration = new Date(Date.now() + sts.lifetime * 1000).toISOString();
  return `<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>${sub}</SubjectFromWebIdentityToken>
    <Audience>vantage-cli</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/deploy/${form.RoleSessionName}</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:${form.RoleSessionName}</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>${token}</SessionToken>
      <SecretAccessKey>${secret}</SecretAccessKey>
      <Expiration>${expiration}</Expiration>
      <AccessKeyId>${key}</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;
}

/** A refusal as the API reference shows it. */
export const stsError = (code: string, message: string): string =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId>
</ErrorResponse>`;

/** For a tool that signs its requests with what it was given (AWS Signature Version 4). */
function callerIdentity(sts: StsServer, request: Request): Response {
  const signed = request.headers.get("authorization")?.match(/Credential=([^/]+)\//)?.[1];
  const session = request.headers.get("x-amz-security-token") ?? "";
  if (signed !== sts.keys.at(-1) || !sts.secrets.includes(session)) {
    return xml(403, stsError("InvalidClientTokenId", "The security token is invalid"));
  }
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/deploy/test</Arn>
    <UserId>${signed}</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>`,
  );
}

const xml = (status: number, body: string) =>
  new Response(body, { status, headers: { "content-type": "text/xml" } });
