import type { Person } from "../person.ts";
import type { Secret } from "../secret.ts";
import type { System } from "../system.ts";
import type { Config } from "./config_file.ts";
import type { Paths } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** What the commands of `profile` and `config` need of the program around them. */
export interface SettingsApp {
  readonly system: Pick<
    System,
    "env" | "cwd" | "platform" | "pid" | "files" | "clock" | "stdin" | "run"
  >;
  readonly person: Pick<Person, "canAnswer" | "notice" | "warn" | "confirm" | "askSecret">;
  readonly options: { readonly profile?: string | undefined };
  paths(): Paths;
  config(): Promise<Config>;
  profile(): Promise<Profile>;
  /** Puts a profile's client secret into the profile's store, in place of an earlier one. */
  saveClientSecret(profile: string, secret: Secret): Promise<void>;
  /** Removes it from there; nothing happens when there is none. */
  deleteClientSecret(profile: string): Promise<void>;
  /** Removes everything that is stored for a profile: session, tokens and client secret. */
  forget(profile: string): Promise<unknown>;
}
