import assert from "node:assert/strict";
import { profileCreate } from "../../src/commands/profile/create.ts";
import { profileDelete } from "../../src/commands/profile/delete.ts";
import { profileList } from "../../src/commands/profile/list.ts";
import { profileSet } from "../../src/commands/profile/set.ts";
import { profileShow } from "../../src/commands/profile/show.ts";
import { profileUse } from "../../src/commands/profile/use.ts";
import { appIn, failure, Home } from "./support.ts";

const PROD =
  '# mine\n[profiles.prod]\nissuer = "https://id.example.com" # why\nclient_id = "cli"\n';

Deno.test("profileList() lists the shipped profile and those of the file, whatever the environment", async () => {
  await using home = new Home();
  home.write(`active_profile = "prod"\n${PROD}`);
  const app = appIn(home, { env: { VANTAGE_ISSUER: "https://env.example.com" } });
  assert.deepEqual((await profileList(app)).profiles, [
    {
      name: "default",
      active: false,
      issuer: "https://auth.vantagecompute.ai/realms/vantage",
      clientId: "default",
      source: "default",
    },
    {
      name: "prod",
      active: true,
      issuer: "https://id.example.com",
      clientId: "cli",
      source: "config.toml:3",
    },
  ]);
});

Deno.test("profileList() warns and goes on when the active profile is not defined", async () => {
  await using home = new Home();
  home.write('active_profile = "gone"\n');
  const app = appIn(home);
  assert.equal((await profileList(app)).profiles.filter((profile) => profile.active).length, 0);
  assert.match(app.recorded.warnings.join(), /'gone'/);
});

Deno.test("profileShow() shows each value with its source, also of an incomplete profile", async () => {
  await using home = new Home();
  home.write('[profiles.x]\nrefresh_threshold = "1h30m"\n[oauth]\ncallback_port = 1455\n');
  const env = { VANTAGE_CLIENT_ID: "env-client", VANTAGE_CLIENT_SECRET: "hunter2-hunter2" };
  const shown = await profileShow(appIn(home, { env, profile: "x" }));
  assert.equal(shown.name, "x");
  assert.equal(shown.source, "flag --profile");
  const rows = new Map(shown.settings.map(({ key, value, source }) => [key, [value, source]]));
  assert.deepEqual(rows.get("refresh_threshold"), ["1h30m", "config.toml:2"]);
  assert.deepEqual(rows.get("callback_port"), [1455, "config.toml:4"]);
  assert.deepEqual(rows.get("client_id"), ["env-client", "VANTAGE_CLIENT_ID"]);
  assert.deepEqual(rows.get("flow"), ["auto", "default"]);
  assert.equal(rows.has("issuer"), false);
  assert.doesNotMatch(JSON.stringify(shown), /hunter2/);
});

Deno.test("profileCreate() writes the given settings and makes it active with --use", async () => {
  await using home = new Home();
  home.write(PROD);
  const result = await profileCreate(appIn(home), "dev", {
    issuer: "https://dev.example.com",
    client_id: "c",
    scopes: ["openid", "email"],
    flow: "device",
    use: true,
  });
  assert.deepEqual(result, { name: "dev", path: home.config, active: true });
  assert.equal(
    home.read(),
    `active_profile = "dev"\n\n${PROD}\n[profiles.dev]\nissuer = "https://dev.example.com"\n` +
      'client_id = "c"\nscopes = ["openid", "email"]\nflow = "device"\n',
  );
});

Deno.test("profileCreate() throws and writes nothing when name or value is wrong or taken", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home);
  const codeOf = async (name: string, options = {}) =>
    (await failure(() => profileCreate(app, name, options))).code;
  assert.equal(await codeOf("prod"), "profile_exists");
  assert.equal(await codeOf("PROD"), "profile_exists");
  assert.equal(await codeOf("default"), "profile_exists");
  assert.equal(await codeOf("../x"), "usage");
  assert.equal(await codeOf("nul"), "usage");
  assert.equal(await codeOf("x", { issuer: "http://x.example.com" }), "usage");
  assert.equal(home.read(), PROD);
});

Deno.test("profileSet() changes one line of the profile in use and reads the value by its type", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { profile: "prod" });
  await profileSet(app, "issuer", "https://new.example.com");
  assert.equal(home.read(), PROD.replace("id.example.com", "new.example.com"));
  await profileSet(app, "scopes", "openid,email");
  await profileSet(app, "callback_port", "1455");
  const result = await profileSet(app, "dpop", "true");
  assert.deepEqual(result, { profile: "prod", key: "dpop", value: true, removed: false });
  assert.ok(
    home.read().endsWith('scopes = ["openid", "email"]\ncallback_port = 1455\ndpop = true\n'),
  );
});

Deno.test("profileSet() writes the default profile when the file does not have it", async () => {
  await using home = new Home();
  await profileSet(appIn(home), "flow", "device");
  assert.equal(home.read(), '[profiles.default]\nflow = "device"\n');
});

Deno.test("profileSet() removes a setting with --unset, and nothing when it is not set", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { profile: "prod" });
  const result = await profileSet(app, "issuer", undefined, { unset: true });
  assert.deepEqual(result, { profile: "prod", key: "issuer", value: undefined, removed: true });
  assert.equal(home.read(), '# mine\n[profiles.prod]\nclient_id = "cli"\n');
  await profileSet(app, "audience", undefined, { unset: true });
  await profileSet(appIn(home), "flow", undefined, { unset: true });
  assert.equal(home.read(), '# mine\n[profiles.prod]\nclient_id = "cli"\n');
});

