import type { Connection } from "../../system.ts";
import { FileError } from "../../system.ts";
import { socketPaths } from "./dbus/address.ts";
import { BusConnection } from "./dbus/connection.ts";
import type { Keyring } from "./keyring.ts";
import type { KeyringSystem } from "./open_keyring.ts";
import { missing, unusable } from "./problems.ts";
import { SecretCollection } from "./secret_collection.ts";
import { SecretObjects } from "./secret_objects.ts";
import { HOW_TO_START, serviceErrors } from "./secret_service_errors.ts";
import type { TimeLimit } from "./time_limit.ts";

/**
 * Opens the default collection of the Secret Service (freedesktop.org, "Secret Service API"
 * 0.2) on the session's message bus. Throws `store_…`; nobody is ever prompted.
 */
export async function openSecretService(
  system: KeyringSystem,
  { signal, progress }: TimeLimit,
): Promise<Keyring> {
  const connection = await connect(system);
  // Whatever waits for the bus ends with the signal.
  const end = () => connection.close();
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  return await serviceErrors(async () => {
    const bus = await BusConnection.open(connection, system.uid);
    try {
      return await SecretCollection.open(new SecretObjects(bus), progress);
    } catch (error) {
      bus.close();
      throw error;
    }
  });
}

async function connect(system: KeyringSystem): Promise<Connection> {
  // Where no address is given, the session's is the usual one (systemd, elogind).
  const addresses = system.env("DBUS_SESSION_BUS_ADDRESS") ?? "unix:runtime=yes";
  let failure: unknown;
  for (const path of socketPaths(addresses, system.env("XDG_RUNTIME_DIR"))) {
    try {
      return await system.connect(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failure ??= error;
    }
  }
  if (failure instanceof FileError && failure.kind === "denied") {
    throw unusable("the session's message bus belongs to another user", failure);
  }
  throw missing("there is no message bus (D-Bus) of a session", HOW_TO_START, failure);
}
