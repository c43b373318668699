import type { Provider } from "../support/provider.ts";

/** A container registry, as far as a login goes (distribution.github.io, "API Version Check"). */
export interface Registry extends AsyncDisposable {
  readonly host: string;
  /** The user names and passwords that it was sent, each time. */
  readonly logins: { readonly username: string; readonly password: string }[];
  /** Passwords that it takes beside the tokens of the provider's API. */
  readonly passwords: Set<string>;
}

/** Starts one that takes for a password what the provider's API takes for a token. */
export function startRegistry(provider: Provider): Registry {
  const isGood = async (password: string) => {
    if (registry.passwords.has(password)) return true;
    const headers = { authorization: `Bearer ${password}` };
    const answer = await fetch(`${provider.apiUrl}/me`, { headers });
    await answer.body?.cancel();
    return answer.ok;
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const [, basic] = request.headers.get("authorization")?.match(/^Basic (.+)$/) ?? [];
      if (basic !== undefined) {
        const [username = "", ...password] = atob(basic).split(":");
        registry.logins.push({ username, password: password.join(":") });
        if (await isGood(password.join(":"))) return Response.json({});
      }
      return Response.json({ errors: [{ code: "UNAUTHORIZED", message: "Who are you?" }] }, {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="registry"' },
      });
    },
  );
  const registry: Registry = {
    host: `127.0.0.1:${server.addr.port}`,
    logins: [],
    passwords: new Set(),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return registry;
}
