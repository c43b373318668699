import * as v from "valibot";
import { VantageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Place } from "./place.ts";
import { placeOf } from "./place.ts";

/** A credential as `store` takes and `get` gives it (docker/docker-credential-helpers). */
export interface DockerCredential {
  readonly server: string;
  readonly username: string;
  readonly secret: Secret;
}

/** Docker recognises a registry without credentials by exactly these words. */
export const NOT_FOUND = "credentials not found in native keychain";

/** The key under which Docker keeps what is for Docker Hub. */
const HUB_SERVER = "https://index.docker.io/v1/";
const HUB_HOST = "index.docker.io";
/** What others call it: people, podman, and the registry itself. */
const HUB_NAMES = ["docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** Reads what Docker writes for `get` and `erase`. Throws `usage`, in Docker's words. */
export function parseServer(text: string): string {
  const server = text.trim();
  // deno-lint-ignore no-control-regex -- to refuse them
  if (server === "" || /[\x00-\x20\x7f]/.test(server)) throw unusable("no credentials server URL");
  return server;
}

const Stored = v.object({
  ServerURL: v.pipe(v.string(), v.trim(), v.minLength(1, "no credentials server URL")),
  Username: v.pipe(v.string(), v.minLength(1, "no credentials username")),
  Secret: v.pipe(v.string(), v.minLength(1, "no credentials secret")),
});

/** Reads what Docker writes for `store`. Throws `usage`, in Docker's words where it has some. */
export function parseStored(text: string): DockerCredential {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable("no JSON"); // JSON's own message quotes the text, with the secret in it
  }
  const parsed = v.safeParse(Stored, json);
  if (!parsed.success) {
    const [{ type, message, path }] = parsed.issues;
    throw unusable(type === "min_length" ? message : `no ${String(path?.[0]?.key ?? "object")}`);
  }
  const { ServerURL, Username, Secret: secret } = parsed.output;
  return { server: parseServer(ServerURL), username: Username, secret: new Secret(secret) };
}

const unusable = (problem: string) =>
  new VantageError("usage", `Cannot read Docker's request: ${problem}`, {
    hint: "Let Docker call this helper; it writes a server on stdin, or JSON for `store`",
  });

/** Where a server is, however it is spelled: with or without scheme, path and last slash. */
export function registryOf(server: string): Place & { readonly encrypted: boolean } {
  const [, scheme, rest = ""] = server.match(/^(?:(https?):\/\/)?(.*)$/is) ?? [];
  const protocol = scheme?.toLowerCase() === "http" ? "http" : "https";
  const { host, path } = placeOf(rest, protocol);
  const name = HUB_NAMES.includes(host) ? HUB_HOST : host;
  return { host: name, path, encrypted: protocol === "https" };
}

/** The place that an entry of the settings names, spelled as {@link registryOf} does. */
export function registryPlace(place: string): string {
  const [host = "", ...path] = place.split("/");
  const isHub = HUB_NAMES.includes(host.toLowerCase());
  return [isHub ? HUB_HOST : host, ...path].join("/");
}

/** What Docker calls the server of an entry, in the answer to `list`. */
export function serverOf(place: string): string {
  return registryOf(place).host === HUB_HOST ? HUB_SERVER : place.replace(/\/+$/, "");
}

/** The answer to `get`. */
export function formatDockerCredential({ server, username, secret }: DockerCredential): string {
  return JSON.stringify({ ServerURL: server, Username: username, Secret: secret.expose() });
}
