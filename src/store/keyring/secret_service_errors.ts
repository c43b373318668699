import { FileError } from "../../system.ts";
import { BusError } from "./dbus/connection.ts";
import { ProtocolError } from "./dbus/protocol_error.ts";
import { locked, missing, unresponsive, unusable } from "./problems.ts";

export const HOW_TO_START =
  "Start a session with a keyring, such as gnome-keyring, KWallet or KeePassXC";

const NO_SERVICE = /^org\.freedesktop\.DBus\.Error\.(ServiceUnknown|NameHasNoOwner|Spawn\..*)$/;

const NO_ANSWER = /^org\.freedesktop\.DBus\.Error\.(NoReply|Timeout|TimedOut)$/;

/** Runs `work` on the bus; what goes wrong there becomes a `store_…` error. */
export async function serviceErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BusError) throw refusal(error);
    if (error instanceof ProtocolError) throw unusable(lowerFirst(error.message), error);
    if (error instanceof FileError) throw unusable("the message bus closed the connection", error);
    throw error;
  }
}

function refusal(error: BusError) {
  if (NO_SERVICE.test(error.errorName)) {
    return missing("no Secret Service is running", HOW_TO_START, error);
  }
  if (NO_ANSWER.test(error.errorName)) return unresponsive(error);
  if (error.errorName === "org.freedesktop.Secret.Error.IsLocked") return locked(error);
  return unusable("the Secret Service refuses", error);
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
