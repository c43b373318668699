import { providerSettings, withClient } from "./accounts.ts";
import type { Account } from "./config/account.ts";
import type { Paths } from "./config/paths.ts";
import { VantageError } from "./errors.ts";
import { fileProblem } from "./files.ts";
import type { Http } from "./http.ts";
import type { Server } from "./oauth/server.ts";
import type { Person } from "./person.ts";
import type { StaticSecrets } from "./static_secrets.ts";
import type { System } from "./system.ts";
import { FileError } from "./system.ts";

interface ProviderParts {
  readonly system: System;
  readonly person: Pick<Person, "exchange">;
  readonly interrupted: AbortSignal;
  readonly secrets: StaticSecrets;
  readonly paths: () => Paths;
}

export interface ServerOptions {
  /** Ask for the metadata anew. */
  readonly fresh?: boolean;
  /** How long one request may take. */
  readonly timeoutMs?: number;
  /** For who is no client of it yet. */
  readonly unregistered?: boolean;
}

/** The accounts' providers: how they are reached, and as which client. */
export class Providers {
  readonly #parts: ProviderParts;

  constructor(parts: ProviderParts) {
    this.#parts = parts;
  }

  /**
   * The account's authorization server. `fresh` asks it for its metadata anew; `unregistered`
   * is for who is no client of it yet.
   */
  async server(
    account: Account,
    options: ServerOptions = {},
  ): Promise<Server> {
    const [{ Server }, { metadataCache }] = await Promise.all([
      import("./oauth/server.ts"),
      import("./oauth/metadata_cache.ts"),
    ]);
    const parts = {
      settings: options.unregistered
        ? withClient(account, "")
        : providerSettings(account, await this.#parts.secrets.clientSecret(account)),
      http: await this.http(account, options.timeoutMs),
      clock: this.#parts.system.clock,
      cache: metadataCache(this.#parts.system.files, this.#parts.paths().cache),
    };
    return await Server.open(parts, { ...options, signal: this.#parts.interrupted });
  }

  /** The way to the network with the account's certificates, for `--verbose` with a line a request. */
  async http(account: Account, timeoutMs?: number): Promise<Http> {
    const { createHttp } = await import("./http.ts");
    const { user_agent: userAgent } = account.settings;
    return createHttp(this.#parts.system, {
      caCerts: await this.certificates(account),
      ...(userAgent && { userAgent: userAgent.value }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      onExchange: ({ ms: totalMs, ...exchange }) =>
        this.#parts.person.exchange({ ...exchange, totalMs }),
    });
  }

  /** What the account trusts beside the built-in roots (PEM). Throws `config_unreadable`. */
  async certificates(account: Account): Promise<string[]> {
    const paths = [account.settings.ca_file?.value, account.sslCertFile?.value];
    const read = paths.filter((path) => path !== undefined).map(async (path) => {
      try {
        return await this.#parts.system.files.readText(path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        throw new VantageError("config_unreadable", `Cannot read ${path}: ${fileProblem(error)}`, {
          cause: error,
          hint: "Correct ca_file, VANTAGE_CA_FILE or SSL_CERT_FILE",
        });
      }
    });
    return await Promise.all(read);
  }
}
