import { XMLParser, XMLValidator } from "fast-xml-parser";
import * as v from "valibot";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { AwsCredentials } from "./aws_credentials.ts";

const Text = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/));

const Success = v.object({
  AssumeRoleWithWebIdentityResponse: v.object({
    AssumeRoleWithWebIdentityResult: v.object({
      Credentials: v.object({
        AccessKeyId: Text,
        SecretAccessKey: v.pipe(Text, v.transform((text) => new Secret(text))),
        SessionToken: v.pipe(Text, v.transform((text) => new Secret(text))),
        Expiration: v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse)),
      }),
    }),
  }),
});

const Refusal = v.object({
  ErrorResponse: v.object({ Error: v.object({ Code: v.string(), Message: v.string() }) }),
});

/** Not the request is wrong, but the moment (AWS STS API Reference, "Common Errors"). */
const TRANSIENT = ["IDPCommunicationError", "ServiceUnavailable", "InternalFailure", "Throttling"];

/**
 * Judges the answer of STS; `service` names it in errors. Throws `exchange_refused`,
 * `provider_unavailable`, `provider_answer`.
 */
export function parseStsAnswer(
  status: number,
  body: string,
  service: string,
  now: number,
): AwsCredentials {
  const document = parseXml(body);
  if (status === 200) {
    const parsed = v.safeParse(Success, document);
    if (!parsed.success) throw unusable(service, "it is not what AWS documents");
    const { Credentials: found } =
      parsed.output.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult;
    if (found.Expiration <= now) throw unusable(service, "its credentials have expired already");
    return {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.SessionToken,
      expiresAt: found.Expiration,
    };
  }
  const refusal = v.safeParse(Refusal, document);
  const { Code, Message } = refusal.success
    ? refusal.output.ErrorResponse.Error
    : { Code: undefined, Message: undefined };
  const said = Code === undefined ? `status ${status}` : `${Code}: ${Message}`;
  if (status >= 500 || status === 429 || TRANSIENT.some((code) => Code === code)) {
    throw new VantageError("provider_unavailable", `${service} fails with ${said}`, {
      hint: "Run the command again later",
    });
  }
  if (Code === undefined) throw unusable(service, `it came with ${said}`);
  throw new VantageError("exchange_refused", `${service} refuses the ID token: ${said}`, {
    hint: "Check the role's trust policy, and the issuer and audience of its identity provider",
  });
}

/** The document, undefined where it is none that we read. Values stay as they are written. */
function parseXml(body: string): unknown {
  // What a DOCTYPE can do, AWS never needs: entities that grow, files that are read.
  if (/<!DOCTYPE/i.test(body) || XMLValidator.validate(body) !== true) return undefined;
  const parser = new XMLParser({ parseTagValue: false, ignoreDeclaration: true });
  try {
    return parser.parse(body);
  } catch {
    return undefined;
  }
}

const unusable = (service: string, problem: string) =>
  new VantageError("provider_answer", `Cannot use the answer of ${service}: ${problem}`, {
    hint: "Check that --sts-endpoint, or the region, names an STS service",
  });
