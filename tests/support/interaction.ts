import { text } from "node:stream/consumers";
import type { Context, OidcProvider } from "./oidc_types.ts";
import { approvalPage } from "./pages.ts";

/** Our own log-in and consent page: one form does both. */
export async function interact(
  provider: OidcProvider,
  context: Context,
  next: () => Promise<void>,
): Promise<void> {
  if (!context.path.startsWith("/interaction/")) return await next();
  const { req, res } = context;
  const { params } = await provider.interactionDetails(req, res);
  const { client_id: clientId, scope = "" } = params;
  if (context.method !== "POST") {
    context.type = "html";
    context.body = approvalPage(clientId ?? "", scope.split(" "), context.path);
    return;
  }
  const form = new URLSearchParams(await text(req));
  const accountId = form.get("login") ?? "";
  const agreed = async () => {
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope(scope);
    if (params.resource) grant.addResourceScope(params.resource, scope);
    return { login: { accountId }, consent: { grantId: await grant.save() } };
  };
  const denied = { error: "access_denied", error_description: "The person said no" };
  // oidc-provider writes this answer itself.
  context.respond = false;
  await provider.interactionFinished(
    req,
    res,
    form.get("decision") === "approve" ? await agreed() : denied,
    { mergeWithLastSubmission: false },
  );
}
