import type { App } from "../../app.ts";
import type { Account } from "../../config/account.ts";
import type { NamedAccount } from "../../config/account_name.ts";
import { isVantageError } from "../../errors.ts";
import type { ExecCredential, ExecInfo } from "../../helpers/exec_credential.ts";
import { requireBearer } from "../../helpers/given_credential.ts";
import type { FreshIdToken } from "../../tokens/fresh_id_token.ts";
import { LOGIN_NEEDED } from "../../tokens/login_needed.ts";

/** Which token a cluster takes. */
export type ClusterToken = "id" | "access";

/**
 * `vantage credential-helper kubectl`: a token as an ExecCredential. Without a choice it is the
 * ID token, which clusters check (kubernetes.io, "OpenID Connect Tokens"), where the session has
 * one, else the access token. Throws what the token source throws.
 */
export async function kubectlHelper(
  app: App,
  named: NamedAccount,
  { apiVersion }: Pick<ExecInfo, "apiVersion">,
  choice: ClusterToken | undefined,
): Promise<ExecCredential> {
  const account = await app.target(named);
  const token = await takesIdToken(app, account, choice)
    ? await idToken(app, account)
    : await accessToken(app, account, choice);
  return { apiVersion, token: token.value, expiresAt: token.expiresAt };
}

type Token = Pick<ExecCredential, "expiresAt"> & Pick<FreshIdToken, "value">;

async function takesIdToken(app: App, account: Account, choice: ClusterToken | undefined) {
  if (app.usesEnvironmentToken(account)) return false; // one token is all there is
  if (choice !== undefined) return choice === "id";
  return (await app.savedSession(account))?.idToken !== undefined;
}

/** Where kubectl lets a person be asked, one who has to log in can do so at once. */
async function idToken(app: App, account: Account): Promise<Token> {
  try {
    return await app.idToken(account);
  } catch (error) {
    if (!app.person.canAnswer || !isVantageError(error, ...LOGIN_NEEDED)) throw error;
    app.person.notice(`${error.message}.`);
    await app.login(account, { force: true });
    return await app.idToken(account);
  }
}

async function accessToken(
  app: App,
  account: Account,
  choice: ClusterToken | undefined,
): Promise<Token> {
  const token = requireBearer(await (await app.tokenSource(account)).token(), account);
  // The login that has just been made may have brought an ID token.
  return choice === undefined && await takesIdToken(app, account, choice)
    ? await idToken(app, account)
    : token;
}
