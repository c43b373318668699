import { VantageError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { System } from "../system.ts";
import { isLoopback } from "./place.ts";

/** What credentials are asked for (AWS STS API Reference, AssumeRoleWithWebIdentity). */
export interface StsRole {
  readonly roleArn: string;
  /** How the session is called in the logs of AWS. */
  readonly sessionName: string;
  /** Undefined for what the role says, mostly an hour. */
  readonly durationSeconds: number | undefined;
  /** The address of the service. */
  readonly endpoint: string;
}

/** What the command line says of it; the environment's variables of AWS stand in. */
export interface StsOptions {
  readonly roleArn?: string | undefined;
  readonly sessionName?: string | undefined;
  /** Milliseconds. */
  readonly durationMs?: number | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

const SHORTEST_S = 900;
const LONGEST_S = 43_200;

/** The role that is meant. `account` names the session where nobody does. Throws `usage`. */
export function stsRole(env: System["env"], account: string, options: StsOptions): StsRole {
  const roleArn = options.roleArn ?? env("AWS_ROLE_ARN");
  if (roleArn === undefined) {
    throw new VantageError("usage", "Cannot tell which role is meant", {
      hint: "Give --role-arn arn:aws:iam::ACCOUNT:role/NAME, or set AWS_ROLE_ARN",
    });
  }
  if (!/^arn:[\w+=,.@:/-]{1,2044}$/.test(roleArn)) {
    throw new VantageError("usage", `Role '${roleArn}' is no ARN of a role`, {
      hint: "It looks like arn:aws:iam::123456789012:role/NAME",
    });
  }
  const sessionName = options.sessionName ?? env("AWS_ROLE_SESSION_NAME") ??
    `vantage-${account}`.replace(/[^\w+=,.@-]/g, "-").slice(0, 64);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw new VantageError("usage", `Session name '${sessionName}' is not what AWS takes`, {
      hint: "Give 2 to 64 letters, digits or '_+=,.@-' as --role-session-name",
    });
  }
  return { roleArn, sessionName, ...durationOf(options), endpoint: endpointOf(env, options) };
}

function durationOf({ durationMs }: StsOptions): Pick<StsRole, "durationSeconds"> {
  if (durationMs === undefined) return { durationSeconds: undefined };
  const durationSeconds = Math.round(durationMs / 1000);
  if (durationSeconds >= SHORTEST_S && durationSeconds <= LONGEST_S) return { durationSeconds };
  throw new VantageError("usage", "AWS gives credentials for 15m to 12h", {
    hint: "Give --duration 1h, or leave it out",
  });
}

/**
 * The service's address: as it is told, else by the variables of AWS, else that of the region,
 * else the one for all regions. Throws `usage` for one that a token must not be sent to.
 */
function endpointOf(env: System["env"], { endpoint, region }: StsOptions): string {
  const ignoresVariables = env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.toLowerCase() === "true";
  const given = endpoint ??
    (ignoresVariables ? undefined : env("AWS_ENDPOINT_URL_STS") ?? env("AWS_ENDPOINT_URL"));
  if (given !== undefined) return checkedEndpoint(given);
  const where = region ?? env("AWS_REGION") ?? env("AWS_DEFAULT_REGION");
  if (where === undefined) return "https://sts.amazonaws.com/";
  // It becomes a part of the host's name.
  if (!/^[a-z]{2}(?:-[a-z0-9]+)+$/.test(where)) {
    throw new VantageError("usage", `Region '${where}' is none of AWS`, {
      hint: "Give --region eu-central-1, or correct AWS_REGION",
    });
  }
  return `https://sts.${where}.amazonaws.com${where.startsWith("cn-") ? ".cn" : ""}/`;
}

function checkedEndpoint(text: string): string {
  const url = URL.parse(text);
  const fine = url && url.username === "" && url.password === "" && url.hash === "" &&
    (url.protocol === "https:" || url.protocol === "http:" && isLoopback(url.host));
  if (fine) return url.href;
  throw new VantageError("usage", `Cannot send a token to '${url?.origin ?? text}'`, {
    hint: "Give an address that starts with https:// (http is for this machine only) as " +
      "--sts-endpoint, or correct AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL",
  });
}

/** The request's body: a form, so that the token is in no address and in no log. */
export function stsForm(role: StsRole, idToken: Secret): string {
  const { roleArn, sessionName, durationSeconds } = role;
  return new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    ...(durationSeconds !== undefined && { DurationSeconds: String(durationSeconds) }),
    WebIdentityToken: idToken.expose(),
  }).toString();
}
