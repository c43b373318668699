/** The peer that has an agent for tokens too: oidc-agent, set up without a provider of the network. */
import { join } from "node:path";
import { connectSoon } from "./bench_running_daemon.ts";
import { Failure, warn } from "./script.ts";

export interface OidcAgent extends AsyncDisposable {
  readonly socket: string;
  /** For `oidc-token`. */
  readonly env: Readonly<Record<string, string>>;
}

/** The name of the account it has. */
export const OIDC_ACCOUNT = "bench";

/** A running agent with a fresh token. Undefined, and said so, where there is none to be had. */
export async function startOidcAgent(work: string): Promise<OidcAgent | undefined> {
  try {
    return await start(work);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) warn("skipped: oidc-agent is not installed");
    else if (error instanceof Failure) warn(`skipped: ${error.message}`);
    else throw error;
    return undefined;
  }
}

async function start(work: string): Promise<OidcAgent> {
  const home = join(work, "oidc-agent");
  await Deno.mkdir(home, { mode: 0o700 });
  const socket = join(home, "agent.sock");
  const env = { HOME: home, OIDC_CONFIG_DIR: home, OIDC_SOCK: socket };
  await using stack = new AsyncDisposableStack();
  const agent = new Deno.Command("oidc-agent", {
    args: ["--console", "--no-webserver", `--socket-path=${socket}`],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  stack.defer(async () => {
    try {
      agent.kill("SIGTERM");
    } catch {
      // it has ended
    }
    await agent.status;
  });
  const over = new AbortController();
  agent.status.then(({ code }) => over.abort(new Failure(`oidc-agent ended with status ${code}`)));
  (await connectSoon(socket, over.signal)).close();
  await using provider = startProvider();
  const { success, stdout, stderr } = await new Deno.Command("oidc-gen", {
    args: [
      ...["--no-save", "--prompt=none", "--pw-cmd=echo bench", `--iss=${provider.issuer}`],
      ...["--client-id=bench", "--client-secret=bench", "--rt=bench", "--scope=openid"],
      OIDC_ACCOUNT,
    ],
    env,
    stdin: "null",
  }).output();
  if (!success) {
    const told = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    throw new Failure(`oidc-agent cannot be set up: ${told}`);
  }
  const started = stack.move();
  return { socket, env, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** As much of a provider as a refresh takes. */
function startProvider(): AsyncDisposable & { readonly issuer: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { origin, pathname } = new URL(request.url);
    if (pathname === "/token") {
      return Response.json({
        access_token: "x".repeat(800),
        token_type: "Bearer",
        expires_in: 365 * 86_400,
        refresh_token: "bench",
      });
    }
    return Response.json({
      issuer: `${origin}/`,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      scopes_supported: ["openid"],
    });
  });
  return {
    issuer: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
