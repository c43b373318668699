import type { SettingsApp } from "../config/context.ts";
import { storeSecret } from "../config/secrets.ts";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** The key of `profile set` that is no setting of the file: its value lives in the store. */
export const CLIENT_SECRET = "client_secret";

/**
 * Puts the client secret of a profile into its store: read from stdin for "-", asked for when
 * there is no value. Throws `usage` for a secret on the command line, and `input_required`.
 */
export async function storeClientSecret(
  app: SettingsApp,
  profile: string,
  text: string | undefined,
): Promise<void> {
  const key = CLIENT_SECRET;
  if (text !== undefined && text !== "-") {
    throw new VantageError(
      "usage",
      `Cannot take '${key}' from the command line: others can see it`,
      {
        hint: `Run \`${storeSecret(profile)}\` with the secret on stdin, or leave the value out ` +
          "to be asked for it; replace the secret if this computer has other users",
      },
    );
  }
  const value = text === "-" ? await app.system.stdin.readSecret() : await app.person.askSecret(
    `Client secret of profile '${profile}'`,
    "Give `-` as the value, and the secret on stdin",
  );
  if (!value) throw new VantageError("usage", `Cannot set '${key}': the value is empty`);
  await app.saveClientSecret(profile, new Secret(value));
}