Deno.test("profileSet() throws usage when key or value is wrong", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { profile: "prod" });
  const unknown = await failure(() => profileSet(app, "clent_id", "x"));
  assert.equal(unknown.code, "usage");
  assert.equal(unknown.hint, "Did you mean 'client_id'?");
  assert.equal((await failure(() => profileSet(app, "flow", "fast"))).code, "usage");
  assert.equal((await failure(() => profileSet(app, "flow", undefined))).code, "usage");
  const both = await failure(() => profileSet(app, "flow", "auto", { unset: true }));
  assert.equal(both.code, "usage");
  const absent = await failure(() => profileSet(appIn(home, { profile: "x" }), "flow", "auto"));
  assert.equal(absent.code, "profile_unknown");
  assert.equal(home.read(), PROD);
});

Deno.test("profileSet() warns when a variable goes before what was set", async () => {
  await using home = new Home();
  const app = appIn(home, { env: { VANTAGE_CLIENT_ID: "env" } });
  await profileSet(app, "client_id", "file");
  assert.match(app.recorded.warnings.join(), /^VANTAGE_CLIENT_ID /);
});

Deno.test("profileSet() takes a client secret from stdin or the person and never writes it to the file", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, {
    profile: "prod",
    answers: { stdin: "from-stdin-secret", secret: "from-person-secret" },
  });
  const result = await profileSet(app, "client_secret", "-");
  assert.deepEqual(result, {
    profile: "prod",
    key: "client_secret",
    value: undefined,
    removed: false,
  });
  await profileSet(app, "client_secret", undefined);
  assert.deepEqual(app.recorded.saved, [
    ["prod", "from-stdin-secret"],
    ["prod", "from-person-secret"],
  ]);
  await profileSet(app, "client_secret", undefined, { unset: true });
  assert.deepEqual(app.recorded.deleted, ["prod"]);
  assert.equal(home.read(), PROD);
});

Deno.test("profileSet() refuses a secret on the command line and does not repeat it", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { profile: "prod", answers: { secret: "another" } });
  for (const key of ["client_secret", "access_token", "api_key", "password"]) {
    const error = await failure(() => profileSet(app, key, "hunter2-hunter2"));
    assert.equal(error.code, "usage");
    assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
  }
  assert.equal((await failure(() => profileSet(app, "client_secret", "-"))).code, "usage");
  assert.deepEqual(app.recorded.saved, []);
});

Deno.test("profileUse() makes a profile the active one and throws profile_unknown for others", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { env: { VANTAGE_PROFILE: "default" } });
  assert.deepEqual(await profileUse(app, "prod"), { activeProfile: "prod" });
  assert.equal(home.read(), `active_profile = "prod"\n\n${PROD}`);
  assert.match(app.recorded.warnings.join(), /^VANTAGE_PROFILE /);
  assert.equal((await failure(() => profileUse(app, "gone"))).code, "profile_unknown");
  await profileUse(app, "default");
  assert.match(home.read(), /^active_profile = "default"\n/);
});

Deno.test("profileDelete() removes credentials, then the profile, and says when it was active", async () => {
  await using home = new Home();
  home.write(`active_profile = "prod"\n\n${PROD}`);
  const app = appIn(home, { answers: { confirm: true } });
  let stillThere = false;
  const forget = app.forget.bind(app);
  app.forget = (profile) => {
    stillThere = home.read().includes("[profiles.prod]");
    return forget(profile);
  };
  assert.deepEqual(await profileDelete(app, "prod"), {
    name: "prod",
    deleted: true,
    wasActive: true,
  });
  assert.ok(stillThere);
  assert.deepEqual(app.recorded.forgotten, ["prod"]);
  assert.equal(app.recorded.questions.length, 1);
  assert.match(app.recorded.notices.join(), /'prod' was the active profile/);
  assert.doesNotMatch(home.read(), /prod/);
});

Deno.test("profileDelete() does nothing when the person says no, and does not ask with --yes", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home, { answers: { confirm: false } });
  assert.equal((await profileDelete(app, "prod")).deleted, false);
  assert.deepEqual(app.recorded.forgotten, []);
  assert.equal(home.read(), PROD);
  assert.equal((await profileDelete(app, "prod", { yes: true })).deleted, true);
  assert.equal(app.recorded.questions.length, 1);
});

Deno.test("profileDelete() keeps the profile when its credentials cannot be removed", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home);
  app.forget = () => Promise.reject(new Error("store is locked"));
  await assert.rejects(profileDelete(app, "prod", { yes: true }), /store is locked/);
  assert.equal(home.read(), PROD);
});

Deno.test("profileDelete() refuses the shipped default and unknown profiles", async () => {
  await using home = new Home();
  home.write(PROD);
  const app = appIn(home);
  const yes = { yes: true };
  assert.equal((await failure(() => profileDelete(app, "default", yes))).code, "usage");
  assert.equal((await failure(() => profileDelete(app, "gone", yes))).code, "profile_unknown");
  assert.deepEqual(app.recorded.forgotten, []);
});
