import { createHash } from "node:crypto";
import type { Account } from "./account.ts";
import { SETTING_KEYS } from "./settings.ts";

/**
 * What an account's settings amount to, and where its tokens are, in one short text: two
 * processes whose texts are equal would do the same for the account.
 */
export function settingsFingerprint(account: Account, tokensDir: string): string {
  const { id, settings, sslCertFile } = account;
  const values = SETTING_KEYS.map((key) => {
    const value = settings[key]?.value;
    return value === Infinity ? "never" : value ?? null; // JSON has no Infinity
  });
  const text = JSON.stringify([tokensDir, id, values, sslCertFile?.value ?? null]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
