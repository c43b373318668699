import assert from "node:assert/strict";
import { fakeSystem } from "../support/fake_system.ts";

const CONFIG = `active_profile = "prod"
[profiles.prod]
client_id = "a-client-id"
[profiles."me@work"]
`;

/** What Tab offers behind a line: the words, without their descriptions. */
async function offered(line: string, config = CONFIG): Promise<string[]> {
  const dir = await Deno.makeTempDir({ prefix: "vantage-complete-" });
  try {
    await Deno.writeTextFile(`${dir}/config.toml`, config);
    const words = line.replace("HOME", dir).split(" ").slice(1);
    const args = ["complete", "--", ...words.slice(0, -1), `:${words.at(-1)}`];
    const env = line.includes("HOME") ? {} : { VANTAGE_HOME: dir };
    const { status, stdout, stderr } = await fakeSystem({ args, env }).run();
    assert.deepEqual([status, stderr], [0, ""], line);
    return stdout.split("\n").slice(0, -1).map((line) => line.split("\t")[0] ?? "");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("complete() offers what may follow", async (t) => {
  const cases: [line: string, words: string[]][] = [
    ["vantage sta", ["status"]],
    ["vantage --json sta", ["status"]],
    ["vantage -p prod sta", ["status"]],
    ["vantage profile ", ["list", "show", "create", "set", "use", "delete"]],
    ["vantage profile use ", ["default", "prod", "me@work"]],
    ["vantage profile delete p", ["prod"]],
    ["vantage profile use prod ", []],
    ["vantage profile create p", []], // a new name is the person's to choose
    ["vantage -p ", ["default", "prod", "me@work"]],
    ["vantage status --profile p", ["prod"]],
    ["vantage status --profile=p", ["--profile=prod"]],
    ["vantage profile set client", ["client_id", "client_auth", "client_secret"]],
    ["vantage login --flow ", ["auto", "device", "browser", "client-credentials"]],
    ["vantage login --flow=b", ["--flow=browser"]],
    ["vantage profile create x --flow d", ["device"]],
    ["vantage token --format ", ["raw", "header", "json", "env"]],
    ["vantage completion z", ["zsh"]],
    ["vantage token --ch", ["--check"]],
    ["vantage token --pro", ["--profile"]],
    ["vantage --home ", [":paths"]],
    ["vantage login --timeout ", []],
    ["vantage provider show g", ["github", "google", "gitlab"]],
    ["vantage login sp", ["spotify"]],
    ["vantage account add reddit ", []],
    ["vantage --home HOME profile use p", ["prod"]],
    ["vantage nonsense ", []],
    ["vantage -- sta", ["status"]],
    ["vantage complet", ["completion"]],
  ];
  for (const [line, words] of cases) {
    await t.step(line, async () => assert.deepEqual(await offered(line), words));
  }
});

Deno.test("complete() offers no profile, and no error, when the settings cannot be read", async () => {
  assert.deepEqual(await offered("vantage -p ", "this is [not TOML"), []);
  assert.deepEqual(
    await offered("vantage profile use ", "[profiles.prod]\nclient_secret = 'x'"),
    [],
  );
});

Deno.test("complete() offers the commands when it is called without a word", async () => {
  const { status, stdout } = await fakeSystem({ args: ["complete"] }).run();
  assert.equal(status, 0);
  assert.match(stdout, /^login\tlog in the profile in use, or an account$/m);
});
