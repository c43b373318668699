import type { App } from "../../app.ts";
import type { NamedAccount } from "../../config/account_name.ts";
import { assumedRole } from "../../helpers/assumed_role.ts";
import type { AwsCredentials } from "../../helpers/aws_credentials.ts";
import type { StsOptions } from "../../helpers/sts_request.ts";
import { stsRole } from "../../helpers/sts_request.ts";

/**
 * `vantage credential-helper aws`: temporary credentials of AWS for the account's ID token, as
 * `credential_process` wants them. Throws `usage`, and what the exchange throws.
 */
export async function awsHelper(
  app: App,
  named: NamedAccount,
  options: StsOptions,
): Promise<AwsCredentials> {
  const account = await app.target(named);
  const role = stsRole((name) => app.system.env(name), account.id.account, options);
  return await assumedRole(app, account, role);
}
