import type { App } from "../app.ts";

export interface RefreshResult {
  readonly profile: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

/** `vantage refresh`: renews the token whether or not that is due. */
export async function refresh(app: App): Promise<RefreshResult> {
  const profile = await app.profile();
  const { expiresAt } = await app.tokenSource(profile).token({ force: true });
  return { profile: profile.name, expiresAt };
}
