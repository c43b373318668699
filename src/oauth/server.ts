import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import type { Http, HttpInit } from "../http.ts";
import type { Clock } from "../system.ts";
import { isLoopback } from "../loopback.ts";
import { successfulAnswer } from "./answer.ts";
import { clientAuthentication } from "./client_auth.ts";
import { discover } from "./discovery.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { ProviderClock } from "./provider_clock.ts";
import { ProviderError } from "./provider_error.ts";
import { requireSecure } from "./secure_url.ts";
import type { Endpoints, ProviderSettings } from "./settings.ts";

/** How far the provider's clock may be from ours when an ID token is checked (seconds). */
const CLOCK_TOLERANCE_S = 60;

/**
 * What may sign an ID token where the metadata does not say: whatever the issuer's public keys
 * can verify. The library would take RS256 alone.
 */
const SIGNATURES = ["RS", "PS", "ES"].flatMap((family) =>
  ["256", "384", "512"].map((bits) => family + bits)
).concat("EdDSA", "Ed25519");

export interface ServerParts {
  readonly settings: ProviderSettings;
  readonly http: Http;
  readonly clock: Clock;
  readonly cache: MetadataCache;
}

/** The name of an endpoint that requests are sent to. */
export type EndpointName = keyof Endpoints;

/** An authorization server whose metadata is known, and we as its client. */
export class Server {
  readonly settings: ProviderSettings;
  readonly clock: Clock;
  readonly cache: MetadataCache;
  readonly as: oauth.AuthorizationServer;
  readonly providerClock: ProviderClock;

  /** Opens the server: from the settings alone, from the cache, or by discovery (`fresh`: always anew). */
  static async open(
    parts: ServerParts,
    options: { fresh?: boolean; signal?: AbortSignal } = {},
  ): Promise<Server> {
    const { settings, clock, cache } = parts;
    const providerClock = new ProviderClock(parts.http, clock);
    if (settings.endpoints.token_endpoint !== undefined) {
      const issuer = settings.issuer ?? new URL(settings.endpoints.token_endpoint).origin;
      return new Server(parts, providerClock, { issuer, ...settings.endpoints });
    }
    if (settings.issuer === undefined) {
      throw new VantageError("config_incomplete", "Neither 'issuer' nor 'token_endpoint' is set", {
        hint: `Run \`${settings.howToSet("issuer", "URL")}\``,
      });
    }
    const http: Http = (url, init) => providerClock.send(url, init);
    const { issuerPerTenant } = settings;
    const metadata = await discover({ http, clock, cache }, settings.issuer, {
      ...options,
      issuerPerTenant,
    });
    return new Server(parts, providerClock, { ...metadata, ...settings.endpoints });
  }

  private constructor(
    parts: ServerParts,
    providerClock: ProviderClock,
    as: oauth.AuthorizationServer,
  ) {
    this.settings = parts.settings;
    this.clock = parts.clock;
    this.cache = parts.cache;
    this.providerClock = providerClock;
    this.as = { id_token_signing_alg_values_supported: SIGNATURES, ...as };
  }

  /** The provider's clock less ours, in milliseconds. */
  get skewMs(): number {
    return this.providerClock.skewMs;
  }

  supports(endpoint: EndpointName): boolean {
    return this.as[endpoint] !== undefined;
  }

  /** The client as `oauth4webapi` wants it. Made anew for each use, so that it knows the latest skew. */
  client(): oauth.Client {
    return {
      client_id: this.settings.clientId,
      [oauth.clockSkew]: Math.round((this.providerClock.now() - Date.now()) / 1000),
      [oauth.clockTolerance]: CLOCK_TOLERANCE_S,
    };
  }

  clientAuth(): oauth.ClientAuth {
    return clientAuthentication(this.settings, this.as);
  }

  /** The address of `endpoint`, safe to use. Throws `not_supported`, `provider_answer`. */
  requireEndpoint(endpoint: EndpointName): URL {
    if (this.as[endpoint] === undefined) {
      throw new VantageError(
        "not_supported",
        `The provider '${this.as.issuer}' has no ${endpoint}`,
        {
          hint: `Run \`${this.settings.howToSet(endpoint, "URL")}\` if the provider has one`,
        },
      );
    }
    return requireSecure(this.as[endpoint], endpoint);
  }

  /** Options for a request of `oauth4webapi` to `endpoint`, after a check that it is safe to use. */
  requestOptions(endpoint: EndpointName, signal?: AbortSignal) {
    const url = this.requireEndpoint(endpoint);
    return {
      [oauth.customFetch]: (url: string, init: unknown) =>
        this.providerClock.send(url, init as HttpInit),
      [oauth.allowInsecureRequests]: isLoopback(url.hostname),
      ...(signal && { signal }),
    };
  }

  /**
   * Sends by `request` and judges the answer. Once more where a DPoP proof was refused that can
   * be made better now: with the nonce the provider asks for (RFC 9449, 8), or at its time of
   * day. `status` is the one that `oauth4webapi` expects of this endpoint's success.
   */
  async ask(request: () => Promise<Response>, what: string, status = 200): Promise<Response> {
    const once = async () =>
      await successfulAnswer(await request().catch(challengeAnswer), what, status);
    const { skewMs } = this.providerClock;
    try {
      return await once();
    } catch (error) {
      const refusal = error instanceof ProviderError ? error.oauthError : undefined;
      const learnt = refusal === "use_dpop_nonce" ||
        refusal === "invalid_dpop_proof" && this.providerClock.skewMs !== skewMs;
      if (!learnt) throw error;
      return await once();
    }
  }
}

/** The answer behind a `WWW-Authenticate` challenge, which the library throws before we can judge it. */
function challengeAnswer(error: unknown): Response {
  if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
  throw error;
}
