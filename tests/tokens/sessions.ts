import { join } from "node:path";
import { Secret } from "../../src/secret.ts";
import { fileStore } from "../../src/store/file.ts";
import { denoFiles } from "../../src/system/deno_files.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { lockAccount } from "../../src/tokens/account_lock.ts";
import { encodeCredentials, type Session } from "../../src/tokens/session.ts";
import { issueTokens } from "../support/issue_tokens.ts";
import type { Gate } from "../support/gate.ts";
import type { Provider } from "../support/provider.ts";
import { type Home, makeHome, type Running } from "../support/vantage.ts";

/** The account of the profile that {@link makeHome} writes. */
export const ACCOUNT = { service: "vantage", account: "test" };

const HOUR_MS = 3_600_000;

/** How long the saved access token still lives: well, to be renewed but usable, not at all. */
export const LIFE_LEFT_MS = { fresh: 50 * 60_000, due: 4 * 60_000, dead: -60_000 } as const;
export type Life = keyof typeof LIFE_LEFT_MS;

/** Gives `home` a session of `provider` as a login would, at this point of its life. */
export async function saveSession(home: Home, provider: Provider, life: Life): Promise<Session> {
  const tokens = await issueTokens(provider);
  const expiresAt = Date.now() + LIFE_LEFT_MS[life];
  const session: Session = {
    accessToken: new Secret(tokens.access_token),
    tokenType: "Bearer",
    obtainedAt: expiresAt - HOUR_MS,
    expiresAt,
    refreshToken: new Secret(tokens.refresh_token),
    idToken: new Secret(tokens.id_token),
    scopes: tokens.scope.split(" "),
    grant: {
      issuer: provider.issuer,
      clientId: provider.clientId,
      scopes: ["openid", "email", "profile", "offline_access"],
      dpop: false,
    },
    scopesChosen: false,
  };
  const { clock } = denoSystem();
  const store = fileStore(denoFiles(), clock, join(home.dir, "tokens"));
  await using lock = await lockAccount({ store, clock, id: ACCOUNT }, "write");
  await lock.set(encodeCredentials({ session }), "any");
  return session;
}

/** A home with such a session. */
export async function homeWithSession(
  provider: Provider,
  life: Life,
  settings: Record<string, unknown> = {},
): Promise<Home & { readonly session: Session }> {
  const home = await makeHome(provider, settings);
  return Object.assign(home, { session: await saveSession(home, provider, life) });
}

/** What identifies the requests that use a refresh token. */
export const REFRESH = { path: "token", grantType: "refresh_token" };

/** Waits until the program's request is held at the gate. Fails when the program ends without. */
export async function reached(gate: Gate, program: Running): Promise<void> {
  const ended = program.result.then(({ stderr }) => {
    throw new Error(`The program ended before its request: ${stderr}`);
  });
  await Promise.race([gate.arrived, ended]);
}
