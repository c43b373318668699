import assert from "node:assert/strict";
import { nameProblem } from "../../src/config/names.ts";
import type { SettingKey } from "../../src/config/settings.ts";
import { checkSetting, settingFromText, showSetting } from "../../src/config/setting_values.ts";
import { definitionOf, SETTING_KEYS } from "../../src/config/settings.ts";
import { nearest } from "../../src/config/suggest.ts";

const accepts = (key: SettingKey, value: unknown) => checkSetting(key, value).ok;

Deno.test("checkSetting() accepts every default of the table", () => {
  for (const key of SETTING_KEYS) {
    const { default: value } = definitionOf(key);
    if (value !== undefined) assert.ok(accepts(key, value), key);
  }
});

Deno.test("checkSetting() accepts https for any host and http for loopback hosts only", () => {
  for (
    const url of [
      "https://id.example.com",
      "https://id.example.com:8443/realms/a?b=c",
      "http://127.0.0.1:3000",
      "http://127.9.9.9/x",
      "http://[::1]:80/",
      "http://localhost/graphql",
    ]
  ) assert.ok(accepts("api_url", url), url);
  for (
    const url of [
      "http://id.example.com",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "http://[::2]/",
      "http://0.0.0.0/",
      "ftp://id.example.com",
      "https:id.example.com",
      "https://",
      "https://user@id.example.com",
      "https://user:pass@id.example.com",
      "https://id.example.com/#",
      "https://id.example.com/#part",
      " https://id.example.com",
      "https://id.example.com\n",
      "https://id.exa\tmple.com",
      "https:\\\\id.example.com",
      "id.example.com",
      "",
      5,
    ]
  ) assert.ok(!accepts("api_url", url), String(url));
});

Deno.test("checkSetting() refuses an issuer when it has a query", () => {
  assert.ok(accepts("issuer", "https://id.example.com/realms/a"));
  assert.ok(!accepts("issuer", "https://id.example.com/?tenant=a"));
});

Deno.test("checkSetting() refuses a vantage_url when it has no domain to derive from", () => {
  assert.ok(accepts("vantage_url", "https://app.vantagecompute.ai"));
  for (const url of ["http://localhost:8080", "https://10.0.0.1", "https://[fd00::1]"]) {
    assert.ok(!accepts("vantage_url", url), url);
  }
});

Deno.test("checkSetting() refuses a scope when a character is outside RFC 6749, section 3.3", () => {
  assert.ok(accepts("scopes", []));
  assert.ok(accepts("scopes", ["https://www.example.com/auth/mail!", "a:b"]));
  for (const scope of ["a b", "", 'a"', "a\\", "é", "a\x7F", 1]) {
    assert.ok(!accepts("scopes", ["openid", scope]), String(scope));
  }
  assert.ok(!accepts("scopes", "openid"));
});

Deno.test("checkSetting() bounds refresh_threshold and returns milliseconds", () => {
  assert.deepEqual(checkSetting("refresh_threshold", "1h30m"), { ok: true, value: 5_400_000 });
  assert.ok(accepts("refresh_threshold", "24h"));
  for (const value of ["0s", "24h1s", "5", 300, "-5m", ""]) {
    assert.ok(!accepts("refresh_threshold", value), String(value));
  }
});

Deno.test("checkSetting() refuses impossible ports, hosts, paths and words", () => {
  const wrong: [SettingKey, unknown][] = [
    ["callback_port", -1],
    ["callback_port", 65_536],
    ["callback_port", 1.5],
    ["callback_port", "80"],
    ["callback_host", "0.0.0.0"],
    ["callback_path", "callback"],
    ["callback_path", "/a?b"],
    ["flow", "Auto"],
    ["store", "keychain"],
    ["dpop", "true"],
    ["client_id", ""],
    ["client_id", " a"],
    ["client_id", "a\nb"],
    ["resource", "not a uri"],
    ["resource", "https://api.example.com/#x"],
    ["ca_file", ""],
  ];
  for (const [key, value] of wrong) assert.ok(!accepts(key, value), `${key} ${value}`);
  assert.ok(accepts("callback_port", 65_535));
  assert.ok(accepts("resource", "urn:example:api"));
  assert.ok(accepts("callback_path", "/auth/callback"));
});

Deno.test("checkSetting() never repeats the value when it refuses it", () => {
  for (const key of SETTING_KEYS) {
    const checked = checkSetting(key, "hunter2 \u0001 hunter2");
    if (!checked.ok) assert.doesNotMatch(checked.must, /hunter2/, key);
    else assert.equal(key, "ca_file");
  }
});

Deno.test("settingFromText() reads the type that the setting has", () => {
  assert.deepEqual(settingFromText("scopes", " openid, email  x,"), ["openid", "email", "x"]);
  assert.equal(settingFromText("callback_port", "1455"), 1455);
  assert.equal(settingFromText("dpop", "true"), true);
  assert.equal(settingFromText("client_id", "42"), "42");
  for (const text of ["0x10", "1e3", "+1", " 1", "", "1.0"]) {
    assert.ok(!accepts("callback_port", settingFromText("callback_port", text)), text);
  }
  assert.ok(!accepts("dpop", settingFromText("dpop", "yes")));
});

Deno.test("showSetting() writes a duration as the file would hold it", () => {
  assert.equal(showSetting("refresh_threshold", 90_000), "1m30s");
  assert.equal(showSetting("client_id", "a"), "a");
});

Deno.test("nameProblem() refuses names that cannot be names of files everywhere", () => {
  for (const name of ["prod", "a", "me@work.example", "0", "con-fig", "a".repeat(64)]) {
    assert.equal(nameProblem(name), undefined, name);
  }
  for (
    const name of [
      "",
      ".hidden",
      "-p",
      "../x",
      "a/b",
      "a\\b",
      "a b",
      "a:b",
      "é",
      "a.",
      "CON",
      "nul.txt",
      "com1",
      "Lpt9.x",
      "a\n",
      "a".repeat(65),
    ]
  ) assert.notEqual(nameProblem(name), undefined, name);
});

Deno.test("nearest() finds the word that was meant, and none when nothing is near", () => {
  assert.equal(nearest("clent_id", SETTING_KEYS), "client_id");
  assert.equal(nearest("isuser", SETTING_KEYS), "issuer");
  assert.equal(nearest("Scope", SETTING_KEYS), "scopes");
  assert.equal(nearest("colour", SETTING_KEYS), undefined);
  assert.equal(nearest("x", SETTING_KEYS), undefined);
});
