import type { ProgramOutput } from "../../system.ts";
import { NAMESPACE } from "./item_names.ts";
import type { Keyring } from "./keyring.ts";
import type { KeyringSystem } from "./open_keyring.ts";
import { locked, missing, unusable } from "./problems.ts";
import type { TimeLimit } from "./time_limit.ts";

/** macOS's own tool. By its full path: a program of that name on PATH would be given secrets. */
const PROGRAM = "/usr/bin/security";

/** The account that our items carry beside their name, which is the service. */
const ACCOUNT = "vantage";

/**
 * Longest text of an item. It is written in base64 on a line that also holds the name, and of
 * a longer line (4096 bytes with its end) the tool takes the rest for another command.
 */
const LONGEST = 2_000;
const LONGEST_LINE = 4_000;

/** The tool exits with the last 8 bits of its error code (SecBase.h). */
const STATUS = {
  notFound: 44, // errSecItemNotFound -25300
  locked: [
    29, // errSecInteractionRequired -25315
    36, // errSecInteractionNotAllowed -25308
    51, // errSecAuthFailed -25293
  ],
  missing: [
    37, // errSecNoDefaultKeychain -25307
    50, // errSecNoSuchKeychain -25294
    53, // errSecNotAvailable -25291
  ],
};

/**
 * The default keychain of macOS by `security`, whose commands go to its stdin: an argument list
 * is for every user of the machine to see. Throws `store_…`.
 */
export function openKeychain(
  system: KeyringSystem,
  { signal, progress }: TimeLimit,
  program = PROGRAM,
): Keyring {
  async function run(args: readonly string[], stdin?: string): Promise<ProgramOutput> {
    const output = await system.output(program, args, {
      signal,
      ...(stdin !== undefined && { stdin }),
    });
    progress();
    if (!output) throw missing(`'${program}' is missing`, "Put it back");
    if (STATUS.locked.includes(output.status)) throw locked(statusOf(output));
    if (STATUS.missing.includes(output.status)) {
      throw missing("there is no default keychain", "Make one with Keychain Access");
    }
    return output;
  }

  /** The items of these three commands, which hold no secret. */
  const item = (command: string, name: string) => [command, "-a", ACCOUNT, "-s", name];

  async function get(name: string): Promise<string | undefined> {
    const output = await run([...item("find-generic-password", name), "-w"]);
    if (output.status === STATUS.notFound) return undefined;
    const text = decode(output.stdout);
    if (output.status === 0 && text !== undefined) return text;
    throw unusable(`'security' cannot read '${name}'`, statusOf(output));
  }

  return {
    longest: LONGEST,
    get,
    async set(name, text) {
      // -U replaces the item. Names and base64 hold nothing that the tool would take apart.
      const command = [...item("add-generic-password", name), "-U", "-w", encode(text)];
      const line = command.join(" ") + "\n";
      if (line.length > LONGEST_LINE) throw unusable(`the name '${name}' is too long`);
      const output = await run(["-i"], line);
      // Read back, because the tool's exit status says little about commands from stdin.
      if (await get(name) !== text) {
        throw unusable(`'security' did not write '${name}'`, statusOf(output));
      }
    },
    async delete(name) {
      const output = await run(item("delete-generic-password", name));
      if (output.status !== 0 && output.status !== STATUS.notFound) {
        throw unusable(`'security' cannot delete '${name}'`, statusOf(output));
      }
    },
    async list(group = NAMESPACE) {
      const output = await run(["dump-keychain"]); // attributes only, without -d
      if (output.status !== 0) throw unusable("'security' cannot list it", statusOf(output));
      return namesIn(output.stdout).filter((name) => name.startsWith(`${group}/`));
    },
    [Symbol.dispose]() {},
  };
}

/** What to say of a failure: not what was printed, which may quote a command. */
const statusOf = ({ status }: ProgramOutput) => new Error(`'security' exited with ${status}`);

/** The tool prints text that is not plain ASCII in another way; base64 always is. */
const encode = (text: string): string => new TextEncoder().encode(text).toBase64();

function decode(printed: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(printed.trim()));
  } catch {
    return undefined;
  }
}

/** The services of our items in the output of `security dump-keychain`. */
function namesIn(dump: string): string[] {
  const names = new Set<string>();
  for (const entry of dump.split(/^keychain: /m)) {
    const attribute = (name: string) =>
      new RegExp(`^ +"${name}"<blob>="([^"]*)"$`, "m").exec(entry)?.[1];
    const service = attribute("svce");
    if (attribute("acct") === ACCOUNT && service !== undefined) names.add(service);
  }
  return [...names];
}
