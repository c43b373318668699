import { VantageError } from "../errors.ts";

/** Where an account's requests may go. */
export interface Reach {
  /** What paths are relative to. */
  readonly base: URL;
  /** Origins beside that of `base` that may have the token. */
  readonly origins: readonly string[];
}

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The URL that a command line means: below the base, or absolute. Throws `usage` where the token
 * must not go.
 */
export function targetUrl({ base, origins }: Reach, path: string): URL {
  const text = ABSOLUTE.test(path) ? path : below(base, path);
  const url = URL.parse(text);
  if (!url || url.origin === "null") {
    throw new VantageError("usage", `Cannot use '${path}': it is no path and no URL of an API`, {
      hint: "Begin a path with a slash, and a URL with https://",
    });
  }
  url.hash = "";
  if (url.username !== "" || url.password !== "") {
    throw new VantageError("usage", "Cannot use a URL that holds a user name or a password", {
      hint: "Leave it out: the account's token is what logs you in",
    });
  }
  if (mayHaveToken({ base, origins }, url)) return url;
  throw new VantageError(
    "usage",
    `The token is for ${base.origin} and is not sent to ${url.origin}`,
    { hint: `Give a path; if ${url.origin} is the same API, add it to 'api_origins'` },
  );
}

/** As text, because `//host` or `https:…` behind the base must not become another host. */
function below(base: URL, path: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

/** Whether the token may be sent to `url`: its origin decides (RFC 6454). */
export function mayHaveToken({ base, origins }: Reach, url: URL): boolean {
  return url.origin === base.origin || origins.includes(url.origin);
}
