import type { Problem } from "./problem.ts";

/** Keys under which people write secrets, each with the command that stores it properly. */
const SECRETS: Readonly<Record<string, (name: string) => string>> = {
  client_secret: storeSecret,
  secret: storeSecret,
  api_key: storeSecret,
  password: storeSecret,
  access_token: logIn,
  refresh_token: logIn,
  id_token: logIn,
  token: logIn,
};

/** Whether a value of that name would be a secret, in whatever way the name is written. */
export function isSecretKey(key: string): boolean {
  return Object.hasOwn(SECRETS, normal(key));
}

/** The problem of a key that holds a secret, undefined when it holds none. */
export function secretProblem(keys: readonly string[], quoted: string): Problem | undefined {
  const key = normal(keys.at(-1) ?? "");
  if (!isSecretKey(key)) return undefined;
  const name = (keys[0] === "profiles" && keys.length > 2 ? keys[1] : undefined) ?? "NAME";
  return {
    code: "config_secret",
    keys,
    message: `Key ${quoted} holds a secret, which this file must not`,
    hint: `Remove the line and run \`${SECRETS[key]?.(name)}\``,
  };
}

/** The command that stores a profile's secret. */
export function storeSecret(profile: string): string {
  return `vantage profile set client_secret - -p ${profile}`;
}

function logIn(profile: string): string {
  return `vantage login -p ${profile}`;
}

function normal(key: string): string {
  return key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase().replaceAll("-", "_");
}
