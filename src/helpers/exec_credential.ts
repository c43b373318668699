import * as v from "valibot";
import { VantageError } from "../errors.ts";
import { NEVER } from "../never.ts";
import type { Secret } from "../secret.ts";

const GROUP = "client.authentication.k8s.io";
/** The versions of the protocol that we speak: those that kubectl 1.11 and later offer. */
const EXEC_API_VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`] as const;
export type ExecApiVersion = typeof EXEC_API_VERSIONS[number];

/** What kubectl says of itself (kubernetes.io, "client-go credential plugins"). */
export interface ExecInfo {
  readonly apiVersion: ExecApiVersion;
  /** A person may be asked: kubectl has handed us its terminal. */
  readonly interactive: boolean;
}

export interface ExecCredential {
  readonly apiVersion: ExecApiVersion;
  readonly token: Secret;
  /** Epoch milliseconds; undefined for what has no end. */
  readonly expiresAt: number | undefined;
}

const VARIABLE = "KUBERNETES_EXEC_INFO";

const Info = v.object({
  apiVersion: v.string(),
  kind: v.literal("ExecCredential"),
  spec: v.optional(v.object({ interactive: v.optional(v.boolean(), false) }), {}),
});

/** Reads `KUBERNETES_EXEC_INFO`; who calls us without it gets `v1`. Throws `usage`. */
export function parseExecInfo(text: string | undefined): ExecInfo {
  if (text === undefined) return { apiVersion: EXEC_API_VERSIONS[0], interactive: false };
  const parsed = v.safeParse(Info, parseJson(text));
  if (!parsed.success) {
    const where = parsed.issues[0].path?.map(({ key }) => String(key)).join(".");
    throw unusable(where === undefined ? "it is no object" : `'${where}' is not valid`);
  }
  const { apiVersion, spec } = parsed.output;
  const known = EXEC_API_VERSIONS.find((version) => version === apiVersion);
  if (known) return { apiVersion: known, interactive: spec.interactive };
  throw new VantageError("usage", `Cannot answer kubectl in '${apiVersion}'`, {
    hint: `Use ${EXEC_API_VERSIONS.join(" or ")}: \`kubectl config set-credentials NAME ` +
      `--exec-api-version=${EXEC_API_VERSIONS[0]} …\``,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable("it is no JSON"); // JSON's own message quotes the text
  }
}

const unusable = (problem: string) =>
  new VantageError("usage", `Cannot use ${VARIABLE}: ${problem}`, {
    hint: `Let kubectl call this helper, or unset ${VARIABLE}`,
  });

/** Our answer: an ExecCredential of the version that was asked for, as JSON. */
export function formatExecCredential({ apiVersion, token, expiresAt }: ExecCredential): string {
  const expirationTimestamp = expiresAt === undefined || expiresAt >= NEVER
    ? undefined
    : new Date(Math.floor(expiresAt / 1000) * 1000).toISOString().replace(".000Z", "Z");
  return JSON.stringify({
    apiVersion,
    kind: "ExecCredential",
    status: { token: token.expose(), ...(expirationTimestamp && { expirationTimestamp }) },
  });
}
