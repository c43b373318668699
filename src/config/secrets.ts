import type { Problem } from "./problem.ts";

/** Keys under which people write secrets, each with the kind of command that stores it properly. */
const SECRETS: Readonly<Record<string, "store" | "log in">> = {
  client_secret: "store",
  secret: "store",
  api_key: "store",
  password: "store",
  access_token: "log in",
  refresh_token: "log in",
  id_token: "log in",
  token: "log in",
};

/** Whether a value of that name would be a secret, in whatever way the name is written. */
export function isSecretKey(key: string): boolean {
  return Object.hasOwn(SECRETS, normal(key));
}

/** The problem of a key that holds a secret, undefined when it holds none. */
export function secretProblem(keys: readonly string[], quoted: string): Problem | undefined {
  const key = normal(keys.at(-1) ?? "");
  if (!isSecretKey(key)) return undefined;
  const name = (keys.length > 2 ? keys[1] : undefined) ?? "NAME";
  const isProvider = keys[0] === "providers";
  const command = SECRETS[key] === "log in"
    ? `vantage login ${isProvider ? `${name} ACCOUNT` : `-p ${name}`}`
    : isProvider && key === "api_key"
    ? `vantage account add ${name} ACCOUNT --api-key -`
    : storeSecret({ kind: isProvider ? "provider" : "profile", name });
  return {
    code: "config_secret",
    keys,
    message: `Key ${quoted} holds a secret, which this file must not`,
    hint: `Remove the line and run \`${command}\``,
  };
}

/** The command that stores the client secret of a profile or a provider. */
export function storeSecret(
  { kind, name }: { kind: "profile" | "provider"; name: string },
): string {
  return kind === "profile"
    ? `vantage profile set client_secret - -p ${name}`
    : `vantage provider set ${name} client_secret -`;
}

function normal(key: string): string {
  return key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase().replaceAll("-", "_");
}
