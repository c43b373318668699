import * as v from "valibot";
import { nameProblem } from "../config/names.ts";
import { RPC, RpcFailure } from "./protocol.ts";

/** A century: no token has to live longer than that (seconds). */
export const LONGEST_TTL_S = 100 * 365 * 86_400;
/** As long as a person may take for a login (seconds). */
const LONGEST_LOGIN_S = 3_600;

const Name = v.pipe(
  v.string("must be a string"),
  v.check((name) => nameProblem(name) === undefined, (issue) => nameProblem(issue.input) ?? ""),
);
const seconds = (most: number) => {
  const must = `must be a whole number of seconds, at most ${most}`;
  return v.pipe(v.number(must), v.integer(must), v.minValue(0, must), v.maxValue(most, must));
};
const Flag = v.boolean("must be true or false");
const Text = v.string("must be a string");
const Texts = v.array(Text, "must be an array of strings");
/** RFC 3339, UTC. */
const Instant = v.nullable(v.string());

const account = { service: Name, account: Name };

/** What the caller's own settings of the account amount to: see `settingsFingerprint`. */
const settings = v.optional(Text);

const Token = v.object({
  access_token: v.string(),
  /** The same once more, for clients of older Sigilforge daemons. */
  token: v.string(),
  token_type: v.picklist(["Bearer", "DPoP"]),
  expires_at: Instant,
  /** Why the token is an older one than was asked for. */
  warning: v.optional(v.string()),
});

const AccountEntry = {
  service: v.string(),
  account: v.string(),
  scopes: v.array(v.string()),
  created_at: Instant,
  last_used: Instant,
};

const ErrorData = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
});

/** A step of a login: the answer of `add_account`, and the parameters of each `login` notification. */
export const LoginStep = v.object({
  login_id: v.string(),
  service: v.string(),
  account: v.string(),
  state: v.picklist([
    ...["device_code", "authorization_url", "waiting", "pending", "warning"] as const,
    ...["authorized", "failed"] as const,
  ]),
  user_code: v.optional(v.string()),
  verification_uri: v.optional(v.string()),
  verification_uri_complete: v.optional(v.string()),
  authorization_url: v.optional(v.string()),
  expires_at: v.optional(Instant),
  /** There was a session already: nobody had to do anything. */
  already: v.optional(v.boolean()),
  message: v.optional(v.string()),
  error: v.optional(ErrorData),
});
export type LoginStep = v.InferOutput<typeof LoginStep>;

/**
 * Every method: its parameters, which may be given by name or in this order, and its result.
 * Both sides go by this table.
 */
export const METHODS = {
  get_token: {
    params: v.strictObject({ ...account, min_ttl: v.optional(seconds(LONGEST_TTL_S)), settings }),
    result: Token,
  },
  list_accounts: {
    params: v.strictObject({ service: v.optional(v.nullable(Name)) }),
    result: v.object({ accounts: v.array(v.object(AccountEntry)) }),
  },
  get_account: {
    params: v.strictObject(account),
    result: v.looseObject({
      ...AccountEntry,
      state: v.string(),
      email: v.nullable(v.string()),
      expires_at: Instant,
      refreshable: v.nullable(v.boolean()),
      store: v.string(),
      detail: v.nullable(v.string()),
    }),
  },
  add_account: {
    params: v.strictObject({
      ...account,
      scopes: v.optional(Texts),
      flow: v.optional(
        v.picklist(
          ["auto", "device", "browser", "client-credentials"],
          "must be auto, device, browser or client-credentials",
        ),
      ),
      api_key: v.optional(v.pipe(Text, v.minLength(1, "must not be empty"))),
      force: v.optional(Flag),
      timeout: v.optional(seconds(LONGEST_LOGIN_S)),
    }),
    result: LoginStep,
  },
  remove_account: {
    params: v.strictObject(account),
    result: v.looseObject({
      service: v.string(),
      account: v.string(),
      removed: v.boolean(),
      revoked: v.nullable(v.boolean()),
      not_revoked_because: v.nullable(v.string()),
    }),
  },
  refresh_token: {
    params: v.strictObject({ ...account, settings, refused: v.optional(Text) }),
    result: Token,
  },
  resolve: {
    params: v.strictObject({ reference: Text }),
    result: v.object({ value: v.string() }),
  },
  status: {
    params: v.strictObject({}),
    result: v.object({
      version: v.string(),
      pid: v.number(),
      started_at: Instant,
      /** Where its settings and tokens are. */
      config: v.string(),
      tokens: v.string(),
      /** Accounts whose tokens it keeps fresh. */
      account_count: v.number(),
      /** Those it looks at or refreshes at this moment. */
      in_progress: v.number(),
      connections: v.number(),
      next_refresh_at: Instant,
      failing: v.array(v.object({
        service: v.string(),
        account: v.string(),
        since: Instant,
        message: v.string(),
        retry_at: Instant,
      })),
    }),
  },
  stop: {
    params: v.strictObject({}),
    result: v.object({ stopping: v.literal(true) }),
  },
} as const satisfies Record<string, { params: AnyParams; result: v.GenericSchema<unknown> }>;

// deno-lint-ignore no-explicit-any -- the entries of any object
type AnyParams = v.StrictObjectSchema<any, undefined>;

export type MethodName = keyof typeof METHODS;
export type Params<M extends MethodName> = v.InferOutput<typeof METHODS[M]["params"]>;
export type Result<M extends MethodName> = v.InferOutput<typeof METHODS[M]["result"]>;

export const isMethod = (name: string): name is MethodName => Object.hasOwn(METHODS, name);

/** The parameters of a request, checked. Throws {@link RpcFailure}, which never repeats a value. */
export function readParams<M extends MethodName>(
  method: M,
  given: Readonly<Record<string, unknown>> | readonly unknown[],
): Params<M> {
  const { params: schema } = METHODS[method];
  const names = Object.keys(schema.entries);
  if (isArray(given) && given.length > names.length) {
    throw wrong(`'${method}' takes at most ${names.length} parameters`);
  }
  const named = isArray(given)
    ? Object.fromEntries(given.map((value, index) => [names[index], value]))
    : given;
  const parsed = v.safeParse(schema as AnyParams, named);
  if (parsed.success) return parsed.output as Params<M>;
  const [issue] = parsed.issues;
  const name = String(issue.path?.[0]?.key ?? "");
  if (!names.includes(name)) {
    const known = names.length === 0 ? "none" : names.join(", ");
    throw wrong(`Unknown parameter: '${method}' takes ${known}`);
  }
  const isMissing = !Object.hasOwn(named, name);
  throw wrong(`Parameter '${name}' ${isMissing ? "is missing" : issue.message}`);
}

const isArray = (value: object): value is readonly unknown[] => Array.isArray(value);

const wrong = (message: string) => new RpcFailure(RPC.invalidParams, message);
