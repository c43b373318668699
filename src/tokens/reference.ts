import { VantageError } from "../errors.ts";

/** What `auth://SERVICE/ACCOUNT/CREDENTIAL` names, decoded. */
export interface Reference {
  readonly service: string;
  readonly account: string;
  readonly credential: string;
}

const SCHEME = "auth://";

/** What may stand in a segment as it is (RFC 3986, 3.3: `pchar`); all else is percent-encoded. */
const SEGMENT = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/;

/** Whether a text means to be a reference to one of our accounts. */
export const isAccountReference = (text: string): boolean => text.startsWith(SCHEME);

/**
 * Reads a reference strictly (RFC 3986, 3): three segments that are not empty, and nothing else,
 * no user, port, query or fragment. The service is compared as it is written, although RFC 3986
 * has hosts without regard to case. Throws `reference_invalid`.
 */
export function parseReference(text: string): Reference {
  if (!isAccountReference(text)) throw invalid(text, `it does not start with '${SCHEME}'`);
  const rest = text.slice(SCHEME.length);
  if (rest.includes("#")) throw invalid(text, "a fragment ('#') has no meaning in it");
  if (rest.includes("?")) throw invalid(text, "a query ('?') has no meaning in it");
  const segments = rest.split("/");
  const [service = "", account = "", credential = ""] = segments;
  if (service.includes("@")) throw invalid(text, "a user ('@') has no meaning in it");
  if (service.includes(":")) throw invalid(text, "a port (':') has no meaning in it");
  if (segments.length !== 3) throw invalid(text, `it has ${count(segments.length)}, not three`);
  return {
    service: decoded(text, service),
    account: decoded(text, account),
    credential: decoded(text, credential),
  };
}

/** The one way to write a reference: {@link parseReference} of it is the same reference. */
export function formatReference({ service, account, credential }: Reference): string {
  return SCHEME + [service, account, credential].map(encodeURIComponent).join("/");
}

function decoded(text: string, segment: string): string {
  if (segment === "") throw invalid(text, "a part of it is empty");
  if (!SEGMENT.test(segment)) {
    throw invalid(text, "it holds a character that must be percent-encoded");
  }
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw invalid(text, "its percent-encoding is not UTF-8", cause);
  }
}

const count = (parts: number) => parts === 1 ? "one part" : `${parts} parts`;

/** So much of a text that is not what it should be is shown (characters). */
const LONGEST_SHOWN = 200;

function invalid(text: string, problem: string, cause?: unknown): VantageError {
  // What stands before the @ may be a password.
  const shown = text.replace(/^auth:\/\/[^/]*@/, "auth://…@").slice(0, LONGEST_SHOWN);
  return new VantageError("reference_invalid", `Cannot read reference '${shown}': ${problem}`, {
    hint: "Write auth://SERVICE/ACCOUNT/CREDENTIAL, such as auth://github/work/token",
    cause,
  });
}
