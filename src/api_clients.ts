/** The clients of accounts' APIs: their settings, tokens and certificates, put together. */
import type { Exchange } from "./api/exchange_record.ts";
import { Exchanger } from "./api/exchange.ts";
import { ApiClient } from "./api/client.ts";
import type { Reach } from "./api/target.ts";
import type { Account } from "./config/account.ts";
import { incomplete } from "./config/account.ts";
import { ResourceRequests } from "./oauth/resource_requests.ts";
import type { Person } from "./person.ts";
import type { System } from "./system.ts";
import type { TokenSource } from "./tokens/source.ts";
import { VERSION } from "./version.ts";

/** The longest silence of an API that is waited for, unless told. */
const IDLE_MS = 60_000;

/** Where requests of a kind go. */
export type ApiBase = "api_url" | "graphql_url";

interface ClientParts {
  readonly system: System;
  readonly person: Person;
  readonly interrupted: AbortSignal;
  readonly tokens: TokenSource;
  /** PEM, to trust beside the built-in roots. */
  readonly certificates: readonly string[];
  readonly onExchange: ((exchange: Exchange) => void) | undefined;
}

/** Where the account's token may go. Throws `config_incomplete`. */
export function reachOf({ settings, definition }: Account, base: ApiBase): Reach {
  const url = settings[base]?.value;
  if (url !== undefined) {
    return { base: new URL(url), origins: settings.api_origins?.value.map(originOf) ?? [] };
  }
  const path = base === "graphql_url" ? "/graphql" : "";
  throw incomplete(definition, base, `https://api.example.com${path}`);
}

const originOf = (url: string) => new URL(url).origin;

/** A client for the account. `idleMs`: the longest silence of the API that is waited for. */
export function apiClient(
  { system, person, interrupted, tokens, certificates, onExchange }: ClientParts,
  account: Account,
  reach: Reach,
  idleMs = IDLE_MS,
): ApiClient {
  const requests = new ResourceRequests(system.clock);
  return new ApiClient({
    reach,
    tokens,
    exchanger: new Exchanger({
      system,
      caCerts: certificates,
      idleMs,
      interrupted,
      onExchange,
    }),
    userAgent: account.settings.user_agent?.value ?? `vantage/${VERSION}`,
    authorized: (token, request, fetch) => requests.send(token, request, fetch),
    clock: system.clock,
    random: Math.random,
    interrupted,
    waiting: (reason, until) => {
      person.detail(1, `${reason}; trying again`);
      return person.waiting(`${reason}; trying again`, until);
    },
  });
}
