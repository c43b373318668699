import * as v from "valibot";
import { isLoopback } from "../loopback.ts";
import { parseDuration } from "./duration.ts";

/** The longest `refresh_threshold`, in milliseconds: 24 hours. */
const LONGEST_THRESHOLD_MS = 24 * 3_600_000;

/** One line of printable ASCII: the characters of a `client_id` (RFC 6749, appendix A.1). */
export const plainText = v.pipe(
  v.string("must be a string"),
  v.regex(
    /^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/,
    "must be printable ASCII without spaces around it",
  ),
);

/** A URL that secrets may be sent to: https, or http to this machine. Kept as it is written. */
export const webUrl = checked(urlProblem);

const ORIGINS = "must be an array of origins, such as 'https://uploads.example.com'";

/** Origins that secrets may be sent to: scheme, host and port (RFC 6454). */
export const origins = v.array(
  v.pipe(
    v.string(ORIGINS),
    v.check(
      (text) => urlProblem(text) === undefined && /^https?:\/\/[^/?]+\/?$/.test(text),
      ORIGINS,
    ),
  ),
  ORIGINS,
);

/** An issuer identifier (RFC 8414, section 2): a URL without query. */
export const issuerUrl = checked((text) =>
  urlProblem(text) ?? (text.includes("?") ? "must not have a query" : undefined)
);

/** The address of a Vantage deployment, whose domain other addresses are made from. */
export const vantageUrl = checked((text) =>
  urlProblem(text) ??
    (/\.[a-z][a-z0-9-]*$/.test(new URL(text).hostname) ? undefined : "must have a domain name")
);

/** A resource indicator (RFC 8707, section 2): an absolute URI without fragment. */
export const resourceUri = checked((text) =>
  URL.canParse(text) && !text.includes("#") && !/\s/.test(text)
    ? undefined
    : "must be an absolute URI without fragment"
);

const SCOPES = "must be an array of scopes, each without spaces, quotes and backslashes";

/** Scopes: the characters of RFC 6749, section 3.3. */
export const scopes = v.array(
  v.pipe(v.string(SCOPES), v.regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, SCOPES)),
  SCOPES,
);

const THRESHOLD = "must be a duration of at most 24h, such as '5m', '90s' or '1h30m'";

/** How long before its expiry a token is refreshed. Milliseconds. */
export const threshold = v.pipe(
  v.string(THRESHOLD),
  v.check((text) => isThreshold(parseDuration(text)), THRESHOLD),
  v.transform((text) => parseDuration(text) ?? 0),
);

const LIFETIME = "must be a duration such as '8h', or 'never'";

/** How long a token lives whose provider does not tell. Milliseconds, Infinity for "never". */
export const lifetime = v.pipe(
  v.string(LIFETIME),
  v.check((text) => text === "never" || (parseDuration(text) ?? 0) > 0, LIFETIME),
  v.transform((text) => text === "never" ? Infinity : parseDuration(text) ?? 0),
);

/** What an authorization request is bound to: nobody but the flow itself may say it. */
const BOUND_PARAMETERS = new Set([
  ...["client_id", "client_secret", "redirect_uri", "response_type", "response_mode", "scope"],
  ...["state", "nonce", "code_challenge", "code_challenge_method", "request", "request_uri"],
]);

const PARAMETERS = "must be a table of strings";

/** Further parameters of an authorization request. */
export const authorizeParams = v.pipe(
  v.record(v.string(), v.string(PARAMETERS), PARAMETERS),
  v.check(
    (params) => !Object.keys(params).some((name) => BOUND_PARAMETERS.has(name)),
    `must not hold ${[...BOUND_PARAMETERS].join(", ")}`,
  ),
);

const CLAIM_PATH = "must be an array of names of claims, the outermost first";

/** The names that lead to a claim inside of others. */
export const claimPath = v.pipe(
  v.array(v.string(CLAIM_PATH), CLAIM_PATH),
  v.minLength(1, CLAIM_PATH),
);

/** The value of a header: printable ASCII. */
export const headerText = v.pipe(
  v.string("must be a string"),
  v.regex(/^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/, "must be printable ASCII"),
);

const HOSTS = "must be an array of hosts, such as 'github.com' or 'git.example.com:8443'";

/** Hosts with an optional port. */
export const hosts = v.array(
  v.pipe(v.string(HOSTS), v.regex(/^[a-z0-9.-]+(?::\d{1,5})?$/, HOSTS)),
  HOSTS,
);

/** The path part of a redirect URI; empty where it ends with the port. */
export const callbackPath = v.pipe(
  v.string("must be a string"),
  v.regex(/^(?:\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$/, "must be a URL's path, such as '/callback'"),
);

const PORT = "must be a port, 0 to 65535";

/** A TCP port; 0 takes any free one. */
export const port = v.pipe(
  v.number(PORT),
  v.integer(PORT),
  v.minValue(0, PORT),
  v.maxValue(65_535, PORT),
);

/** The path of a file. */
export const filePath = v.pipe(
  v.string("must be a string"),
  v.regex(/^[^\0]+$/, "must be the path of a file"),
);

export const flag = v.boolean("must be true or false");

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(words: T): v.PicklistSchema<T, string> {
  return v.picklist(words, `must be one of ${words.map((word) => `'${word}'`).join(", ")}`);
}

function checked(problem: (text: string) => string | undefined) {
  return v.pipe(
    v.string("must be a string"),
    v.check((text) => problem(text) === undefined, (issue) => problem(issue.input) ?? ""),
  );
}

function urlProblem(text: string): string | undefined {
  // The URL parser drops spaces and line ends silently, so it alone would let them pass.
  // deno-lint-ignore no-control-regex -- to refuse them
  if (!/^https?:\/\/[^\s\\\x00-\x1f\x7f-\x9f]+$/.test(text) || !URL.canParse(text)) {
    return "must be a URL that starts with 'https://'";
  }
  const url = new URL(text);
  if (url.username || url.password) return "must not hold a user name or password";
  if (text.includes("#")) return "must not have a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "must start with 'https://' (http is for this machine only)";
  }
  return undefined;
}

function isThreshold(ms: number | undefined): boolean {
  return ms !== undefined && ms > 0 && ms <= LONGEST_THRESHOLD_MS;
}
