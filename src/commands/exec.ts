import type { App } from "../app.ts";
import { VantageError } from "../errors.ts";
import { maskOf } from "../mask.ts";
import { isReference, References } from "../references.ts";
import type { Secret } from "../secret.ts";
import { parseEnvFile } from "./env_file.ts";
import type { Failure } from "./failures.ts";
import { failuresError } from "./failures.ts";
import type { HandOverResult } from "./hand_over.ts";
import { handOver } from "./hand_over.ts";
import { readNamedFile } from "./named_file.ts";

export interface ExecOptions {
  /** Env files; a later one goes before an earlier one, and each before the environment. */
  readonly envFile?: readonly string[] | undefined;
  /** Conceal the values in what the program prints. */
  readonly mask?: boolean | undefined;
}

/** A variable and where it comes from, for an error. */
interface Variable {
  readonly value: string;
  readonly place: string;
}

/**
 * `vantage exec -- CMD...`: runs a program with the references in its environment replaced by
 * their values. Where one has no value nothing is started. Throws `file_unusable`,
 * `env_file_invalid`, `command_not_found`, `command_refused`, and what resolving throws.
 */
export async function exec(
  app: App,
  [program = "", ...args]: readonly string[],
  options: ExecOptions,
): Promise<HandOverResult> {
  const variables = await environmentOf(app, options.envFile ?? []);
  const { env, secrets } = await resolved(app, variables, program);
  const filter = options.mask ? maskOf(secrets) : undefined;
  return await handOver(app, program, args, { env, filter });
}

async function environmentOf(
  { system }: App,
  paths: readonly string[],
): Promise<Map<string, Variable>> {
  const variables = new Map<string, Variable>();
  for (const [name, value] of Object.entries(system.environment())) {
    variables.set(name, { value, place: name });
  }
  for (const path of paths) {
    for (
      const { name, value, line } of parseEnvFile(await readNamedFile(system.files, path), path)
    ) {
      variables.set(name, { value, place: `${name} (${path}:${line})` });
    }
  }
  return variables;
}

async function resolved(app: App, variables: ReadonlyMap<string, Variable>, program: string) {
  const references = new References(app);
  const env: Record<string, string> = {};
  const secrets: Secret[] = [];
  const failures: Failure[] = [];
  const resolve = async ([name, { value, place }]: [string, Variable]) => {
    env[name] = value;
    if (!isReference(value)) return;
    try {
      const secret = await references.resolve(value);
      env[name] = fitForEnvironment(secret);
      secrets.push(secret);
    } catch (error) {
      failures.push({ place, error });
    }
  };
  await Promise.all([...variables].map(resolve));
  app.interrupted.throwIfAborted();
  const order = [...variables.values()].map(({ place }) => place);
  failures.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  if (failures.length > 0) throw failuresError(`Cannot start '${program}'`, failures);
  return { env, secrets };
}

function fitForEnvironment(secret: Secret): string {
  const value = secret.expose();
  if (!value.includes("\0")) return value;
  throw new VantageError("reference_invalid", "The value holds a NUL character", {
    hint: "An environment variable cannot hold it; use `vantage inject` or `vantage resolve`",
  });
}
