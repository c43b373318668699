import { ProviderError } from "./provider_error.ts";

/**
 * Checks that a URL may carry credentials: https, or http to a loopback address
 * (RFC 8252, 8.3). `what` names it in the error.
 */
export function requireSecure(url: unknown, what: string): URL {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) {
    throw new ProviderError("unusable", `The provider's ${what} is not a URL`, { status: 200 });
  }
  if (parsed.protocol === "https:" || parsed.protocol === "http:" && isLoopback(parsed.hostname)) {
    return parsed;
  }
  throw new ProviderError("unusable", `The provider's ${what} is not https: ${parsed.origin}`, {
    status: 200,
    hint: "Nothing is sent without encryption, except to a loopback address",
  });
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
