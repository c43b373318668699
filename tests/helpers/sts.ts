/** An STS service that checks ID tokens by the provider's own keys, as AWS does. */
import * as jose from "jose";
import type { Provider } from "../support/provider.ts";

/** An answer as the AWS STS API Reference shows one. */
export function stsAnswer(secretKey: string, sessionToken: string, expiration: string): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>ada</SubjectFromWebIdentityToken>
    <Audience>vantage-cli</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/deploy/vantage-test</Arn>
      <AssumedRoleId>AROAEXAMPLE:vantage-test</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>${sessionToken}</SessionToken>
      <SecretAccessKey>${secretKey}</SecretAccessKey>
      <Expiration>${expiration}</Expiration>
      <AccessKeyId>ASIAEXAMPLE</AccessKeyId>
    </Credentials>
    <Provider>id.example.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;
}

/** A refusal, the same way. */
export function stsError(code: string, message: string): string {
  return `<?xml version="1.0"?>
<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>4c07fbd6-1ab2-11e5-85d3-9d1e7EXAMPLE</RequestId>
</ErrorResponse>`;
}

export interface Sts extends AsyncDisposable {
  readonly origin: string;
  /** The forms of the exchanges that were asked for. */
  readonly exchanges: Readonly<Record<string, string>>[];
  /** Every secret that it gave, to search output for. */
  readonly secrets: string[];
  /** What it answers in the place of credentials. */
  answer: Response | undefined;
}

/** Starts the service. Its credentials last for what was asked, an hour unless told. */
export function startSts(provider: Provider): Sts {
  const keys = jose.createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const check = async (token: string) => {
    const { issuer, clientId: audience } = provider;
    await jose.jwtVerify(token, keys, { issuer, audience });
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const form = Object.fromEntries(new URLSearchParams(await request.text()));
      if (form.Action === "GetCallerIdentity") return callerIdentity(request, sts);
      sts.exchanges.push(form);
      if (sts.answer) return sts.answer.clone();
      try {
        await check(form.WebIdentityToken ?? "");
      } catch (error) {
        const reason = error instanceof jose.errors.JOSEError ? error.code : String(error);
        return xml(400, stsError("InvalidIdentityToken", reason));
      }
      const [secretKey, token] = ["key", "token"].map((name) =>
        `aws-${name}-${crypto.randomUUID()}`
      ) as [string, string];
      sts.secrets.push(secretKey, token);
      const seconds = Number(form.DurationSeconds ?? 3600);
      return xml(200, stsAnswer(secretKey, token, instant(Date.now() + seconds * 1000)));
    },
  );
  const sts: Sts = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    exchanges: [],
    secrets: [],
    answer: undefined,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return sts;
}

/** The answer to `aws sts get-caller-identity`, for who signed with a token that we gave. */
function callerIdentity(request: Request, { secrets }: Sts): Response {
  const token = request.headers.get("x-amz-security-token") ?? "";
  const signed = request.headers.get("authorization")?.includes("Credential=ASIAEXAMPLE/");
  if (!signed || !secrets.includes(token)) return xml(403, stsError("InvalidClientTokenId", "No"));
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/deploy/vantage-test</Arn>
    <UserId>AROAEXAMPLE:vantage-test</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
</GetCallerIdentityResponse>`,
  );
}

const instant = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

const xml = (status: number, body: string) =>
  new Response(body, { status, headers: { "content-type": "text/xml" } });
