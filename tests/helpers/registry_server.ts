/** A stand-in for an image registry that wants a user name and a password. */
export interface RegistryServer extends AsyncDisposable {
  /** Host and port, as images name it. */
  readonly host: string;
  /** Who came with which password, in order. */
  readonly logins: readonly (readonly [username: string, password: string])[];
}

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.docker.distribution.manifest.v2+json",
  config: {
    mediaType: "application/vnd.docker.container.image.v1+json",
    size: 2,
    digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  },
  layers: [],
});

/** Starts it on loopback, with one image under every name; `check` says who may have it. */
export function startRegistry(
  check: (username: string, password: string) => boolean | Promise<boolean>,
): RegistryServer {
  const logins: [string, string][] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const basic = request.headers.get("authorization")?.match(/^Basic (.+)$/)?.[1];
      const [username = "", password = ""] = basic ? atob(basic).split(/:(.*)/s) : [];
      if (basic) logins.push([username, password]);
      if (!basic || !await check(username, password)) {
        return Response.json({ errors: [{ code: "UNAUTHORIZED", message: "no" }] }, {
          status: 401,
          headers: { "www-authenticate": 'Basic realm="registry"' },
        });
      }
      if (pathname.includes("/manifests/")) {
        const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(MANIFEST));
        return new Response(MANIFEST, {
          headers: {
            "content-type": "application/vnd.docker.distribution.manifest.v2+json",
            "docker-content-digest": `sha256:${new Uint8Array(digest).toHex()}`,
          },
        });
      }
      return new Response("{}");
    },
  );
  return {
    host: `127.0.0.1:${server.addr.port}`,
    logins,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}
