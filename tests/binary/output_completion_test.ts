import assert from "node:assert/strict";
import { dirname } from "node:path";
import { HAS_PTY, isInstalled, openPty } from "../support/pty.ts";
import { BINARY, type Home, makeHome } from "../support/vantage.ts";

const SETTINGS = { issuer: "https://id.example.com", client_id: "x" };
const PATH = `${dirname(BINARY)}:${Deno.env.get("PATH")}`;

const [hasBash, hasZsh, hasFish] = await Promise.all(
  ["bash", "zsh", "fish"].map((shell) => isInstalled(shell)),
);
for (const [name, there] of [["bash", hasBash], ["zsh", hasZsh], ["fish", hasFish]]) {
  // deno-lint-ignore no-console -- the notice that the test command looks for
  if (!there) console.log(`skipped: ${name} is not installed`);
}

/** A home with two profiles beside the shipped one; a name with one of bash's word breaks. */
async function homeWithProfiles(): Promise<Home> {
  const home = await makeHome(undefined, SETTINGS);
  const path = `${home.dir}/config.toml`;
  await Deno.writeTextFile(path, '\n[profiles."me@work"]\n', { append: true });
  return home;
}

async function shell(program: string, args: string[], home: Home): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH, VANTAGE_HOME: home.dir, HOME: home.dir },
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** What a line may become in every shell: the words that complete its last one. */
const CASES: readonly (readonly [line: string, words: string[]])[] = [
  ["vantage sta", ["status"]],
  ["vantage --json profile us", ["use"]],
  ["vantage profile use ", ["default", "test", "me@work"]],
  ["vantage status -p t", ["test"]],
  ["vantage login --flow ", ["auto", "device", "browser", "client-credentials"]],
  ["vantage login --fo", ["--force"]],
  ["vantage profile create x", []],
];

Deno.test({
  name: "vantage completion bash completes commands, options and profiles",
  ignore: !hasBash,
  async fn() {
    await using home = await homeWithProfiles();
    const lines = [
      ...CASES,
      // Bash has split the last word already, and replaces only what stands behind the break.
      ["vantage login --flow=br", ["browser"]],
      ["vantage -p me@w", ["@work"]],
    ] as const;
    // Sourced twice, as by somebody who reloads their ~/.bashrc, and with what could be evaluated.
    const script = `
      source <(vantage completion bash)
      source <(vantage completion bash)
      for COMP_LINE in "$@"; do
        COMP_POINT=\${#COMP_LINE}
        _vantage
        echo "\${COMPREPLY[*]}"
      done
      COMP_LINE="vantage profile use \\$(touch $HOME/evaluated) \\\`touch $HOME/evaluated\\\` "
      COMP_POINT=\${#COMP_LINE}
      _vantage`;
    const args = ["--norc", "-c", script, "bash", ...lines.map(([line]) => line)];
    const stdout = await shell("bash", args, home);
    assert.deepEqual(stdout.trimEnd().split("\n"), lines.map(([, words]) => words.join(" ")));
    await assert.rejects(Deno.stat(`${home.dir}/evaluated`));
  },
});

Deno.test({
  name: "vantage completion bash works behind a real Tab",
  ignore: !hasBash || !HAS_PTY,
  async fn() {
    await using home = await homeWithProfiles();
    await using pty = openPty("bash --norc --noprofile -i", {
      env: { PATH, VANTAGE_HOME: home.dir, TERM: "dumb", PS1: "$ " },
    });
    await pty.type("source <(vantage completion bash); echo re''ady\n");
    await pty.shows(/ready/);
    for (
      const [keys, line] of [
        ["vantage -p me@\t", "vantage -p me(@\b)?@work "],
        ["vantage login --flow=bro\t", "vantage login --flow=browser "],
        ["true; vantage --home /et\t", "vantage --home /etc/"],
      ] as const
    ) {
      const typed = pty.text.length;
      await pty.type(keys);
      await pty.shows(new RegExp(line), typed);
      await pty.type("\x15");
    }
  },
});

Deno.test({
  name: "vantage completion zsh completes commands, options and profiles",
  ignore: !hasZsh || !HAS_PTY,
  async fn() {
    await using home = await homeWithProfiles();
    await using pty = openPty("zsh -f -i", {
      env: { PATH, VANTAGE_HOME: home.dir, TERM: "dumb", PS1: "%% " },
    });
    await pty.type("autoload -U compinit && compinit -u -D\n");
    await pty.type("source <(vantage completion zsh) && echo re''ady\n");
    await pty.shows(/ready/);
    for (
      const [keys, line] of [
        ["vantage sta\t", "vantage status "],
        ["vantage profile use te\t", "vantage profile use test "],
        ["vantage status -p me\t", "vantage status -p me@work "],
        ["vantage login --flow=bro\t", "vantage login --flow=browser "],
        ["vantage login --for\t", "vantage login --force "],
        ["vantage --home /et\t", "vantage --home /etc/"],
      ] as const
    ) {
      const typed = pty.text.length;
      await pty.type(keys);
      await pty.shows(new RegExp(line), typed);
      await pty.type("\x15");
    }
  },
});

Deno.test({
  name: "vantage completion fish completes commands, options and profiles",
  ignore: !hasFish,
  async fn() {
    await using home = await homeWithProfiles();
    const cases = [...CASES, ["vantage login --flow=br", ["--flow=browser"]]] as const;
    const script = `
      vantage completion fish | source
      for line in $argv
        set words (complete -C "$line" | string replace -r '\\t.*' '')
        echo "> $words"
      end`;
    const args = ["--no-config", "-c", script, ...cases.map(([line]) => line)];
    const sorted = (words: readonly string[]) => [...words].sort().join(" ");
    assert.deepEqual(
      (await shell("fish", args, home)).trim().split("\n").map((line) =>
        sorted(line.replace(/^> ?/, "").split(" "))
      ),
      cases.map(([, words]) => sorted(words)),
    );
  },
});

Deno.test("vantage completion prints a script for each shell, and names of nobody", async () => {
  await using home = await homeWithProfiles();
  for (const name of ["bash", "zsh", "fish", "powershell"]) {
    const { status, stdout } = await home.run(["completion", name], { quiet: true });
    assert.equal(status, 0);
    assert.match(stdout, /vantage complete (--|'--') /);
    assert.doesNotMatch(stdout, /me@work|eval /);
  }
});
