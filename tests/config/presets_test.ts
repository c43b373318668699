import assert from "node:assert/strict";
import { resolveAccount } from "../../src/config/account.ts";
import { checkedConfig } from "../../src/config/config_file.ts";
import { PRESET_NAMES, PRESETS } from "../../src/config/presets.ts";
import { checkSetting } from "../../src/config/setting_values.ts";
import type { SettingKey } from "../../src/config/settings.ts";
import { ADDRESS_KEYS, PROVIDER_KEYS } from "../../src/config/shipped.ts";

const system = { env: () => undefined, cwd: () => "/", platform: "linux" } as const;

async function settingsOf(service: string, config = "") {
  const id = { service, account: service === "vantage" ? "default" : "work" };
  return resolveAccount(await checkedConfig(config, "config.toml"), system, id).settings;
}

for (const name of PRESET_NAMES) {
  Deno.test(`PRESETS reaches every account of ${name} as it is written`, async () => {
    const settings = await settingsOf(name);
    for (const [key, raw] of Object.entries(PRESETS[name].settings)) {
      const checked = checkSetting(key as SettingKey, raw);
      assert.ok(checked.ok, key);
      assert.deepEqual(settings[key as SettingKey]?.value, checked.value, key);
    }
  });

  for (const key of PROVIDER_KEYS) {
    Deno.test(`PRESETS gives no address of ${name} when the file has another ${key}`, async () => {
      const value = "https://id.example.com";
      const settings = await settingsOf(name, `[providers.${name}]\n${key} = "${value}"\n`);
      const addresses = [...ADDRESS_KEYS].flatMap((key) => {
        const setting = settings[key];
        return setting ? [[key, setting.value]] : [];
      });
      assert.deepEqual(addresses, [[key, value]]);
    });
  }
}

const CALLBACKS = {
  microsoft: ["localhost", 0, ""],
  spotify: ["127.0.0.1", 0, "/callback"],
  reddit: ["127.0.0.1", 8484, "/callback"],
  chatgpt: ["localhost", 1455, "/auth/callback"],
} as const;
for (const [name, callback] of Object.entries(CALLBACKS)) {
  Deno.test(`PRESETS has the redirect URI that clients of ${name} are registered with`, async () => {
    const { callback_host, callback_port, callback_path } = await settingsOf(
      name,
      "[oauth]\ncallback_host = '::1'\ncallback_port = 9999\n",
    );
    assert.deepEqual([callback_host.value, callback_port.value, callback_path.value], [
      callback[0],
      callback[1] || 9999,
      callback[2],
    ]);
  });
}

Deno.test("PRESETS asks for the scope offline_access where the provider knows it only", async () => {
  const asking = [];
  for (const name of PRESET_NAMES) {
    if ((await settingsOf(name)).scopes.value.includes("offline_access")) asking.push(name);
  }
  assert.deepEqual(asking, ["vantage", "microsoft", "chatgpt"]);
});
