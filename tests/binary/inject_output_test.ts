import assert from "node:assert/strict";
import { homeWithKeys } from "../support/api_keys.ts";
import { assertFailed } from "../support/login.ts";

const KEY = `key-${crypto.randomUUID()}`;
const TEMPLATE = "key = {{ auth://openai/work/token }}\n";
const FILLED = `key = ${KEY}\n`;

const keys = () => homeWithKeys({ "openai/work": KEY });

Deno.test("vantage inject takes - for stdin and stdout", async () => {
  await using home = await keys();
  const args = ["inject", "-i", "-", "-o", "-"];
  const result = await home.run(args, { stdin: TEMPLATE });
  assert.deepEqual(result, { status: 0, stdout: FILLED, stderr: "" });
});

Deno.test("vantage inject keeps the mode of a file, whatever the umask", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using home = await keys();
  const output = `${home.dir}/output`;
  for (const mode of [0o600, 0o640, 0o666, 0o400]) {
    await Deno.remove(output).catch(() => {});
    await Deno.writeTextFile(output, "before");
    await Deno.chmod(output, mode);
    const { status, stderr } = await home.run(["inject", "-o", output], { stdin: TEMPLATE });
    assert.equal(status, 0, stderr);
    assert.equal((await Deno.stat(output)).mode! & 0o7777, mode);
    assert.equal(await Deno.readTextFile(output), FILLED);
    assert.equal(/^warning: Others may read/m.test(stderr), (mode & 0o077) !== 0, stderr);
  }
});

Deno.test("vantage inject refuses to replace a link, a directory, and a file of another user", {
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
}, async () => {
  await using home = await keys();
  const [target, link, theirs] = ["target", "link", "theirs"].map((name) => `${home.dir}/${name}`);
  await Deno.writeTextFile(target!, "before");
  await Deno.symlink(target!, link!);
  await Deno.writeTextFile(theirs!, "before");
  await Deno.chown(theirs!, 12345, 12345);
  for (const path of [link!, home.dir, theirs!]) {
    const result = await home.run(["inject", "--json", "-o", path], { stdin: TEMPLATE });
    const { message } = assertFailed(result, 1, "file_unusable");
    assert.ok(message.includes(path) && !result.stderr.includes(KEY), message);
  }
  assert.equal(await Deno.readTextFile(target!), "before");
  assert.equal(await Deno.readTextFile(theirs!), "before");
});

Deno.test("vantage inject of many processes to one file leaves one of their results, whole", async () => {
  await using home = await keys();
  const output = `${home.dir}/output`;
  const runs = Array.from({ length: 8 }, (_, at) => {
    const stdin = `${at}:`.repeat(20_000) + TEMPLATE;
    return home.run(["inject", "-o", output], { stdin });
  });
  for (const { status, stderr } of await Promise.all(runs)) assert.equal(status, 0, stderr);
  assert.match(await Deno.readTextFile(output), new RegExp(`^(\\d:)\\1{19999}key = ${KEY}\n$`));
  const names = [...Deno.readDirSync(home.dir)].map(({ name }) => name);
  assert.ok(!names.some((name) => name.endsWith(".tmp")), names.join());
});
