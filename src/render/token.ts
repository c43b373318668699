import type { TokenFormat, TokenResult } from "../commands/token.ts";
import type { AccessToken } from "../tokens/source.ts";
import { rfc3339 } from "./time.ts";
import type { View } from "./view.ts";

/** `vantage token`: the one place where an access token is printed. */
export const tokenView: View<TokenResult> = {
  text: ({ token, format }) => token ? FORMATS[format](token) : "",
  json: ({ token }) => token && tokenJson(token),
};

const FORMATS: Record<TokenFormat, (token: AccessToken) => string> = {
  raw: (token) => token.value.expose(),
  header: (token) => `Authorization: ${token.type} ${token.value.expose()}`,
  json: (token) => JSON.stringify(tokenJson(token)),
  env: (token) => `VANTAGE_TOKEN=${shellWord(token.value.expose())}`,
};

/** A token for programs. */
export function tokenJson(token: AccessToken) {
  return {
    access_token: token.value.expose(),
    token_type: token.type,
    expires_at: token.expiresAt === undefined ? null : rfc3339(token.expiresAt),
  };
}

/** As it is where that is safe, because env files (`docker --env-file`) know no quotes. */
function shellWord(value: string): string {
  return /^[\w.~+/=:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
