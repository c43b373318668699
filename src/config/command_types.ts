import type { AccountId } from "./account.ts";

/** What [commands] holds, by name: a tree of groups with calls as its leaves. */
export type SavedCommands = ReadonlyMap<string, SavedCommand>;

export type SavedCommand = SavedGroup | SavedCall;

/** `vantage NAME`, with commands below it. */
export interface SavedGroup {
  readonly kind: "group";
  /** One line; "" where the file has none. */
  readonly description: string;
  readonly commands: SavedCommands;
}

/** `vantage NAME`: a request under a name. */
export interface SavedCall {
  readonly kind: "call";
  /** One line; what is sent, where the file has none. */
  readonly description: string;
  /** A command line for the help. */
  readonly example: string | undefined;
  /** Whose token it takes in place of the profile's in use. */
  readonly account: AccountId | undefined;
  readonly target: SavedTarget;
  /** Taken by their position, the required ones first. */
  readonly arguments: readonly SavedParameter[];
  readonly options: readonly SavedParameter[];
  /** Sent as they are, beside what arguments and options say. */
  readonly fields: Readonly<Record<string, Json>>;
  /** Sent as they are. Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly paginate: boolean;
  /** What `--rows`, `--columns` and `--sort` are unless they are given. */
  readonly rows: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly sort: string | undefined;
}

export type SavedTarget =
  | { readonly kind: "graphql"; readonly document: string }
  | {
    readonly kind: "http";
    readonly method: HttpMethod;
    /** Starts with one slash; `{name}` stands for the value of an argument or an option. */
    readonly path: string;
    /** The names between braces in `path`. Each has a value whenever the call is made. */
    readonly inPath: readonly string[];
  };

export const HTTP_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

export type HttpMethod = typeof HTTP_METHODS[number];

/** A value that the person gives at each call. */
export interface SavedParameter {
  /** What it is sent as. */
  readonly name: string;
  /** How an option is written: `--cluster-id`. Undefined for an argument. */
  readonly flag: string | undefined;
  /** One line; "" where the file has none. */
  readonly description: string;
  readonly type: ParameterType;
  /** The values it may have; any unless told. */
  readonly choices: readonly (string | number)[] | undefined;
  readonly default: Json | undefined;
  readonly required: boolean;
}

export const PARAMETER_TYPES = ["string", "integer", "number", "boolean", "json"] as const;

export type ParameterType = typeof PARAMETER_TYPES[number];

export type Json = string | number | boolean | null | readonly Json[] | {
  readonly [key: string]: Json;
};
