/**
 * Whether a URL's host is this machine, so that http to it is no risk (RFC 8252, 8.3). `URL` has
 * written every spelling of an IPv4 address as four decimal numbers by now.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
