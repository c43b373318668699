import * as jose from "jose";
import type { Provider } from "../support/provider.ts";
import { createCertificate } from "../support/tls.ts";

/** A Kubernetes API server, as far as authentication goes: it checks ID tokens as one does. */
export interface ClusterServer extends AsyncDisposable {
  readonly url: string;
  /** The certificate (PEM) to trust. */
  readonly ca: string;
  /** The tokens that it was sent, each time. */
  readonly tokens: string[];
  /** Answers 401 to these from now on. */
  readonly refused: Set<string>;
}

/** Starts one that trusts the provider's ID tokens. kubectl sends tokens over TLS only. */
export async function startCluster(provider: Provider): Promise<ClusterServer> {
  const { ca, cert, key } = await createCertificate();
  const keys = jose.createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const isGood = async (token: string) => {
    if (cluster.refused.has(token)) return false;
    try {
      await jose.jwtVerify(token, keys, { issuer: provider.issuer, audience: provider.clientId });
      return true;
    } catch (error) {
      if (error instanceof jose.errors.JOSEError) return false;
      throw error;
    }
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    async (request) => {
      const token = request.headers.get("authorization")?.match(/^Bearer (.+)$/)?.[1];
      if (token !== undefined) cluster.tokens.push(token);
      if (token !== undefined && await isGood(token)) {
        return Response.json({ major: "1", minor: "32", gitVersion: "v1.32.0" });
      }
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 401 };
      return Response.json({ ...status, reason: "Unauthorized" }, { status: 401 });
    },
  );
  const cluster: ClusterServer = {
    url: `https://127.0.0.1:${server.addr.port}`,
    ca,
    tokens: [],
    refused: new Set(),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return cluster;
}
