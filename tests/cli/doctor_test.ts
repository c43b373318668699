import assert from "node:assert/strict";
import { startProvider } from "../support/provider.ts";
import { type Home, makeHome } from "../support/vantage.ts";
import { homeWithSession } from "../tokens/sessions.ts";
import { inHome } from "./in_home.ts";

interface Finding {
  readonly name: string;
  readonly verdict: string;
  readonly detail: string;
  readonly hint: string | null;
}

async function examine(home: Home): Promise<{ status: number; findings: Finding[] }> {
  const { status, stdout } = await inHome(home, ["doctor", "--json"]).run();
  const { healthy, findings } = JSON.parse(stdout);
  assert.equal(healthy, status === 0);
  for (const { verdict, hint } of findings) {
    if (verdict !== "ok") assert.ok(hint, "It does not say how to mend it");
  }
  return { status, findings };
}

const verdicts = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]));

const HEALTHY = {
  settings: "ok",
  accounts: "ok",
  profile: "ok",
  store: "ok",
  provider: "ok",
  session: "ok",
  daemon: "ok",
};

Deno.test("vantage doctor finds nothing when all is well", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const { status, findings } = await examine(home);
  assert.deepEqual([status, verdicts(findings)], [0, HEALTHY]);
  const { stdout } = await inHome(home, ["doctor"]).run();
  assert.match(stdout, /^ok {7}settings {2}\/.*config\.toml\n/);
});

Deno.test("vantage doctor names each problem and goes on with what does not depend on it", async (t) => {
  await using provider = await startProvider();
  const cases: [
    name: string,
    change: (home: Home) => unknown,
    found: Record<string, string>,
    detail: RegExp,
  ][] = [
    ["settings that are not valid", (home) => home.writeConfig({ clent_id: "x" }), {
      settings: "problem",
    }, /config\.toml:4: .*clent_id/],
    [
      "a profile that does not exist",
      (home) => Deno.writeTextFile(`${home.dir}/config.toml`, 'active_profile = "prod"\n'),
      {
        settings: "ok",
        accounts: "ok",
        profile: "problem",
        daemon: "ok",
      },
      /'prod'.* is not defined/,
    ],
    [
      "an issuer where nothing answers",
      (home) => home.writeConfig({ issuer: "http://127.0.0.1:9", client_id: provider.clientId }),
      {
        ...HEALTHY,
        provider: "problem",
        session: "problem",
      },
      /Cannot reach http:\/\/127\.0\.0\.1:9/,
    ],
    ["a token file that others can read", (home) => Deno.chmod(home.tokenFile, 0o644), {
      ...HEALTHY,
      store: "problem",
      session: "problem",
    }, /its mode 0644 lets others read/],
    ["a directory that others can look into", (home) => Deno.chmod(`${home.dir}/tokens`, 0o755), {
      ...HEALTHY,
      store: "warning",
    }, /others may look into/],
    ["a home where others could put a socket", (home) => Deno.chmod(home.dir, 0o777), {
      ...HEALTHY,
      daemon: "warning",
    }, /vantage\.sock: others may change its directory/],
    [
      "a list of accounts that is not valid",
      (home) => Deno.writeTextFile(`${home.dir}/accounts.toml`, "[[accounts]]\nservice = 'x'\n"),
      { ...HEALTHY, accounts: "problem" },
      /accounts\.toml: key 'id' of account 1/,
    ],
    [
      "no session",
      (home) => Deno.remove(home.tokenFile),
      { ...HEALTHY, session: "problem" },
      /^Not logged in to 'vantage\/test'$/,
    ],
  ];
  for (const [name, change, found, detail] of cases) {
    await t.step(name, async () => {
      await using home = await homeWithSession(provider, "fresh");
      await change(home);
      const { status, findings } = await examine(home);
      assert.deepEqual(verdicts(findings), found, JSON.stringify(findings));
      assert.equal(status, Object.values(found).includes("problem") ? 1 : 0);
      assert.match(findings.find(({ verdict }) => verdict !== "ok")?.detail ?? "", detail);
    });
  }
});

Deno.test("vantage doctor names an issuer that the provider does not go by", async () => {
  await using provider = await startProvider();
  await using home = await homeWithSession(provider, "fresh");
  const json = (metadata: object) => ({ ...metadata, issuer: "https://id.example.com" });
  provider.fault({ path: "discovery" }, { kind: "rewrite", json });
  const { status, findings } = await examine(home);
  assert.deepEqual([status, verdicts(findings)], [1, { ...HEALTHY, provider: "problem" }]);
  const { detail } = findings.find(({ verdict }) => verdict === "problem")!;
  assert.match(detail, /of another issuer/);
});

for (const [clockOffset, direction] of [[7_200, "behind"], [-7_200, "ahead of"]] as const) {
  Deno.test(`vantage doctor warns when the clock is two hours ${direction} the provider's`, async () => {
    await using provider = await startProvider({ clockOffset });
    await using home = await makeHome(provider);
    const { findings } = await examine(home);
    const { verdict, detail, hint } = findings.find(({ name }) => name === "provider")!;
    assert.equal(verdict, "warning");
    assert.equal(detail, `this machine's clock is 120 min ${direction} the provider's`);
    assert.match(hint ?? "", /time synchronisation/);
  });
}
