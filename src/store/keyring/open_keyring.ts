import type { System } from "../../system.ts";
import type { Keyring } from "./keyring.ts";
import type { TimeLimit } from "./time_limit.ts";

/** What a keyring needs of the world. */
export type KeyringSystem = Pick<
  System,
  "platform" | "env" | "uid" | "clock" | "files" | "connect" | "output" | "credentials"
>;

/**
 * Opens the keyring of this platform: reachable, unlocked, and without ever asking a person. It is
 * for use within `limit`. Throws `store_…`.
 */
export async function openKeyring(system: KeyringSystem, limit: TimeLimit): Promise<Keyring> {
  switch (system.platform) {
    case "linux": {
      const { openSecretService } = await import("./secret_service.ts");
      return await openSecretService(system, limit);
    }
    case "darwin": {
      const { openKeychain } = await import("./keychain.ts");
      return openKeychain(system, limit);
    }
    case "windows": {
      const { openCredentialManager } = await import("./credential_manager.ts");
      return await openCredentialManager(system, limit);
    }
  }
}
