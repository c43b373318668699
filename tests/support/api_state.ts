import type { FileSwitches } from "./api_files.ts";
import { newFileSwitches } from "./api_files.ts";

/** What the API saw of one request. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** When it arrived, in milliseconds since the epoch by the machine's clock. */
  readonly at: number;
}

/** An order as `/orders` took it. */
export interface Order {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What the API holds and how it behaves, for tests to look at and to change while it runs. */
export interface ApiState {
  /** Every request, behind the front or direct, in order. */
  readonly seen: SeenRequest[];
  /** How `/files/…` behaves. */
  readonly files: FileSwitches;
  /** What changed something at `/orders`, in order, whether its answer arrived or not. */
  readonly orders: Order[];
  /** The names that the mutation `createCluster` was called with, in order. */
  readonly createdClusters: string[];
  /** How often `/status/…` was asked, by its whole target. */
  readonly statusCounts: Map<string, number>;
  /** A test's own answers, by path. They need a token like all others. */
  readonly answers: Map<string, (request: Request) => Response | Promise<Response>>;
  /** The `jti` of every DPoP proof: none is taken twice. */
  readonly proofIds: Set<string>;
  /** The nonce that DPoP proofs must have (RFC 9449, section 9); none unless set. */
  dpopNonce: string | undefined;
}

export function newApiState(): ApiState {
  return {
    seen: [],
    files: newFileSwitches(),
    orders: [],
    createdClusters: [],
    statusCounts: new Map(),
    answers: new Map(),
    proofIds: new Set(),
    dpopNonce: undefined,
  };
}
