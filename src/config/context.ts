import type { Person } from "../person.ts";
import type { Secret } from "../secret.ts";
import type { System } from "../system.ts";
import type { AccountId, Definer } from "./account.ts";
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
  /** Puts the client secret of a profile or a provider into its store, in place of an earlier one. */
  saveClientSecret(of: Definer, secret: Secret): Promise<void>;
  /** Removes it from there; nothing happens when there is none. */
  deleteClientSecret(of: Definer): Promise<void>;
  /** Removes everything that is stored of an account: session, tokens and secrets. */
  forget(id: AccountId): Promise<unknown>;
}
