/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as both sides speak it: one message a
 * line, in UTF-8. Everything here is about texts; who sends and answers them is elsewhere.
 */
import { ERROR_CODES, type ErrorCode, EXIT, toVantageError, VantageError } from "../errors.ts";
import { plainLine } from "../render/plain.ts";
import { scrub } from "../secret.ts";

/** The longest request (bytes, without its line end). */
export const MAX_REQUEST_BYTES = 1024 * 1024;

/** The most requests in a batch: a short line must not make for a long answer. */
const MOST_IN_BATCH = 1_000;

/** What a client calls its request. Undefined: a notification, which is not answered. */
export type RequestId = string | number | null;

/** A request that is well-formed; whether there is such a method is another question. */
export interface Request {
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>> | readonly unknown[];
}

/** The error object of an answer (section 5.1). `data` has what a command tells with `--json`. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly code: ErrorCode; readonly hint?: string };
}

/** A message that is no request, and who is to be told so. */
export interface Malformed {
  readonly id: RequestId;
  readonly error: RpcError;
}

/** The codes of the standard. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const;

/** An error of the protocol itself. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What one line says: one message, or those of a batch. */
export function parseLine(line: Uint8Array): {
  readonly isBatch: boolean;
  readonly messages: readonly (Request | Malformed)[];
} {
  const alone = (message: Request | Malformed) => ({ isBatch: false, messages: [message] });
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch {
    return alone(malformed(null, RPC.parseError, "The request is not JSON in UTF-8"));
  }
  if (!Array.isArray(value)) return alone(readRequest(value));
  if (value.length === 0) return alone(malformed(null, RPC.invalidRequest, "The batch is empty"));
  if (value.length > MOST_IN_BATCH) {
    const message = `A batch may have at most ${MOST_IN_BATCH} requests`;
    return alone(malformed(null, RPC.invalidRequest, message));
  }
  return { isBatch: true, messages: value.map(readRequest) };
}

function readRequest(value: unknown): Request | Malformed {
  const invalid = (id: RequestId, what: string) => malformed(id, RPC.invalidRequest, what);
  if (!isObject(value)) return invalid(null, "A request is an object");
  const id = Object.hasOwn(value, "id") ? value.id : undefined;
  if (!isRequestId(id)) {
    return invalid(null, "An id is a string, a number that JavaScript can tell exactly, or null");
  }
  const { jsonrpc, method, params = {} } = value;
  if (jsonrpc !== "2.0") return invalid(id ?? null, "The member 'jsonrpc' must be \"2.0\"");
  if (typeof method !== "string") return invalid(id ?? null, "The member 'method' is missing");
  if (!isObject(params) && !Array.isArray(params)) {
    return invalid(id ?? null, "The member 'params' must be an object or an array");
  }
  return { id, method, params };
}

const malformed = (id: RequestId, code: number, message: string): Malformed => ({
  id,
  error: { code, message },
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number that JavaScript rounds would come back as another one. */
function isRequestId(id: unknown): id is RequestId | undefined {
  if (typeof id !== "number") return id === undefined || id === null || typeof id === "string";
  return Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id));
}

export const isMalformed = (message: Request | Malformed): message is Malformed =>
  "error" in message;

/** The answer to a request, undefined for a notification. */
export const answer = (
  id: RequestId | undefined,
  outcome: { readonly result: unknown } | { readonly error: RpcError },
): object | undefined => id === undefined ? undefined : { jsonrpc: "2.0", id, ...outcome };

export const notification = (method: string, params: object): object => ({
  jsonrpc: "2.0",
  method,
  params,
});

/** Our own codes begin below this: less the exit status of the command that fails likewise. */
const OWN_CODES = -32000;

/**
 * An error as an answer tells it: -32602 where the parameters are wrong, -32603 for a defect of
 * ours, else -32000 less the exit status. Control characters and secrets are taken out.
 */
export function rpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcFailure) return { code: thrown.code, message: thrown.message };
  const { code, message, hint, exitStatus } = toVantageError(thrown);
  const clean = (text: string) => scrub(plainLine(text));
  return {
    code: code === "internal"
      ? RPC.internalError
      : exitStatus === EXIT.usage
      ? RPC.invalidParams
      : exitStatus === EXIT.interrupted
      ? OWN_CODES
      : OWN_CODES - exitStatus,
    message: clean(message),
    data: { code, ...(hint !== undefined && { hint: clean(hint) }) },
  };
}

/** The same back again, for who asked: the error that the command would have thrown by itself. */
export function vantageError({ message, data }: RpcError): VantageError {
  const known = data && Object.hasOwn(ERROR_CODES, data.code);
  if (!known) {
    return new VantageError("daemon_answer", `The daemon refuses: ${message}`, {
      hint: "Is it of another version? Restart it with `vantage daemon stop`, or give --direct",
    });
  }
  return new VantageError(
    data.code,
    message,
    data.hint === undefined ? {} : { hint: data.hint },
  );
}
