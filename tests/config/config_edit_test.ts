import assert from "node:assert/strict";
import { editConfig } from "../../src/config/config_edit.ts";
import { loadConfig } from "../../src/config/config_file.ts";
import { VantageError } from "../../src/errors.ts";
import type { Files } from "../../src/system.ts";
import { FileError } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";
import { failure, Home } from "./support.ts";

const { files, clock } = denoSystem();
const posix = Deno.build.os !== "windows";

const setActive = (path: string, value: string) =>
  editConfig(files, clock, path, () => [{ keys: ["active_profile"], value }]);
const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("editConfig() creates file and directory for the user alone when there is none", async () => {
  await using home = new Home();
  const path = `${home.dir}/new/vantage/config.toml`;
  await setActive(path, "a");
  assert.equal(Deno.readTextFileSync(path), 'active_profile = "a"\n');
  if (!posix) return;
  assert.equal(mode(path), 0o600);
  assert.equal(mode(`${home.dir}/new/vantage`), 0o700);
});

Deno.test("editConfig() keeps comments, other lines and the mode when the file exists", async () => {
  await using home = new Home();
  home.write("# mine\n\n[profiles.a] # t\nclient_id = 'x' # why\n");
  if (posix) Deno.chmodSync(home.config, 0o640);
  await setActive(home.config, "a");
  assert.equal(
    home.read(),
    "# mine\n\nactive_profile = \"a\"\n\n[profiles.a] # t\nclient_id = 'x' # why\n",
  );
  if (posix) assert.equal(mode(home.config), 0o640);
  assert.deepEqual(home.names(), ["config.toml", "config.toml.lock"]);
});

Deno.test("editConfig() writes what a symbolic link leads to and keeps the link", async () => {
  await using home = new Home();
  Deno.mkdirSync(`${home.dir}/dotfiles`);
  const real = `${home.dir}/dotfiles/vantage.toml`;
  Deno.writeTextFileSync(real, "# mine\n");
  Deno.symlinkSync("dotfiles/vantage.toml", home.config);
  await setActive(home.config, "a");
  assert.ok(Deno.lstatSync(home.config).isSymlink);
  assert.equal(Deno.readTextFileSync(real), '# mine\nactive_profile = "a"\n');
  assert.deepEqual([...Deno.readDirSync(`${home.dir}/dotfiles`)].length, 1);
});

Deno.test("editConfig() writes nothing when the result would not be valid", async () => {
  await using home = new Home();
  const before = "# mine\n[profiles.a]\n";
  home.write(before);
  const edits: [keys: string[], value: string | number, code: string][] = [
    [["profiles", "a", "issuer"], "http://plain.example.com", "config_invalid"],
    [["profiles", "a", "nonsense"], 1, "config_invalid"],
    [["profiles", "a", "client_secret"], "x", "config_secret"],
    [["profiles", "A", "client_id"], "x", "config_invalid"],
  ];
  for (const [keys, value, code] of edits) {
    const error = await failure(() =>
      editConfig(files, clock, home.config, () => [{ keys, value }])
    );
    assert.equal(error.code, code);
    assert.equal(home.read(), before);
  }
});

Deno.test("editConfig() writes nothing when the file is invalid already or the edit throws", async () => {
  await using home = new Home();
  home.write("nonsense = 1\n");
  assert.equal((await failure(() => setActive(home.config, "a"))).code, "config_invalid");
  assert.equal(home.read(), "nonsense = 1\n");

  home.write("# mine\n");
  const error = await failure(() =>
    editConfig(files, clock, home.config, () => {
      throw new VantageError("profile_exists", "It exists");
    })
  );
  assert.equal(error.code, "profile_exists");
  assert.equal(home.read(), "# mine\n");
});

Deno.test("editConfig() refuses when the text is written in a way that it cannot follow", async () => {
  await using home = new Home();
  const texts = [
    // The line above the header looks like a comment but ends a string.
    '[profiles.a]\naudience = "x"\n[profiles.b]\nclient_id = """a\\\n# b"""\n[profiles.c]\n',
    // And here the string would go on to the next quotes and swallow a profile.
    '[profiles.b]\nca_file = """a\n# b"""\n[profiles.c]\n[profiles.d]\nclient_id = "x" # """\n',
  ];
  for (const before of texts) {
    home.write(before);
    const error = await failure(() =>
      editConfig(files, clock, home.config, () => [{ keys: ["profiles", "c"], value: undefined }])
    );
    assert.match(error.message, /^Cannot change .* without reformatting it$/);
    assert.equal(home.read(), before);
  }
});

Deno.test("editConfig() does not write when nothing changes", async () => {
  await using home = new Home();
  home.write('active_profile = "a"\n');
  const inode = Deno.statSync(home.config).ino;
  await setActive(home.config, "a");
  assert.equal(Deno.statSync(home.config).ino, inode);
});

Deno.test("editConfig() loses no edit when many run at once", async () => {
  await using home = new Home();
  home.write("# mine\n");
  const names = Array.from({ length: 25 }, (_, at) => `p${at}`);
  await Promise.all(names.map((name) =>
    editConfig(files, clock, home.config, () => [
      { keys: ["profiles", name], value: {} },
      { keys: ["profiles", name, "client_id"], value: name },
    ])
  ));
  const config = await loadConfig(files, home.config);
  assert.deepEqual([...config.profiles.keys()].sort(), names.sort());
  assert.ok(home.read().startsWith("# mine\n"));
});

Deno.test("editConfig() throws config_unreadable and leaves the old file when it cannot be written", async () => {
  await using home = new Home();
  home.write("# mine\n");
  const full: Files = {
    ...files,
    rename: (_from, to) => Promise.reject(new FileError("full", to, "ENOSPC")),
  };
  const error = await failure(() =>
    editConfig(full, clock, home.config, () => [{ keys: ["active_profile"], value: "a" }])
  );
  assert.equal(error.code, "config_unreadable");
  assert.match(error.message, /^Cannot write .*config\.toml: no space is left on the device$/);
  assert.equal(home.read(), "# mine\n");
});
