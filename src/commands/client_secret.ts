import type { Definer } from "../config/account.ts";
import type { SettingsApp } from "../config/context.ts";
import { storeSecret } from "../config/secrets.ts";
import { readSecret } from "./secret_input.ts";

/** The key of `profile set` that is no setting of the file: its value lives in the store. */
export const CLIENT_SECRET = "client_secret";

/**
 * Puts the client secret of a profile or a provider into its store: read from stdin for "-",
 * asked for when there is no value. Throws `usage` for one on the command line, `input_required`.
 */
export async function storeClientSecret(
  app: SettingsApp,
  of: Definer,
  text: string | undefined,
): Promise<void> {
  const secret = await readSecret(app, text, {
    name: CLIENT_SECRET,
    question: `Client secret of ${of.kind} '${of.name}'`,
    command: storeSecret(of),
    instead: "Give `-` as the value, and the secret on stdin",
  });
  await app.saveClientSecret(of, secret);
}
