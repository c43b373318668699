import assert from "node:assert/strict";
import { join } from "node:path";
import { inHome } from "../cli/in_home.ts";
import { type ClusterServer, startCluster } from "../helpers/cluster.ts";
import { makeTool, type Tool } from "../helpers/tool.ts";
import { approveDevice } from "../support/person.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { HAS_PTY, openPty } from "../support/pty.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession, REFRESH } from "../tokens/sessions.ts";

const KUBECTL = "kubectl";
const V1 = "client.authentication.k8s.io/v1";
const V1BETA1 = "client.authentication.k8s.io/v1beta1";

const minor = kubectlMinor();
// deno-lint-ignore no-console -- the notice that the test command looks for
if (minor === undefined) console.log(`skipped: ${KUBECTL} is not installed`);
/** Version 1.22 was the first with v1 (kubernetes.io, "client-go credential plugins"). */
const knowsV1 = minor === undefined || minor >= 22;
// deno-lint-ignore no-console -- the notice that the test command looks for
if (!knowsV1) console.log(`skipped: ${KUBECTL} 1.22 is not installed`);

function kubectlMinor(): number | undefined {
  try {
    const args = ["version", "--client", "-o", "json"];
    const { stdout } = new Deno.Command(KUBECTL, { args, stderr: "null" }).outputSync();
    return parseInt(JSON.parse(new TextDecoder().decode(stdout)).clientVersion.minor);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const HELPER = ["credential-helper", "kubectl"];

/** kubectl, set up for a cluster with the line from the documentation. */
async function setUp(
  home: Home,
  provider: Provider,
  cluster: ClusterServer,
  version: string,
): Promise<Tool> {
  const tool = await makeTool(home, provider, { env: { KUBECONFIG: "config" } });
  const ca = join(tool.dir, "ca.pem");
  await Deno.writeTextFile(ca, cluster.ca);
  if (!knowsV1) {
    // `kubectl config set-…` of Debian's 1.20 crashes; the lines would write this.
    const exec = { apiVersion: version, command: "vantage", args: HELPER };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server: cluster.url, "certificate-authority": ca } }],
      users: [{ name: "me", user: { exec } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "me" } }],
      "current-context": "test",
    };
    await Deno.writeTextFile(join(tool.dir, "config"), JSON.stringify(config));
    return tool;
  }
  const config = async (...args: string[]) => {
    const { status, stderr } = await tool.run(KUBECTL, ["config", ...args]);
    assert.equal(status, 0, stderr);
  };
  await config("set-cluster", "test", `--server=${cluster.url}`, `--certificate-authority=${ca}`);
  await config(
    "set-credentials",
    "me",
    `--exec-api-version=${version}`,
    ...(version === V1 ? ["--exec-interactive-mode=IfAvailable"] : []),
    "--exec-command=vantage",
    "--exec-arg=credential-helper",
    "--exec-arg=kubectl",
  );
  await config("set-context", "test", "--cluster=test", "--user=me");
  await config("use-context", "test");
  return tool;
}

const versionOf = (tool: Tool) => tool.run(KUBECTL, ["get", "--raw", "/version"]);

for (const version of [V1, V1BETA1]) {
  Deno.test({
    name:
      `kubectl authenticates with the ID token by ${version}, and with the next one when it expired`,
    ignore: minor === undefined || version === V1 && !knowsV1,
    async fn() {
      // Its clock is behind while the ID token is made, which has therefore expired by now.
      await using provider = await startProvider({ clockOffset: -3700 });
      await using home = await homeWithSession(provider, "fresh");
      provider.advance(3700);
      await using cluster = await startCluster(provider);
      await using tool = await setUp(home, provider, cluster, version);
      for (const _ of [1, 2]) {
        const { status, stdout, stderr } = await versionOf(tool);
        assert.equal(status, 0, stderr);
        assert.equal(JSON.parse(stdout).gitVersion, "v1.32.0");
      }
      assert.equal(provider.count(REFRESH), 1);
      const { session } = await home.readRecord();
      assert.deepEqual(cluster.tokens, [session?.id_token, session?.id_token]);
      assert.notEqual(session?.id_token, home.session.idToken?.expose());
    },
  });
}

Deno.test({
  name: "kubectl gets another token after `vantage refresh` when the cluster refuses one",
  ignore: minor === undefined,
  async fn() {
    // An ID token made within the same second would be the same one, to the last character.
    await using provider = await startProvider({ clockOffset: -60 });
    await using home = await homeWithSession(provider, "fresh");
    provider.advance(60);
    await using cluster = await startCluster(provider);
    await using tool = await setUp(home, provider, cluster, V1BETA1);
    const first = home.session.idToken?.expose() ?? "";
    assert.equal((await versionOf(tool)).status, 0);
    cluster.refused.add(first);
    const refused = await versionOf(tool);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /Unauthorized|must be logged in/);
    assert.equal((await home.run(["refresh"])).status, 0);
    const { status, stderr } = await versionOf(tool);
    assert.equal(status, 0, stderr);
    assert.notEqual(cluster.tokens.at(-1), first);
  },
});

