import assert from "node:assert/strict";
import type { Provider } from "../support/provider.ts";
import { BINARY, type Home, type Result } from "../support/vantage.ts";

/** The program under the name that Docker looks for, and a Docker that is set up to call it. */
export interface DockerHelper extends AsyncDisposable {
  /** Calls it as Docker does. What goes to stderr is searched for secrets. */
  call(operation: string, input?: string, options?: CallOptions): Promise<Result>;
  /** Runs the real Docker. */
  docker(args: string[], input?: string): Promise<Result>;
}

interface CallOptions {
  readonly args?: readonly string[];
  readonly secrets?: readonly string[];
}

/** Puts the program on a PATH of its own as `docker-credential-vantage`. */
export async function dockerHelper(home: Home, provider?: Provider): Promise<DockerHelper> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-docker-" });
  await Deno.symlink(BINARY, `${dir}/docker-credential-vantage`);
  await Deno.mkdir(`${dir}/config`);
  await Deno.writeTextFile(`${dir}/config/config.json`, `{"credsStore":"vantage"}`);
  const run = async (program: string, args: readonly string[], input: string) => {
    const child = new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: {
        PATH: `${dir}:${Deno.env.get("PATH")}`,
        VANTAGE_HOME: home.dir,
        DOCKER_CONFIG: `${dir}/config`,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { status: code, stdout: text(stdout), stderr: text(stderr) };
  };
  return {
    async call(operation, input = "", { args = [], secrets = [] } = {}) {
      const result = await run("docker-credential-vantage", [...args, operation], input);
      for (const secret of [...provider?.secrets() ?? [], ...secrets]) {
        assert.ok(!result.stderr.includes(secret), result.stderr);
        assert.ok(operation === "get" || !result.stdout.includes(secret), result.stdout);
      }
      return result;
    },
    docker: (args, input = "") => run("docker", args, input),
    async [Symbol.asyncDispose]() {
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Adds entries of `[credential_helper.docker]` to the settings. */
export async function mapServers(home: Home, entries: Record<string, string>): Promise<void> {
  const lines = Object.entries(entries).map(([place, id]) =>
    `${JSON.stringify(place)} = ${JSON.stringify(id)}\n`
  );
  await Deno.writeTextFile(
    `${home.dir}/config.toml`,
    `\n[credential_helper.docker]\n${lines.join("")}`,
    { append: true },
  );
}
