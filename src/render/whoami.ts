import type { WhoamiResult } from "../commands/whoami.ts";
import { accountJson, shortName } from "./account_name.ts";
import { fields } from "./fields.ts";
import { relative, rfc3339 } from "./time.ts";
import type { View } from "./view.ts";

/** `vantage whoami`: the persona. */
export const whoamiView: View<WhoamiResult> = {
  text: (result, context) =>
    fields({
      subject: result.subject,
      name: result.name,
      email: result.email,
      organization: result.organization,
      account: result.providerAccount,
      [result.id.service === "vantage" ? "profile" : "login"]: shortName(result.id),
      issuer: result.issuer,
      client: result.client,
      expires: result.expiresAt === undefined ? undefined : relative(result.expiresAt, context.now),
    }, context),
  json: (result) => ({
    ...accountJson(result.id),
    subject: result.subject ?? null,
    name: result.name ?? null,
    email: result.email ?? null,
    organization: result.organization ?? null,
    account_id: result.providerAccount ?? null,
    issuer: result.issuer ?? null,
    client_id: result.client ?? null,
    expires_at: result.expiresAt === undefined ? null : rfc3339(result.expiresAt),
  }),
};
