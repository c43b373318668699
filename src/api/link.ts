import { VantageError } from "../errors.ts";
import type { ApiAnswer } from "./client.ts";
import type { Reach } from "./target.ts";
import { mayHaveToken } from "./target.ts";

/**
 * Where the next page is: `Link` with `rel="next"` (RFC 8288), relative to the page. Throws
 * `api_answer` for a header that cannot be read, and for a page that the token must not go to.
 */
export async function nextPage(
  { headers, url }: Pick<ApiAnswer, "headers" | "url">,
  reach: Reach,
): Promise<URL | undefined> {
  const header = headers.get("link");
  if (header === null) return undefined;
  const { default: LinkHeader } = await import("http-link-header");
  let target: string | undefined;
  try {
    target = LinkHeader.parse(header).rel("next")[0]?.uri;
  } catch {
    throw unusable(url, "its Link header cannot be read");
  }
  if (target === undefined) return undefined;
  const next = URL.parse(target, url);
  if (!next) throw unusable(url, "its Link header leads nowhere");
  if (!mayHaveToken(reach, next)) throw unusable(url, `it is at ${next.origin}, another origin`);
  // A host that was not trusted cannot say where the token goes.
  if (!mayHaveToken(reach, url)) throw unusable(url, "the API has redirected to that origin");
  if (next.username !== "" || next.password !== "") throw unusable(url, "it has a user name");
  return next;
}

const unusable = (url: URL, why: string) =>
  new VantageError("api_answer", `Cannot go on to the next page of ${url.origin}: ${why}`, {
    hint: "Leave out --paginate, and ask for the pages yourself",
  });
