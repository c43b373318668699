import type { IncomingMessage, ServerResponse } from "node:http";

/** The part of a Koa context used here. */
export interface Context {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly path: string;
  type: string;
  body: unknown;
  respond?: boolean;
}

export interface Token {
  readonly accountId?: string;
  readonly clientId?: string;
  readonly scope?: string;
  readonly jkt?: string;
}

export interface Interaction {
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface GrantRecord {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
}

/** The part of oidc-provider used here; the package carries no types of its own. */
export interface OidcProvider {
  proxy: boolean;
  readonly AccessToken: { find(token: string): Promise<Token | undefined> };
  readonly ClientCredentials: { find(token: string): Promise<Token | undefined> };
  readonly Grant: new (of: { accountId: string; clientId: string | undefined }) => GrantRecord;
  on(event: "server_error", listener: (context: Context, error: Error) => void): void;
  use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
  interactionFinished(
    request: IncomingMessage,
    response: ServerResponse,
    result: unknown,
    options: { mergeWithLastSubmission: boolean },
  ): Promise<void>;
}
