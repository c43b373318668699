import { join } from "node:path";

/** A real `git http-backend` behind a door that wants a user name and a password. */
export interface GitServer extends AsyncDisposable {
  readonly origin: string;
  /** Host and port. */
  readonly host: string;
  /** Who came with which password, in order. */
  readonly logins: readonly GitLogin[];
  /** Makes an empty repository that takes pushes, and returns its address. */
  create(path: string): Promise<string>;
}

export interface GitLogin {
  readonly username: string;
  readonly password: string;
  readonly path: string;
}

/** Starts it on loopback; `check` says who may come in. */
export async function startGitServer(
  check: (login: GitLogin) => boolean | Promise<boolean>,
): Promise<GitServer> {
  const root = await Deno.makeTempDir({ prefix: "vantage-git-server-" });
  const logins: GitLogin[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname: path } = new URL(request.url);
      const basic = request.headers.get("authorization")?.match(/^Basic (.+)$/)?.[1];
      const [username = "", password = ""] = basic ? atob(basic).split(/:(.*)/s) : [];
      const login = { username, password, path };
      if (basic) logins.push(login);
      if (basic && await check(login)) return await httpBackend(root, request, username);
      await request.body?.cancel();
      return new Response("Who are you?\n", {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="git"' },
      });
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    origin: `http://${host}`,
    host,
    logins,
    async create(path) {
      const args = ["init", "--quiet", "--bare", "--initial-branch", "main", join(root, path)];
      const { success } = await new Deno.Command("git", { args }).output();
      if (!success) throw new Error(`Cannot make the repository ${path}`);
      return `http://${host}/${path}`;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Runs git-http-backend(1) for one request (RFC 3875). */
async function httpBackend(root: string, request: Request, user: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const header = (name: string) => request.headers.get(name) ?? "";
  const child = new Deno.Command("git", {
    args: ["http-backend"],
    env: {
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      REMOTE_USER: user,
      REMOTE_ADDR: "127.0.0.1",
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const body = new Uint8Array(await request.arrayBuffer());
  const writer = child.stdin.getWriter();
  const written = writer.write(body).then(() => writer.close()).catch(() => {});
  const [{ stdout }] = await Promise.all([child.output(), written]);
  const end = stdout.findIndex((_, at) =>
    stdout[at] === 13 && stdout[at + 1] === 10 && stdout[at + 2] === 13 && stdout[at + 3] === 10
  );
  const headers = new Headers(
    new TextDecoder().decode(stdout.subarray(0, end)).split("\r\n")
      .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
  );
  const status = Number(headers.get("status")?.slice(0, 3) ?? 200);
  headers.delete("status");
  return new Response(stdout.subarray(end + 4), { status, headers });
}
