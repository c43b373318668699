import type { SettingsApp } from "../../src/config/context.ts";
import type { Config } from "../../src/config/config_file.ts";
import { checkedConfig, loadConfig } from "../../src/config/config_file.ts";
import { resolvePaths } from "../../src/config/paths.ts";
import { resolveProfile } from "../../src/config/profile.ts";
import { isVantageError, type VantageError } from "../../src/errors.ts";
import type { Secret } from "../../src/secret.ts";
import type { System } from "../../src/system.ts";
import { denoSystem } from "../../src/system/deno.ts";

/** The real system, with these variables as its whole environment. */
export function systemWith(
  env: Record<string, string>,
  overrides: Partial<System> = {},
): System {
  return { ...denoSystem(), env: (name) => env[name], ...overrides };
}

/** The error that an operation must end with. */
export async function failure(operation: () => unknown): Promise<VantageError> {
  try {
    await operation();
  } catch (error) {
    if (isVantageError(error)) return error;
    throw error;
  }
  throw new Error("It did not fail");
}

/** Settings, as if they were read from /etc/vantage/config.toml. */
export function configOf(text: string): Promise<Config> {
  return checkedConfig(text, "/etc/vantage/config.toml");
}

/** A directory of its own, removed at the end. */
export class Home implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "vantage-config-" });
  readonly config = `${this.dir}/config.toml`;

  write(text: string): void {
    Deno.writeTextFileSync(this.config, text);
  }

  read(): string {
    return Deno.readTextFileSync(this.config);
  }

  names(): string[] {
    return [...Deno.readDirSync(this.dir)].map((entry) => entry.name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** What commands said and asked, and what they did to the store. */
export interface Recorded {
  readonly notices: string[];
  readonly warnings: string[];
  readonly questions: string[];
  readonly saved: [profile: string, secret: string][];
  readonly deleted: string[];
  readonly forgotten: string[];
}

/** A program around the commands, in a home of its own. */
export function appIn(
  home: Home,
  options: {
    env?: Record<string, string>;
    profile?: string;
    answers?: { confirm?: boolean; secret?: string; stdin?: string };
    canAnswer?: boolean;
    system?: Partial<System>;
  } = {},
): SettingsApp & { recorded: Recorded } {
  const recorded: Recorded = {
    notices: [],
    warnings: [],
    questions: [],
    saved: [],
    deleted: [],
    forgotten: [],
  };
  const real = denoSystem();
  const system = systemWith({ VANTAGE_HOME: home.dir, ...options.env }, {
    stdin: {
      ...real.stdin,
      isTerminal: false,
      readSecret: () => Promise.resolve(options.answers?.stdin),
    },
    ...options.system,
  });
  const person: SettingsApp["person"] = {
    canAnswer: options.canAnswer ?? true,
    notice: (text) => void recorded.notices.push(text),
    warn: (text) => void recorded.warnings.push(text),
    confirm: (question) => {
      recorded.questions.push(question);
      return Promise.resolve(options.answers?.confirm ?? false);
    },
    askSecret: (question) => {
      recorded.questions.push(question);
      return Promise.resolve(options.answers?.secret ?? "");
    },
  };
  const paths = () => resolvePaths(system);
  const config = () => loadConfig(system.files, paths().config);
  return {
    recorded,
    system,
    person,
    options: { profile: options.profile },
    paths,
    config,
    profile: async () => resolveProfile(await config(), system, { profile: options.profile }),
    saveClientSecret: ({ name }, secret: Secret) => {
      recorded.saved.push([name, secret.expose()]);
      return Promise.resolve();
    },
    deleteClientSecret: ({ name }) => {
      recorded.deleted.push(name);
      return Promise.resolve();
    },
    forget: ({ account }) => {
      recorded.forgotten.push(account);
      return Promise.resolve();
    },
  };
}
