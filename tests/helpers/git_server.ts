import { join } from "node:path";
import type { Provider } from "../support/provider.ts";

/** A git server over http: git's own `git http-backend` behind Basic authentication. */
export interface GitServer extends AsyncDisposable {
  readonly host: string;
  /** The address of its one repository, with a commit in it. */
  readonly url: string;
  /** The user names and passwords that it was sent, each time. */
  readonly logins: { readonly username: string; readonly password: string }[];
  /** Runs git on the repository itself. */
  git(...args: string[]): Promise<string>;
}

/** Starts one that takes for a password what the provider's API takes for a token. */
export async function startGitServer(provider: Provider): Promise<GitServer> {
  const root = await Deno.makeTempDir({ prefix: "vantage-git-server-" });
  const repository = join(root, "acme", "app.git");
  await git(root, "init", "-q", "--bare", "-b", "main", repository);
  await commitInto(repository, root);

  const isLive = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${provider.apiUrl}/me`, { headers });
    await answer.body?.cancel();
    return answer.ok;
  };
  const web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const login = basicOf(request);
      if (login) server.logins.push(login);
      if (login && await isLive(login.password)) {
        return await httpBackend(request, root, login.username);
      }
      return new Response("Who are you?\n", {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="git"' },
      });
    },
  );
  const host = `127.0.0.1:${web.addr.port}`;
  const server: GitServer = {
    host,
    url: `http://${host}/acme/app.git`,
    logins: [],
    git: (...args) => git(repository, ...args),
    async [Symbol.asyncDispose]() {
      await web.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
  return server;
}

function basicOf(request: Request): { username: string; password: string } | undefined {
  const [scheme, value] = request.headers.get("authorization")?.split(" ") ?? [];
  if (scheme !== "Basic" || !value) return undefined;
  const [username = "", ...password] = atob(value).split(":");
  return { username, password: password.join(":") };
}

/** One request by CGI (RFC 3875). */
async function httpBackend(request: Request, root: string, user: string): Promise<Response> {
  const url = new URL(request.url);
  const header = (name: string) => request.headers.get(name) ?? "";
  const body = new Uint8Array(await request.arrayBuffer());
  const child = new Deno.Command("git", {
    args: ["http-backend"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REMOTE_USER: user, // without one it takes no push
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const stdin = child.stdin.getWriter();
  await stdin.write(body);
  await stdin.close();
  const { stdout } = await output;
  return cgiAnswer(stdout);
}

function cgiAnswer(bytes: Uint8Array<ArrayBuffer>): Response {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of text.slice(0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(/: */, 2);
    if (name.toLowerCase() === "status") status = parseInt(value);
    else headers.append(name, value);
  }
  return new Response(bytes.slice(end + 4), { status, headers });
}

async function commitInto(repository: string, root: string): Promise<void> {
  const work = join(root, "work");
  await git(root, "clone", "-q", repository, work);
  await Deno.writeTextFile(join(work, "README"), "An application\n");
  await git(work, "add", "README");
  await git(work, "commit", "-q", "-m", "Begin");
  await git(work, "push", "-q", "origin", "HEAD:main");
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`git ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}
