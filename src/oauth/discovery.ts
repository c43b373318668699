import * as oauth from "oauth4webapi";
import { isVantageError, VantageError } from "../errors.ts";
import type { Http, HttpInit } from "../http.ts";
import type { Clock } from "../system.ts";
import { isLoopback } from "../loopback.ts";
import { successfulAnswer } from "./answer.ts";
import { loginFailure } from "./failure.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { ProviderError } from "./provider_error.ts";
import { requireSecure } from "./secure_url.ts";
import { isTenantIssuer } from "./tenant.ts";

/** Metadata this old is used without asking (milliseconds); older, only if the provider is away. */
const FRESH_FOR_MS = 24 * 3_600_000;

interface DiscoveryParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly cache: MetadataCache;
}

/**
 * The issuer's metadata, by OpenID Connect Discovery 1.0, else RFC 8414; its `issuer` is
 * compared with the one asked for. Throws `network`, `provider_…`, `login_rejected`.
 */
export async function discover(
  parts: DiscoveryParts,
  issuer: string,
  options: { fresh?: boolean; signal?: AbortSignal; issuerPerTenant?: boolean },
): Promise<oauth.AuthorizationServer> {
  const known = (await parts.cache.get(issuer))?.metadata;
  const saved = known?.members as oauth.AuthorizationServer | undefined;
  const age = parts.clock.now() - (known?.fetched_at ?? 0);
  if (saved && !options.fresh && age >= 0 && age < FRESH_FOR_MS) return saved;
  try {
    const metadata = await fetchMetadata(parts.http, issuer, options);
    const fetched_at = parts.clock.now();
    await parts.cache.set(issuer, { metadata: { fetched_at, members: { ...metadata } } });
    return metadata;
  } catch (error) {
    const away = isVantageError(error, "network", "provider_unavailable");
    if (saved && away && !options.fresh) return saved;
    throw error;
  }
}

async function fetchMetadata(
  http: Http,
  issuer: string,
  { signal, issuerPerTenant = false }: { signal?: AbortSignal; issuerPerTenant?: boolean },
): Promise<oauth.AuthorizationServer> {
  const url = requireSecure(issuer, "issuer");
  const attempt = async (algorithm: "oidc" | "oauth2") => {
    const response = await oauth.discoveryRequest(url, {
      algorithm,
      [oauth.customFetch]: (url, init) => http(url, init as HttpInit),
      [oauth.allowInsecureRequests]: isLoopback(url.hostname),
      ...(signal && { signal }),
    });
    const answer = await successfulAnswer(response, "Discovery");
    if (!issuerPerTenant) return await oauth.processDiscoveryResponse(url, answer);
    const { issuer: named } = await answer.clone().json();
    const expected = isTenantIssuer(url, named) ? new URL(named) : url;
    const metadata = await oauth.processDiscoveryResponse(expected, answer);
    // It goes by the name it was asked by; its ID tokens are of another one.
    return { ...metadata, issuer, token_issuer: metadata.issuer };
  };
  try {
    return await attempt("oidc").catch((error: unknown) => {
      if (error instanceof ProviderError && error.status === 404) return attempt("oauth2");
      throw error;
    });
  } catch (error) {
    if (error instanceof ProviderError && error.kind === "unusable") {
      throw new VantageError(
        "provider_answer",
        `No provider answers at '${issuer}': ${error.message}`,
        {
          cause: error,
          hint: "Check the issuer: its /.well-known/openid-configuration has to exist",
        },
      );
    }
    throw loginFailure(error);
  }
}
