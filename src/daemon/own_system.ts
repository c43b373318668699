import type { System } from "../system.ts";

/** Variables of ours that say where things are on this machine. */
const OF_THE_MACHINE = ["VANTAGE_HOME", "VANTAGE_SOCKET", "VANTAGE_CA_FILE"];

/**
 * Whether a variable is for the daemon too. The others of ours speak for the profile in use of
 * one command: a client secret that was exported for a job must not be sent for every account.
 */
export const isForDaemon = (variable: string): boolean =>
  !variable.startsWith("VANTAGE_") || OF_THE_MACHINE.includes(variable);

/** The system without what is meant for a single command. */
export const daemonSystem = (system: System): System => ({
  ...system,
  env: (name) => isForDaemon(name) ? system.env(name) : undefined,
});
