import { type BusConnection, BusError } from "./dbus/connection.ts";
import { ProtocolError } from "./dbus/protocol_error.ts";
import type { Value, Variant } from "./dbus/value.ts";

/** What the names of the Secret Service's interfaces and properties start with. */
export const SECRET = "org.freedesktop.Secret";

/** Which kind of object is spoken to: the last part of its interface's name. */
type Kind = "Service" | "Collection" | "Item";

/** A method by its name, what is sent as what, and the signature of the answer. */
type Method = readonly [name: string, sent: string, args: readonly Value[], answer: string];

const NO_SUCH_OBJECT = /\.(NoSuchObject|UnknownObject|UnknownMethod|UnknownInterface)$/;

/** The objects of the Secret Service, wherever it is on the bus. */
export class SecretObjects implements Disposable {
  constructor(readonly bus: BusConnection) {}

  /** Calls a method. Throws what the bus does. */
  call(path: string, kind: Kind, method: Method): Promise<Value[]> {
    return this.#send(path, `${SECRET}.${kind}`, method);
  }

  /** The same; undefined when there is no such object. */
  async callIfThere(path: string, kind: Kind, method: Method): Promise<Value[] | undefined> {
    return await ifThere(this.call(path, kind, method));
  }

  /** A property, whose type is `signature`; undefined when there is no such object. */
  async property(path: string, kind: Kind, name: string, signature: string) {
    const answer = await ifThere(this.#send(
      path,
      "org.freedesktop.DBus.Properties",
      ["Get", "ss", [`${SECRET}.${kind}`, name], "v"],
    ));
    if (answer === undefined) return undefined;
    const variant = answer[0] as Variant;
    if (variant.signature === signature) return variant.value;
    throw new ProtocolError(`The property '${name}' has another type`);
  }

  [Symbol.dispose](): void {
    this.bus.close();
  }

  #send(path: string, iface: string, [member, signature, args, answer]: Method) {
    const destination = "org.freedesktop.secrets";
    return this.bus.call({ destination, path, interface: iface, member, signature, args }, answer);
  }
}

async function ifThere(answer: Promise<Value[]>): Promise<Value[] | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BusError && NO_SUCH_OBJECT.test(error.errorName)) return undefined;
    throw error;
  }
}
