import type { Connection } from "../../../system.ts";
import type { ByteReader } from "./byte_reader.ts";
import { ProtocolError } from "./protocol_error.ts";

/** How long a line of the handshake may be (bytes): dbus-daemon's own limit. */
const LONGEST_LINE = 16 * 1024;

/** A server names its mechanisms once, and asks for data once. */
const MOST_LINES = 8;

/**
 * Says who we are by SASL EXTERNAL: the kernel tells the other side our user (D-Bus
 * specification, "Authentication Protocol"). Throws {@link ProtocolError}.
 */
export async function authenticate(
  connection: Connection,
  reader: ByteReader,
  uid: number | null,
): Promise<void> {
  const send = (line: string) => connection.write(new TextEncoder().encode(line + "\r\n"));
  // The id as text, in hexadecimal. Where it is another one to the server (a user namespace),
  // it refuses that, and takes the one it sees when none is said.
  const identities = uid === null ? [""] : [" " + hex(String(uid)), ""];
  const offer = () => send(`AUTH EXTERNAL${identities.shift()}`);
  await connection.write(new Uint8Array([0]));
  await offer();
  for (let lines = 0; lines < MOST_LINES; lines++) {
    const [command = ""] = (await reader.line(LONGEST_LINE)).split(" ", 1);
    if (command === "OK") return await send("BEGIN");
    if (command === "DATA") await send("DATA");
    else if (identities.length > 0) await offer();
    else break;
  }
  throw new ProtocolError("The message bus refuses this user");
}

const hex = (text: string) => new TextEncoder().encode(text).toHex();
