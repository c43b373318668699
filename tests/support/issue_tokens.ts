import { approveDevice } from "./person.ts";
import type { Provider } from "./provider.ts";

/** A token endpoint's answer. */
export interface IssuedTokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly token_type: string;
}

/**
 * Logs a person in without the client under test, for tests that begin with a session. Leaves
 * no requests behind in `provider.requests`. Not for a provider that demands DPoP.
 */
export async function issueTokens(
  provider: Provider,
  { scope = "openid email profile offline_access", user = "ada" }: {
    readonly scope?: string;
    readonly user?: string;
  } = {},
): Promise<IssuedTokens> {
  const before = provider.requests.length;
  using client = Deno.createHttpClient({ caCerts: provider.ca ? [provider.ca] : [] });
  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: provider.clientId, ...form });
    const response = await fetch(provider.issuer + path, { method: "POST", body, client });
    const answer = await response.json();
    if (!response.ok) throw new Error(`No tokens: ${JSON.stringify(answer)}`);
    return answer;
  };
  const device = await post("/device/auth", { scope });
  await approveDevice(device.verification_uri_complete, { user, ca: provider.ca });
  const tokens = await post("/token", {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: device.device_code,
  });
  provider.requests.length = before;
  return tokens;
}