Deno.test({
  name: "kubectl shows how to log in when there is no session",
  ignore: minor === undefined,
  async fn() {
    await using provider = await startProvider();
    await using home = await makeHome(provider);
    await using cluster = await startCluster(provider);
    await using tool = await setUp(home, provider, cluster, V1BETA1);
    const { status, stderr } = await versionOf(tool);
    assert.equal(status, 1);
    assert.match(stderr, /error: Not logged in to 'vantage\/test'/);
    assert.match(stderr, /hint: Run `vantage login -p test`/);
    assert.deepEqual([cluster.tokens, provider.requests], [[], []]);
  },
});

Deno.test({
  name: "kubectl lets a person log in at its terminal when there is no session, and goes on",
  ignore: minor === undefined || !knowsV1 || !HAS_PTY,
  async fn() {
    await using provider = await startProvider({ deviceInterval: 1 });
    await using home = await makeHome(provider, { flow: "device" });
    await using cluster = await startCluster(provider);
    await using tool = await setUp(home, provider, cluster, V1);
    await using pty = openPty(`${KUBECTL} get --raw /version`, {
      env: {
        PATH: `${tool.dir}/bin:${Deno.env.get("PATH")}`,
        HOME: tool.dir,
        KUBECONFIG: join(tool.dir, "config"),
        VANTAGE_HOME: home.dir,
      },
    });
    // deno-lint-ignore no-control-regex -- colours end where an escape begins
    const [, verification_uri = ""] = await pty.shows(/To log in, open\s+\S*?(https?:[^\s\x1b]+)/);
    const [, user_code = ""] = await pty.shows(/enter the code \S*?([A-Z0-9]{4}-[A-Z0-9]{4})/);
    await approveDevice({ verification_uri, user_code });
    await pty.shows(/"gitVersion":"v1\.32\.0"/);
    assert.equal(await pty.status, 0);
    for (const secret of provider.secrets()) assert.ok(!pty.text.includes(secret));
    assert.deepEqual(cluster.tokens, [(await home.readRecord()).session?.id_token]);
  },
});

const statusOf = (text: string) => JSON.parse(text).status;

Deno.test("vantage credential-helper kubectl gives the token that is asked for, with its own end", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { accessToken, idToken, expiresAt } = home.session;
  const given = async (...args: string[]) => {
    const { status, stdout, stderr } = await home.run([...HELPER, ...args]);
    assert.equal(status, 0, stderr);
    return statusOf(stdout);
  };
  const byDefault = await given();
  assert.equal(byDefault.token, idToken?.expose());
  const { exp } = JSON.parse(atob(byDefault.token.split(".")[1]));
  assert.equal(Date.parse(byDefault.expirationTimestamp), exp * 1000);
  assert.deepEqual(await given("--token", "id"), byDefault);
  assert.deepEqual(await given("--json"), byDefault);
  assert.deepEqual(await given("vantage", "test"), byDefault);
  const access = await given("--token", "access");
  assert.equal(access.token, accessToken.expose());
  assert.equal(Date.parse(access.expirationTimestamp), Math.floor(expiresAt / 1000) * 1000);
  assert.equal(provider.requests.length, 0);
});

Deno.test("vantage credential-helper kubectl falls back to the access token when there is no ID token", async () => {
  await using provider = await startProvider();
  await using home = await makeHome(provider, {
    flow: "client-credentials",
    client_id: provider.machine.clientId,
  });
  const env = { VANTAGE_CLIENT_SECRET: provider.machine.clientSecret };
  const { status, stdout, stderr } = await home.run(HELPER, { env });
  assert.equal(status, 0, stderr);
  const { session } = await home.readRecord();
  assert.equal(statusOf(stdout).token, session?.access_token);
  const asked = await home.run([...HELPER, "--token", "id"], { env });
  assert.equal(asked.status, 1);
  assert.match(asked.stderr, /has no ID token/);
});

Deno.test("vantage credential-helper kubectl gives VANTAGE_TOKEN as it is", async () => {
  await using home = await makeHome(undefined, { issuer: "https://id.example.com" });
  const env = { VANTAGE_TOKEN: "ready-made-token" };
  for (const args of [[], ["--token", "id"]]) {
    const { stdout } = await home.run([...HELPER, ...args], { env });
    assert.deepEqual(statusOf(stdout), { token: "ready-made-token" });
  }
});

Deno.test("vantage credential-helper kubectl asks nobody when kubectl does not say that it may", async () => {
  await using home = await makeHome(undefined, {
    issuer: "https://id.example.com",
    client_id: "x",
  });
  const apiVersion = V1;
  for (const spec of [undefined, {}, { interactive: false }]) {
    const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
    const program = inHome(home, HELPER, {
      env: { KUBERNETES_EXEC_INFO: info },
      terminals: ["stdin", "stdout", "stderr"],
    });
    const { status, stdout, stderr } = await program.run();
    assert.deepEqual([status, stdout, program.launches], [4, "", []]);
    assert.match(stderr, /Not logged in to/);
  }
});

Deno.test("vantage credential-helper kubectl refuses a wrong KUBERNETES_EXEC_INFO", async () => {
  await using home = await makeHome(undefined);
  for (const info of ["{", '{"kind":"ExecCredential","apiVersion":"v2"}']) {
    const { status, stdout, stderr } = await home.run(HELPER, {
      env: { KUBERNETES_EXEC_INFO: info },
    });
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^error: Cannot (use|answer) /m);
  }
});
