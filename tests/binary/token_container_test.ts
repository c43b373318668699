import assert from "node:assert/strict";
import { join } from "node:path";
import { approveDevice } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { canContain, type Container, makeContainer } from "../tokens/container.ts";
import { STRANGER } from "../tokens/run_as.ts";

interface Options {
  readonly env?: Record<string, string>;
  /** Sees stderr as it comes. */
  readonly onStderr?: (text: string) => void;
}

async function run(
  container: Container,
  provider: Provider,
  args: string[],
  { env = {}, onStderr }: Options = {},
) {
  const [program, programArgs] = container.command(args, { VANTAGE_HOME: "/data", ...env });
  const child = new Deno.Command(program, {
    args: programArgs,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      onStderr?.(stderr);
    }
  })();
  const [stdout, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    child.status,
    reading,
  ]);
  for (const secret of provider.secrets()) assert.ok(!stderr.includes(secret), stderr);
  return { status: code, stdout, stderr };
}

async function writeConfig(container: Container, lines: Record<string, string>): Promise<void> {
  const text = Object.entries(lines).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  const path = join(container.data, "config.toml");
  await Deno.writeTextFile(path, `active_profile = "ci"\n[profiles.ci]\n${text.join("")}`);
  await Deno.chown(path, STRANGER, STRANGER);
}

function test(name: string, body: (container: Container, provider: Provider) => Promise<void>) {
  Deno.test({
    name: `vantage ${name} works in a container that holds glibc and nothing else`,
    ignore: !canContain,
    async fn() {
      await using provider = await startProvider({ deviceInterval: 1 });
      await using container = await makeContainer();
      await body(container, provider);
    },
  });
}

test("--version", async (container, provider) => {
  const { status, stdout, stderr } = await run(container, provider, ["--version"]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^vantage \d+\.\d+\.\d+\n$/);
});

test("login --flow client-credentials", async (container, provider) => {
  const { clientId, clientSecret } = provider.machine;
  const flow = "client-credentials";
  await writeConfig(container, { issuer: provider.issuer, client_id: clientId, flow });
  const env = { VANTAGE_CLIENT_SECRET: clientSecret };
  const login = await run(container, provider, ["login"], { env });
  assert.equal(login.status, 0, login.stderr);
  const token = await run(container, provider, ["token"], { env });
  assert.equal(token.status, 0, token.stderr);
  assert.ok(provider.secrets().includes(token.stdout.trim()));
  const forced = await run(container, provider, ["token", "--refresh"], { env });
  assert.equal(forced.status, 0, forced.stderr);
  assert.notEqual(forced.stdout, token.stdout);
});

test("login --flow device", async (container, provider) => {
  await writeConfig(container, { issuer: provider.issuer, client_id: provider.clientId });
  let approved: Promise<unknown> | undefined;
  const login = await run(container, provider, ["login", "--flow", "device"], {
    onStderr(text) {
      const verification_uri = /open +(http\S+)/.exec(text)?.[1];
      const user_code = /enter the code (\S+)\n/.exec(text)?.[1];
      if (verification_uri && user_code) {
        approved ??= approveDevice({ verification_uri, user_code });
      }
    },
  });
  await approved;
  assert.equal(login.status, 0, login.stderr);
  const token = await run(container, provider, ["token"]);
  assert.ok(provider.secrets().includes(token.stdout.trim()), token.stderr);
  const path = join(container.data, "tokens", "vantage", "ci.json");
  assert.equal((await Deno.stat(path)).uid, STRANGER);
  const refreshed = await run(container, provider, ["token", "--refresh"]);
  assert.equal(refreshed.status, 0, refreshed.stderr);
});
