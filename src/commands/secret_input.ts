import type { SettingsApp } from "../config/context.ts";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";

interface SecretQuestion {
  /** What it is called on the command line. */
  readonly name: string;
  readonly question: string;
  /** The command that reads it from stdin. */
  readonly command: string;
  /** What to do where nobody can be asked. */
  readonly instead: string;
}

/**
 * A secret for a command: read from stdin for "-", asked for when there is no value. Throws
 * `usage` for one on the command line, where others can see it, and `input_required`.
 */
export async function readSecret(
  { system, person }: Pick<SettingsApp, "system" | "person">,
  text: string | undefined,
  { name, question, command, instead }: SecretQuestion,
): Promise<Secret> {
  if (text !== undefined && text !== "-") {
    throw new VantageError(
      "usage",
      `Cannot take '${name}' from the command line: others can see it`,
      {
        hint: `Run \`${command}\` with the secret on stdin, or leave the value out ` +
          "to be asked for it; replace the secret if this computer has other users",
      },
    );
  }
  const value = text === "-"
    ? await system.stdin.readSecret()
    : await person.askSecret(question, instead);
  if (!value) throw new VantageError("usage", `Cannot set '${name}': the value is empty`);
  return new Secret(value);
}
