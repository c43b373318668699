import assert from "node:assert/strict";
import { homeWithKeys } from "../support/api_keys.ts";
import { assertFailed } from "../support/login.ts";
import { BINARY, makeHome } from "../support/vantage.ts";

for (const options of [[], ["--mask"]]) {
  const exec = ["exec", ...options, "--"];
  const name = `vantage ${["exec", ...options].join(" ")}`;

  Deno.test(`${name} ends with the status of the program`, async () => {
    await using home = await makeHome(undefined);
    for (const status of [0, 1, 2, 4, 42, 130, 255]) {
      const result = await home.run([...exec, "sh", "-c", `exit ${status}`]);
      assert.deepEqual(result, { status, stdout: "", stderr: "" });
    }
  });

  Deno.test(`${name} ends with 128 + N when signal N ended the program`, async () => {
    await using home = await makeHome(undefined);
    for (const [signal, status] of [["TERM", 143], ["KILL", 137], ["INT", 130], ["HUP", 129]]) {
      const result = await home.run([...exec, "sh", "-c", `kill -${signal} $$`]);
      assert.equal(result.status, status, `${signal}: ${result.stderr}`);
    }
  });

  Deno.test(`${name} ends with 127 when there is no such program, and 126 when it cannot be run`, async () => {
    await using home = await makeHome(undefined);
    const file = `${home.dir}/file`;
    await Deno.writeTextFile(file, "#!/bin/sh\n", { mode: 0o644 });
    const run = (program: string) => home.run(["--json", ...exec, program]);
    for (const program of ["no-such-program-anywhere", `${home.dir}/no-such-program`]) {
      assertFailed(await run(program), 127, "command_not_found");
    }
    for (const program of [file, home.dir]) {
      assertFailed(await run(program), 126, "command_refused");
    }
  });

  Deno.test(`${name} hands stdin, stdout and stderr over as they are`, async () => {
    await using home = await makeHome(undefined);
    const result = await home.run([...exec, "sh", "-c", "cat; echo err >&2; printf end"], {
      stdin: "one\ntwo",
    });
    assert.deepEqual(result, { status: 0, stdout: "one\ntwoend", stderr: "err\n" });
  });

  Deno.test(`${name} hands everything behind -- to the program, and each word as it is`, async () => {
    await using home = await makeHome(undefined);
    const words = ["--json", "-p", "x", "--", "", "a b", "$HOME", "*", "--mask"];
    const result = await home.run([...exec, "printf", "<%s>", ...words]);
    assert.equal(result.stdout, words.map((word) => `<${word}>`).join(""));
  });

  Deno.test(`${name} hands down variables that are no text`, async () => {
    await using home = await homeWithKeys({ "openai/work": "key-0123456789" });
    const inner = `printf %s "$BYTES$A" | od -An -tx1 -N2`;
    const env = { A: "auth://openai/work/token", VANTAGE_HOME: home.dir };
    const outer = `export BYTES="$(printf '\\377')"; exec "$0" "$@"`;
    const command = new Deno.Command("sh", {
      args: ["-c", outer, BINARY, ...exec, "sh", "-c", inner],
      env,
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.equal(new TextDecoder().decode(stdout).trim(), "ff 6b");
  });
}

Deno.test("vantage exec looks for the program on the PATH that it is given", async () => {
  await using home = await makeHome(undefined);
  const [env, bin] = [`${home.dir}/a.env`, `${home.dir}/bin`];
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/only-here`, "#!/bin/sh\necho here\n", { mode: 0o755 });
  await Deno.writeTextFile(env, `PATH=${bin}:/usr/bin:/bin\n`);
  const result = await home.run(["exec", "--env-file", env, "--", "only-here"]);
  assert.deepEqual(result, { status: 0, stdout: "here\n", stderr: "" });
});

Deno.test("vantage exec asks for a program", async () => {
  await using home = await makeHome(undefined);
  for (const args of [["exec"], ["exec", "--"], ["exec", "--mask", "--"]]) {
    assertFailed(await home.run(["--json", ...args]), 2, "usage");
  }
});
