import { CredentialError } from "../../system.ts";
import { NAMESPACE } from "./item_names.ts";
import type { Keyring } from "./keyring.ts";
import type { KeyringSystem } from "./open_keyring.ts";
import { missing, unusable } from "./problems.ts";
import type { TimeLimit } from "./time_limit.ts";

/** `CRED_MAX_CREDENTIAL_BLOB_SIZE` (bytes): 5 * 512. */
const LONGEST = 2560;

/** `ERROR_NO_SUCH_LOGON_SESSION`: for a network logon, such as by SSH with a key. */
const NO_LOGON_SESSION = 1312;

/** Opens the Credential Manager of Windows. Throws `store_…`. */
export async function openCredentialManager(
  system: KeyringSystem,
  { signal, progress }: TimeLimit,
): Promise<Keyring> {
  async function attempt<T>(operation: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      const result = await operation();
      progress();
      return result;
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      if (error.code === NO_LOGON_SESSION) {
        throw missing("this logon session has no credentials", "Log in at the desktop", error);
      }
      throw unusable("the Credential Manager refuses", error);
    }
  }

  const credentials = await attempt(() => system.credentials());
  if (!credentials) throw missing("there is no Credential Manager", "Run it on Windows");

  return {
    longest: LONGEST,
    async get(name) {
      const bytes = await attempt(() => credentials.read(name));
      return bytes && new TextDecoder().decode(bytes);
    },
    set: (name, text) => attempt(() => credentials.write(name, new TextEncoder().encode(text))),
    delete: (name) => attempt(() => credentials.remove(name)),
    list: (group = NAMESPACE) => attempt(() => credentials.list(`${group}/`)),
    [Symbol.dispose]() {},
  };
}
