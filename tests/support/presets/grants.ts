import { createHash } from "node:crypto";
import type { Seen } from "./server.ts";

/** What a person agreed to. */
export interface Grant {
  readonly clientId: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  /** Also what the authorization request said beside. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface Code extends Grant {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
}

/** The codes and refresh tokens of a provider: each code counts once, dead tokens stay dead. */
export class Grants {
  readonly #codes = new Map<string, Code>();
  readonly #refresh = new Map<string, Grant>();
  readonly #access = new Map<string, Grant>();

  /** Agrees to an authorization request, and sends the browser back. */
  agree({ query }: Seen, extra: Record<string, string> = {}): Response {
    const code = random("code");
    this.#codes.set(code, {
      clientId: query.client_id ?? "",
      scope: query.scope ?? "",
      nonce: query.nonce,
      redirectUri: query.redirect_uri ?? "",
      challenge: query.code_challenge_method === "S256" ? query.code_challenge : undefined,
      parameters: query,
    });
    return back(query, { code, ...extra });
  }

  /**
   * The grant of a code, undefined where it is not good: unknown or used, of another client or
   * redirect URI, or without the verifier for its challenge (RFC 7636, 4.6).
   */
  redeem({ form }: Seen, clientId: string): Grant | undefined {
    const code = this.#codes.get(form.code ?? "");
    this.#codes.delete(form.code ?? "");
    if (!code || code.clientId !== clientId || code.redirectUri !== form.redirect_uri) return;
    const hash = createHash("sha256").update(form.code_verifier ?? "").digest("base64url");
    return code.challenge === undefined || code.challenge === hash ? code : undefined;
  }

  accessToken(grant: Grant, prefix = "access"): string {
    const token = random(prefix);
    this.#access.set(token, grant);
    return token;
  }

  refreshToken(grant: Grant, prefix = "refresh"): string {
    const token = random(prefix);
    this.#refresh.set(token, grant);
    return token;
  }

  /** The grant of a refresh token that lives; `use` ends it. */
  refreshed(token: string | undefined, use: "once" | "often"): Grant | undefined {
    const grant = this.#refresh.get(token ?? "");
    if (use === "once") this.#refresh.delete(token ?? "");
    return grant;
  }

  /** Ends all tokens of the grant that a token is of; false for a token that is none. */
  revoke(token: unknown): boolean {
    const grant = this.#refresh.get(String(token)) ?? this.#access.get(String(token));
    if (!grant) return false;
    for (const tokens of [this.#refresh, this.#access]) {
      for (const [name, of] of tokens) if (of === grant) tokens.delete(name);
    }
    return true;
  }

  /** Whether any token still lives. */
  get alive(): number {
    return this.#refresh.size + this.#access.size;
  }

  /** Ends everything, as an administrator does. */
  end(): void {
    this.#refresh.clear();
    this.#access.clear();
  }
}

/** Sends the browser back to the client (RFC 6749, 4.1.2). */
export function back(query: Seen["query"], answer: Record<string, string>): Response {
  const url = new URL(query.redirect_uri ?? "");
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (query.state !== undefined) url.searchParams.set("state", query.state);
  return new Response(null, { status: 302, headers: { location: url.href } });
}

export const random = (prefix: string): string => `${prefix}-${crypto.randomUUID()}`;

/** The page for somebody whose request is refused without sending them back. */
export const refusalPage = (text: string): Response =>
  new Response(`<p>${text}</p>`, { status: 400, headers: { "content-type": "text/html" } });
