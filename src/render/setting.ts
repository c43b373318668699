import type { SetResult } from "../commands/set_setting.ts";

/** The value of a setting on one line. */
export function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([name, each]) => `${name}=${each}`).join(" ");
}

/** What a change of a setting of `whose` did. */
export function setText(whose: string, { key, value, removed }: SetResult): string {
  if (removed) return `Removed '${key}' of ${whose}`;
  if (value === undefined) return `Stored '${key}' of ${whose}`;
  return `Set '${key}' of ${whose} to ${settingText(value)}`;
}
