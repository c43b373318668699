import { VantageError } from "../errors.ts";

/** Names a credential of an account. */
export interface Reference {
  readonly service: string;
  readonly account: string;
  readonly credential: string;
}

const SCHEME = "auth://";

/** What a host name that is no address may consist of (`reg-name`: no user info, no port). */
const SERVICE = /^(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/;
/** RFC 3986, 3.3: `segment-nz`. */
const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/;

/**
 * Reads `auth://SERVICE/ACCOUNT/CREDENTIAL` (RFC 3986): exactly three segments, percent-encoded,
 * none empty, and nothing else that a URI may have. Throws `reference_invalid`.
 */
export function parseReference(text: string): Reference {
  if (!text.startsWith(SCHEME)) throw invalid(text, "must start with 'auth://'");
  if (/[?#]/.test(text)) throw invalid(text, "must not have a query or a fragment");
  const [service = "", account = "", credential = "", ...rest] = text.slice(SCHEME.length)
    .split("/");
  if (service === "" || account === "" || credential === "" || rest.length > 0) {
    throw invalid(text, "must have three parts: auth://SERVICE/ACCOUNT/CREDENTIAL");
  }
  if (/[:@]/.test(service)) throw invalid(text, "must not have user info or a port");
  return {
    service: decode(text, service, SERVICE),
    account: decode(text, account, SEGMENT),
    credential: decode(text, credential, SEGMENT),
  };
}

/** The reference as text, such that {@link parseReference} gives it back. */
export function formatReference({ service, account, credential }: Reference): string {
  return SCHEME + [service, account, credential].map(encodeURIComponent).join("/");
}

function decode(text: string, segment: string, allowed: RegExp): string {
  if (!allowed.test(segment)) {
    const wrong = /%(?![0-9A-Fa-f]{2})/.test(segment)
      ? "has a '%' that no two hexadecimal digits follow"
      : "has a character that must be percent-encoded";
    throw invalid(text, wrong);
  }
  let name: string;
  try {
    name = decodeURIComponent(segment);
  } catch {
    throw invalid(text, "is not UTF-8 once it is decoded");
  }
  // A resolver of URIs would take these for steps in a hierarchy (RFC 3986, 5.2.4).
  if (name === "." || name === "..") throw invalid(text, `must not have the part '${name}'`);
  return name;
}

/** The error for a text that is meant as a reference and is none. */
function invalid(text: string, problem: string): VantageError {
  return new VantageError("reference_invalid", `Reference '${text}' ${problem}`, {
    hint: "Write it as auth://SERVICE/ACCOUNT/CREDENTIAL, such as auth://github/work/token",
  });
}
