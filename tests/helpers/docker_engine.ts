import type { Provider } from "../support/provider.ts";

/** A user name and a password that the engine was handed for a registry. */
export interface EngineLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** The Docker Engine's API, as far as logins go: what stands behind the `docker` program. */
export interface DockerEngine extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly address: string;
  /** What it was handed for logins and pulls, each time. */
  readonly logins: EngineLogin[];
  /** Passwords that its registries take beside the tokens of the provider's API. */
  readonly passwords: Set<string>;
}

/**
 * Starts one whose registries take for a password what the provider's API takes for a token.
 * It speaks `POST /auth` and `POST /images/create` (docs.docker.com, "Docker Engine API").
 */
export async function startDockerEngine(provider: Provider): Promise<DockerEngine> {
  const dir = await Deno.makeTempDir({ prefix: "engine-" });
  const path = `${dir}/docker.sock`;
  const isGood = async ({ password }: EngineLogin) => {
    if (engine.passwords.has(password)) return true;
    const headers = { authorization: `Bearer ${password}` };
    const answer = await fetch(`${provider.apiUrl}/me`, { headers });
    await answer.body?.cancel();
    return answer.ok;
  };
  const server = Deno.serve({ path, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const version = { "api-version": "1.41", "ostype": "linux" };
    if (pathname.endsWith("/_ping")) return new Response("OK", { headers: version });
    const login: EngineLogin | undefined = pathname.endsWith("/auth")
      ? await request.json()
      : pathname.endsWith("/images/create")
      ? registryAuth(request)
      : undefined;
    if (!login) return Response.json({ message: `No ${pathname}` }, { status: 404 });
    engine.logins.push(login);
    if (!await isGood(login)) {
      // A 401 to a pull has `docker` ask at a terminal that is not there; the real one answers so.
      const message = "access denied: the password is wrong, or there is none";
      return Response.json({ message }, { status: pathname.endsWith("/auth") ? 401 : 404 });
    }
    return pathname.endsWith("/auth")
      ? Response.json({ Status: "Login Succeeded", IdentityToken: "" })
      : Response.json({ status: "Status: Downloaded newer image" });
  });
  const engine: DockerEngine = {
    address: `unix://${path}`,
    logins: [],
    passwords: new Set(),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(dir, { recursive: true });
    },
  };
  return engine;
}

function registryAuth(request: Request): EngineLogin {
  const header = request.headers.get("x-registry-auth") ?? "";
  return JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/")));
}
