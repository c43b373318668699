import * as v from "valibot";
import type { SettingKey } from "./settings.ts";
import { definitionOf, SETTINGS } from "./settings.ts";

export type Checked = { readonly ok: true; readonly value: unknown } | {
  readonly ok: false;
  /** What the value must be, to follow the name of the key. */
  readonly must: string;
};

/** Checks a value as the file holds it. The answer never repeats the value. */
export function checkSetting(key: SettingKey, raw: unknown): Checked {
  const result = v.safeParse(SETTINGS[key].schema, raw);
  return result.success
    ? { ok: true, value: result.output }
    : { ok: false, must: result.issues[0].message };
}

/** Text of the environment or the command line as a value of the file, still to be checked. */
export function settingFromText(key: SettingKey, text: string): unknown {
  switch (SETTINGS[key].kind) {
    case "text":
      return text;
    case "list":
      return words(text);
    case "integer":
      return /^\d{1,9}$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "map": {
      const pairs = words(text).map((word) => word.split(/=(.*)/s, 2));
      return pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
    }
  }
}

/** A checked value as the file would hold it. */
export function showSetting(key: SettingKey, value: unknown): unknown {
  const show = definitionOf(key).show;
  return show ? show(value as never) : value;
}

const words = (text: string) => text.split(/[\s,]+/).filter((item) => item !== "");
