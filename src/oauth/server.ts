import * as oauth from "oauth4webapi";
import { VantageError } from "../errors.ts";
import type { Http, HttpInit } from "../http.ts";
import type { Clock } from "../system.ts";
import { successfulAnswer } from "./answer.ts";
import { discover } from "./discovery.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { ProviderError } from "./provider_error.ts";
import { isLoopback, requireSecure } from "./secure_url.ts";
import type { Endpoints, ProviderSettings } from "./settings.ts";

/** How far the provider's clock may be from ours when an ID token is checked (seconds). */
const CLOCK_TOLERANCE_S = 60;

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
  readonly #http: Http;
  /** The provider's clock less ours, in milliseconds, by the `Date` of its last answer. */
  skewMs = 0;

  /** Opens the server: from the settings alone, from the cache, or by discovery (`fresh`: always anew). */
  static async open(
    parts: ServerParts,
    options: { fresh?: boolean; signal?: AbortSignal } = {},
  ): Promise<Server> {
    const { settings } = parts;
    if (settings.endpoints.token_endpoint !== undefined) {
      const issuer = settings.issuer ?? new URL(settings.endpoints.token_endpoint).origin;
      return new Server(parts, { issuer, ...settings.endpoints });
    }
    if (settings.issuer === undefined) {
      throw new VantageError("config_incomplete", "Neither 'issuer' nor 'token_endpoint' is set", {
        hint: "Run `vantage profile set issuer URL`",
      });
    }
    const metadata = await discover(parts, settings.issuer, options);
    return new Server(parts, { ...metadata, ...settings.endpoints });
  }

  private constructor(parts: ServerParts, as: oauth.AuthorizationServer) {
    this.settings = parts.settings;
    this.clock = parts.clock;
    this.cache = parts.cache;
    this.as = as;
    this.#http = parts.http;
  }

  supports(endpoint: EndpointName): boolean {
    return this.as[endpoint] !== undefined;
  }

  /** The client as `oauth4webapi` wants it. Made anew for each use, so that it knows the latest skew. */
  client(): oauth.Client {
    return {
      client_id: this.settings.clientId,
      [oauth.clockSkew]: Math.round((this.clock.now() + this.skewMs - Date.now()) / 1000),
      [oauth.clockTolerance]: CLOCK_TOLERANCE_S,
    };
  }

  /** How the client authenticates: Basic unless the provider only lists `client_secret_post` (RFC 6749, 2.3.1). */
  clientAuth(): oauth.ClientAuth {
    const secret = this.settings.clientSecret;
    if (!secret) return oauth.None();
    const methods = this.as.token_endpoint_auth_methods_supported;
    return methods?.includes("client_secret_post") && !methods.includes("client_secret_basic")
      ? oauth.ClientSecretPost(secret.expose())
      : oauth.ClientSecretBasic(secret.expose());
  }

  /** Options for a request of `oauth4webapi` to `endpoint`, after a check that it is safe to use. */
  requestOptions(endpoint: EndpointName, signal?: AbortSignal) {
    if (this.as[endpoint] === undefined) {
      throw new VantageError(
        "not_supported",
        `The provider '${this.as.issuer}' has no ${endpoint}`,
        {
          hint: `Set it with \`vantage profile set ${endpoint} URL\` if the provider has one`,
        },
      );
    }
    const url = requireSecure(this.as[endpoint], endpoint);
    return {
      [oauth.customFetch]: (url: string, init: unknown) => this.send(url, init as HttpInit),
      [oauth.allowInsecureRequests]: isLoopback(url.hostname),
      ...(signal && { signal }),
    };
  }

  /** Sends a request and notes the provider's clock. */
  async send(url: string, init: HttpInit): Promise<Response> {
    const response = await this.#http(url, init);
    this.skewMs = skewOf(response, this.clock.now());
    return response;
  }

  /**
   * Sends by `request` and judges the answer; once more with the nonce the provider asks for
   * (RFC 9449, 8), which the DPoP handle remembers from the refusal. `status` is the one that
   * `oauth4webapi` expects of this endpoint's success.
   */
  async ask(request: () => Promise<Response>, what: string, status = 200): Promise<Response> {
    const once = async () =>
      await successfulAnswer(await request().catch(challengeAnswer), what, status);
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ProviderError) || error.oauthError !== "use_dpop_nonce") throw error;
      return await once();
    }
  }
}

/** The answer behind a `WWW-Authenticate` challenge, which the library throws before we can judge it. */
function challengeAnswer(error: unknown): Response {
  if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
  throw error;
}

/**
 * The server's clock less ours. `Date` has whole seconds and the answer took its time, so a
 * difference within the tolerance counts as none.
 */
function skewOf(response: Response, now: number): number {
  const date = Date.parse(response.headers.get("date") ?? "");
  const skew = date - now;
  return Math.abs(skew) > CLOCK_TOLERANCE_S * 1000 / 2 ? skew : 0;
}
