import { isUnattended } from "./accounts.ts";
import type { Account } from "./config/account.ts";
import type { RenewalOutcome, TokenSet } from "./oauth/token_set.ts";
import type { Providers } from "./providers.ts";

/** One request of a refresh may take this long: two of them fit into what waiters wait. */
const REFRESH_TIMEOUT_MS = 15_000;

/** Renews a session once, by its refresh token or, for a machine, by a new grant. Never throws for what the provider does. */
export async function renew(
  providers: Providers,
  account: Account,
  session: TokenSet | undefined,
): Promise<RenewalOutcome> {
  const { failedRenewal, refresh } = await import("./oauth/refresh.ts");
  try {
    const server = await providers.server(account, { timeoutMs: REFRESH_TIMEOUT_MS });
    if (!isUnattended(account) && session) return await refresh(server, session);
    const { clientCredentialsLogin } = await import("./oauth/client_credentials.ts");
    const tokens = await clientCredentialsLogin(server, {
      scopes: account.settings.scopes.value,
      ...(session?.dpopKey && { dpopKey: session.dpopKey }),
    });
    return { kind: "renewed", tokens };
  } catch (error) {
    // Before the token was sent, or of a grant that consumes nothing: no answer is lost.
    const outcome = failedRenewal(error);
    return outcome.kind === "transient" ? { ...outcome, answerLost: false } : outcome;
  }
}
