import { VantageError } from "../errors.ts";
import { NEVER } from "../never.ts";
import type { Secret } from "../secret.ts";

/** What git says of the credential it wants, or has tried (git-credential(1), "INPUT/OUTPUT FORMAT"). */
export interface GitRequest {
  readonly protocol: string | undefined;
  /** With its port, where the URL has one. */
  readonly host: string | undefined;
  /** Only with `credential.useHttpPath`. */
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The credential came from a helper that can make another one. */
  readonly isGenerated: boolean;
  /** The server's WWW-Authenticate headers (git 2.41). */
  readonly challenges: readonly string[];
  /** What git understands beyond user names and passwords (git 2.46). */
  readonly capabilities: readonly string[];
}

/** What we answer; git goes on to its other helpers where it is undefined. */
export interface GitCredential {
  readonly username: string;
  readonly password: Secret;
  /** Epoch milliseconds; undefined for what has no end. */
  readonly expiresAt: number | undefined;
  /** The password is to be sent as a bearer token (RFC 6750), which git 2.46 can do. */
  readonly asBearer: boolean;
}

/** What a URL may not smuggle into a line of this protocol (CVE-2020-5260, CVE-2024-52006). */
// deno-lint-ignore no-control-regex -- to refuse them
const CONTROL = /[\x00-\x1f\x7f]/;

/** More than git ever sends. */
const LONGEST_REQUEST = 1024 * 1024;

/** Reads what git wrote. Unknown attributes are ignored, as the protocol asks. Throws `usage`. */
export function parseGitRequest(text: string): GitRequest {
  if (text.length > LONGEST_REQUEST) throw malformed("it is too long");
  const single = new Map<string, string>();
  const lists = new Map<string, string[]>();
  for (const [index, line] of linesOf(text).entries()) {
    const end = line.indexOf("=");
    if (end < 1) throw malformed(`line ${index + 1} has no '='`);
    const [key, value] = [line.slice(0, end), line.slice(end + 1)];
    if (CONTROL.test(line)) throw malformed(`'${key}' holds a control character`);
    if (!key.endsWith("[]")) single.set(key, value);
    // An empty value takes back what was said before.
    else lists.set(key, value === "" ? [] : [...lists.get(key) ?? [], value]);
  }
  return {
    protocol: single.get("protocol"),
    host: single.get("host"),
    path: single.get("path"),
    username: single.get("username"),
    password: single.get("password"),
    isGenerated: single.has("password_expiry_utc") || single.has("oauth_refresh_token"),
    challenges: lists.get("wwwauth[]") ?? [],
    capabilities: lists.get("capability[]") ?? [],
  };
}

/** The lines before the empty one that ends them. CR is part of a line end where all lines have it. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const written = text.endsWith("\n") ? lines.slice(0, -1) : lines;
  const hasCrLf = written.every((line) => line.endsWith("\r"));
  const bare = written.map((line) => hasCrLf ? line.slice(0, -1) : line);
  const end = bare.indexOf("");
  return end === -1 ? bare : bare.slice(0, end);
}

const malformed = (problem: string) =>
  new VantageError("usage", `Cannot read git's request: ${problem}`, {
    hint: "Let git call this helper; see git-credential(1) for what it writes",
  });

/**
 * Whether a token has to be sent as what it is: the server takes bearer tokens alone, and git
 * can send them. Everywhere else it goes in the place of a password, which servers expect.
 */
export function wantsBearer({ capabilities, challenges }: GitRequest): boolean {
  const offers = (scheme: RegExp) => challenges.some((challenge) => scheme.test(challenge));
  return capabilities.includes("authtype") && offers(/^bearer\b/i) && !offers(/^basic\b/i);
}

/** Our answer in git's format, without the last line end. Throws `not_supported`. */
export function formatGitCredential(credential: GitCredential): string {
  const { username, password, expiresAt, asBearer } = credential;
  const secret = password.expose();
  if (CONTROL.test(username) || CONTROL.test(secret)) {
    throw new VantageError("not_supported", "Cannot give git a credential of several lines", {
      hint: "Replace the API key by one without line ends",
    });
  }
  const expiry = expiresAt === undefined || expiresAt >= NEVER
    ? []
    : [`password_expiry_utc=${Math.floor(expiresAt / 1000)}`];
  return (asBearer
    ? ["capability[]=authtype", "authtype=Bearer", `credential=${secret}`, "ephemeral=1", ...expiry]
    : [`username=${username}`, `password=${secret}`, ...expiry]).join("\n");
}
