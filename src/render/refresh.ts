import type { RefreshResult } from "../commands/refresh.ts";
import { accountJson } from "./account_name.ts";
import { rfc3339 } from "./time.ts";
import type { View } from "./view.ts";

const expiry = ({ expiresAt }: RefreshResult) =>
  expiresAt === undefined ? null : rfc3339(expiresAt);

/** `vantage refresh`: the new expiry and nothing else. */
export const refreshView: View<RefreshResult> = {
  text: (result) => expiry(result) ?? "unknown",
  json: (result) => ({ ...accountJson(result.id), expires_at: expiry(result) }),
};
