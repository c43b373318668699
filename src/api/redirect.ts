import { VantageError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import type { Reach } from "./target.ts";
import { mayHaveToken } from "./target.ts";

/** RFC 9110, 15.4 lets a client stop; so do the others. */
export const MOST_REDIRECTS = 10;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What is left of a request once it is redirected. */
export interface Redirected {
  readonly method: string;
  readonly url: URL;
  /** The body goes along. */
  readonly keepsBody: boolean;
  /** Token and headers of the person go along. */
  readonly trusted: boolean;
}

/**
 * Where an answer sends the request (RFC 9110, 15.4), undefined where it does not. Token, headers
 * and bodies stay with the origins that may have them: to others only GET and HEAD go, bare, as
 * downloads from a storage host need. Throws `redirect_refused`.
 */
export function redirection(
  answer: Pick<Response, "status" | "headers">,
  request: { readonly method: string; readonly url: URL; readonly trusted: boolean },
  reach: Reach,
): Redirected | undefined {
  const location = answer.headers.get("location");
  if (!REDIRECTS.has(answer.status) || location === null) return undefined;
  const { status } = answer;
  const url = URL.parse(location, request.url);
  if (!url) throw refused(request.url, "to an address that is none");
  url.hash = "";
  const becomesGet = status === 303 && request.method !== "HEAD" ||
    status <= 302 && request.method === "POST";
  const method = becomesGet ? "GET" : request.method;
  // A host that was not trusted cannot send us back with the token.
  const trusted = request.trusted && mayHaveToken(reach, url);
  const isSafe = url.protocol === "https:" ||
    url.protocol === "http:" && isLoopback(url.hostname);
  if (!isSafe) throw refused(request.url, `to '${url.protocol}', which is not https`);
  if (url.username !== "" || url.password !== "") {
    throw refused(request.url, "to a URL with a user name");
  }
  if (!trusted && method !== "GET" && method !== "HEAD") {
    throw refused(request.url, `a ${method} to ${url.origin}, another origin`);
  }
  return { method, url, keepsBody: !becomesGet && trusted, trusted };
}

const refused = (from: URL, what: string) =>
  new VantageError("redirect_refused", `${from.origin} redirects ${what}`, {
    hint: "Nothing was sent there. Ask the API's owner; if it is the same API, name its origin " +
      "in 'api_origins'",
  });

export const cannotRepeat = (from: URL) =>
  new VantageError(
    "redirect_refused",
    `${from.origin} redirects a body that cannot be sent again`,
    {
      hint: "Give the body as a file, with --input FILE",
    },
  );

export const tooMany = (from: URL) =>
  new VantageError("redirect_refused", `${from.origin} redirects again and again`, {
    hint: "Check the path; the API may want another one",
  });
