/**
 * The paths of the Unix sockets in a D-Bus address list, in its order (D-Bus specification,
 * "Server Addresses"); an abstract socket's starts with a zero byte. Other transports are left
 * out: over TCP the secrets would cross a network unencrypted. Entries that are not valid are
 * passed over, as the specification wants it of clients.
 */
export function socketPaths(addresses: string, runtimeDir: string | undefined): string[] {
  return addresses.split(";").flatMap((address) => {
    const [, transport, options = ""] = /^([^:]+):(.*)$/s.exec(address) ?? [];
    if (transport !== "unix") return [];
    const path = socketPath(parseOptions(options), runtimeDir);
    return path === undefined ? [] : [path];
  });
}

function socketPath(options: ReadonlyMap<string, string>, runtimeDir: string | undefined) {
  const path = options.get("path");
  const abstract = options.get("abstract");
  if (path?.startsWith("/")) return path;
  if (abstract) return "\0" + abstract;
  if (options.get("runtime") === "yes" && runtimeDir !== undefined) return `${runtimeDir}/bus`;
  return undefined;
}

function parseOptions(text: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const option of text.split(",")) {
    const [, key, value = ""] = /^([^=]+)=(.*)$/s.exec(option) ?? [];
    const plain = unescape(value);
    if (key !== undefined && plain !== undefined) options.set(key, plain);
  }
  return options;
}

/** Bytes are escaped as `%` and two hexadecimal digits. Undefined for a value that names no path. */
function unescape(value: string): string | undefined {
  try {
    const text = decodeURIComponent(value);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}
