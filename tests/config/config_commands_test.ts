import assert from "node:assert/strict";
import { configCheck } from "../../src/commands/config/check.ts";
import { configEdit } from "../../src/commands/config/edit.ts";
import { editorCommand } from "../../src/commands/editor.ts";
import { configPath } from "../../src/commands/config/path.ts";
import { appIn, failure, Home } from "./support.ts";

/** An editor that puts `text` into the file it is given, and remembers what it found there. */
function editorThatWrites(text: string, status: number | undefined = 0) {
  const seen: { program: string; args: readonly string[]; found: string; mode: number }[] = [];
  const run = (program: string, args: readonly string[]) => {
    const path = args.at(-1)!;
    const mode = (Deno.statSync(path).mode ?? 0) & 0o777;
    seen.push({ program, args, found: Deno.readTextFileSync(path), mode });
    Deno.writeTextFileSync(path, text);
    return Promise.resolve(status);
  };
  return { seen, system: { run } };
}

Deno.test("configPath() says where the file is and whether it exists", async () => {
  await using home = new Home();
  assert.deepEqual(await configPath(appIn(home)), { path: home.config, exists: false });
  home.write("not even = = TOML");
  assert.deepEqual(await configPath(appIn(home)), { path: home.config, exists: true });
});

Deno.test("configCheck() counts profiles and settings when all is well", async () => {
  await using home = new Home();
  home.write('[profiles.a]\nflow = "auto"\nclient_id = "x"\n[profiles.b]\n');
  assert.deepEqual(await configCheck(appIn(home)), {
    path: home.config,
    exists: true,
    ok: true,
    profiles: 2,
    settings: 2,
    problems: [],
  });
});

Deno.test("configCheck() lists every problem with its line, also an active profile that is none", async () => {
  await using home = new Home();
  home.write(
    'active_profile = "gone"\nbad = 1\n[profiles.a]\nfow = "auto"\nclient_secret = "hunter2"\n',
  );
  const { ok, problems } = await configCheck(appIn(home));
  assert.equal(ok, false);
  assert.deepEqual(problems.map(({ code, line }) => [code, line]), [
    ["config_invalid", 2],
    ["config_invalid", 4],
    ["config_secret", 5],
    ["profile_unknown", 1],
  ]);
  assert.equal(problems[1]?.hint, "Did you mean 'flow'?");
  assert.equal(problems[0]?.message, `${home.config}:2: Unknown key 'bad'`);
  assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
});

Deno.test("configCheck() reports a syntax error and a file that does not exist", async () => {
  await using home = new Home();
  assert.deepEqual((await configCheck(appIn(home))).ok, true);
  home.write("a = = 1\n");
  const { ok, problems } = await configCheck(appIn(home));
  assert.equal(ok, false);
  assert.equal(problems[0]?.line, 1);
});

Deno.test("configEdit() opens a private copy and puts it in place when it is valid", async () => {
  await using home = new Home();
  home.write("# old\n");
  const { seen, system } = editorThatWrites('# new\nactive_profile = "a"\n');
  const app = appIn(home, { env: { VISUAL: "code --wait" }, system });
  assert.deepEqual(await configEdit(app), { path: home.config, changed: true });
  assert.equal(home.read(), '# new\nactive_profile = "a"\n');
  assert.equal(seen[0]?.program, "code");
  assert.equal(seen[0]?.args[0], "--wait");
  assert.equal(seen[0]?.found, "# old\n");
  if (Deno.build.os !== "windows") assert.equal(seen[0]?.mode, 0o600);
  assert.deepEqual(home.names(), ["config.toml", "config.toml.lock"]);
});

Deno.test("configEdit() leaves no copy when nothing changed", async () => {
  await using home = new Home();
  home.write("# old\n");
  const app = appIn(home, { system: editorThatWrites("# old\n").system });
  assert.deepEqual(await configEdit(app), { path: home.config, changed: false });
  assert.deepEqual(home.names(), ["config.toml"]);
});

Deno.test("configEdit() keeps the copy, says where, and leaves the file when it is invalid", async () => {
  await using home = new Home();
  home.write("# old\n");
  for (const text of ["bad = 1\n", "a = = 1\n", '[profiles.a]\nclent_id = "x"\nflow = 1\n']) {
    const error = await failure(() => configEdit(appIn(home, editorThatWrites(text))));
    assert.equal(error.code, "config_invalid");
    const copy = error.hint?.match(/kept in (\S+);/)?.[1];
    assert.ok(copy, error.hint);
    assert.equal(Deno.readTextFileSync(copy), text);
    assert.equal(home.read(), "# old\n");
  }
});

Deno.test("configEdit() mends a file that is invalid", async () => {
  await using home = new Home();
  home.write("bad = = 1\n");
  await configEdit(appIn(home, editorThatWrites("# good\n")));
  assert.equal(home.read(), "# good\n");
});

Deno.test("configEdit() keeps the copy when the file changed while it was being edited", async () => {
  await using home = new Home();
  home.write("# old\n");
  const run = (_program: string, args: readonly string[]) => {
    Deno.writeTextFileSync(args.at(-1)!, "# edited\n");
    home.write("# by another\n");
    return Promise.resolve(0);
  };
  const error = await failure(() => configEdit(appIn(home, { system: { run } })));
  assert.match(error.message, /changed while it was being edited$/);
  assert.match(error.hint ?? "", /kept in /);
  assert.equal(home.read(), "# by another\n");
});

Deno.test("configEdit() changes nothing when the editor fails or is missing", async () => {
  await using home = new Home();
  home.write("# old\n");
  const failed = await failure(() => configEdit(appIn(home, editorThatWrites("# new\n", 1))));
  assert.equal(failed.code, "interrupted");
  const missing = { run: () => Promise.resolve(undefined) };
  const absent = await failure(() => configEdit(appIn(home, { system: missing })));
  assert.equal(absent.code, "usage");
  assert.match(absent.hint ?? "", /VISUAL or EDITOR/);
  assert.equal(home.read(), "# old\n");
  assert.deepEqual(home.names(), ["config.toml"]);
});

Deno.test("configEdit() throws input_required and starts nothing when nobody is there", async () => {
  await using home = new Home();
  const { seen, system } = editorThatWrites("");
  const error = await failure(() => configEdit(appIn(home, { canAnswer: false, system })));
  assert.equal(error.code, "input_required");
  assert.deepEqual(seen, []);
});

Deno.test("editorCommand() takes VISUAL, then EDITOR, then what every system has", () => {
  const on = (platform: "linux" | "windows", env: Record<string, string>) =>
    editorCommand({ platform, env: (name) => env[name] });
  assert.deepEqual(on("linux", { VISUAL: "a", EDITOR: "b" }), ["a"]);
  assert.deepEqual(on("linux", { EDITOR: "  emacsclient -nw --alternate-editor='' " }), [
    "emacsclient",
    "-nw",
    "--alternate-editor=",
  ]);
  assert.deepEqual(on("windows", { EDITOR: '"C:\\Program Files\\ed.exe" -n' }), [
    "C:\\Program Files\\ed.exe",
    "-n",
  ]);
  assert.deepEqual(on("linux", {}), ["vi"]);
  assert.deepEqual(on("windows", { VISUAL: " " }), ["notepad"]);
});
