import type { CredentialManager } from "../system.ts";
import { CredentialError } from "../system.ts";

// wincred.h and winerror.h
const CRED_TYPE_GENERIC = 1;
/** The credential is kept for this user on this machine, and does not roam. */
const CRED_PERSIST_LOCAL_MACHINE = 2;
const ERROR_NOT_FOUND = 1168;

/** `ERROR_MOD_NOT_FOUND` */
const NO_LIBRARY = 126;

/** `CREDENTIALW` on 64-bit Windows: its size and where its members are (bytes). */
const SIZE = 80;
const AT = { type: 4, target: 8, blobSize: 32, blob: 40, persist: 48, userName: 72 };

const CRED_READ = ["buffer", "u32", "u32", "buffer"] as const;
const CRED_WRITE = ["buffer", "u32"] as const;
const CRED_DELETE = ["buffer", "u32", "u32"] as const;
const CRED_ENUMERATE = ["buffer", "u32", "buffer", "buffer"] as const;

/**
 * The Credential Manager by its functions in advapi32.dll. Each is called on another thread, so
 * that a service which hangs does not stop us; the error code belongs to the thread, so a call
 * that failed is made again on ours, which is known not to hang by then.
 */
export function denoCredentials(): CredentialManager {
  return opened ??= open();
}

/** The libraries stay loaded, so they are opened once. */
let opened: CredentialManager | undefined;

function open(): CredentialManager {
  const { symbols: advapi } = library("advapi32.dll", {
    readAside: { name: "CredReadW", parameters: CRED_READ, result: "i32", nonblocking: true },
    read: { name: "CredReadW", parameters: CRED_READ, result: "i32" },
    writeAside: { name: "CredWriteW", parameters: CRED_WRITE, result: "i32", nonblocking: true },
    write: { name: "CredWriteW", parameters: CRED_WRITE, result: "i32" },
    deleteAside: { name: "CredDeleteW", parameters: CRED_DELETE, result: "i32", nonblocking: true },
    delete: { name: "CredDeleteW", parameters: CRED_DELETE, result: "i32" },
    listAside: {
      name: "CredEnumerateW",
      parameters: CRED_ENUMERATE,
      result: "i32",
      nonblocking: true,
    },
    list: { name: "CredEnumerateW", parameters: CRED_ENUMERATE, result: "i32" },
    free: { name: "CredFree", parameters: ["pointer"], result: "void" },
  });
  const { symbols: kernel } = library("kernel32.dll", {
    lastError: { name: "GetLastError", parameters: [], result: "u32" },
  });

  /** Whether it succeeded; false when there is no such credential. */
  async function succeeds(operation: string, aside: () => Promise<number>, here: () => number) {
    if (await aside() !== 0 || here() !== 0) return true;
    const code = kernel.lastError();
    if (code === ERROR_NOT_FOUND) return false;
    throw new CredentialError(operation, code);
  }

  return {
    async read(name) {
      const target = wide(name);
      const out = new BigUint64Array(memory(8));
      const args = [target, CRED_TYPE_GENERIC, 0, out] as const;
      const found = await succeeds(
        "CredReadW",
        () => advapi.readAside(...args),
        () => advapi.read(...args),
      );
      if (!found) return undefined;
      const credential = pointerIn(out);
      try {
        const view = new Deno.UnsafePointerView(credential);
        const blob = view.getPointer(AT.blob);
        const size = view.getUint32(AT.blobSize);
        if (blob === null || size === 0) return new Uint8Array();
        return new Uint8Array(new Deno.UnsafePointerView(blob).getArrayBuffer(size).slice(0));
      } finally {
        advapi.free(credential);
      }
    },
    async write(name, bytes) {
      const target = wide(name);
      const user = wide("vantage");
      const blob = new Uint8Array(memory(Math.max(1, bytes.length)));
      blob.set(bytes);
      const credential = new DataView(memory(SIZE));
      const address = (at: number, buffer: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>) =>
        credential.setBigUint64(
          at,
          Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)),
          true,
        );
      credential.setUint32(AT.type, CRED_TYPE_GENERIC, true);
      address(AT.target, target);
      credential.setUint32(AT.blobSize, bytes.length, true);
      address(AT.blob, blob);
      credential.setUint32(AT.persist, CRED_PERSIST_LOCAL_MACHINE, true);
      address(AT.userName, user);
      const args = [new Uint8Array(credential.buffer), 0] as const;
      const written = await succeeds(
        "CredWriteW",
        () => advapi.writeAside(...args),
        () => advapi.write(...args),
      );
      // It also keeps alive until here what the structure merely points to.
      for (const buffer of [target, user, blob]) buffer.fill(0);
      if (!written) throw new CredentialError("CredWriteW", ERROR_NOT_FOUND);
    },
    async remove(name) {
      const args = [wide(name), CRED_TYPE_GENERIC, 0] as const;
      await succeeds(
        "CredDeleteW",
        () => advapi.deleteAside(...args),
        () => advapi.delete(...args),
      );
    },
    async list(prefix) {
      const count = new Uint32Array(memory(4));
      const out = new BigUint64Array(memory(8));
      const args = [wide(`${prefix}*`), 0, count, out] as const;
      const found = await succeeds(
        "CredEnumerateW",
        () => advapi.listAside(...args),
        () => advapi.list(...args),
      );
      if (!found) return [];
      const credentials = pointerIn(out);
      try {
        const array = new Deno.UnsafePointerView(credentials);
        return Array.from({ length: count[0] ?? 0 }, (_, index) => {
          const credential = present(array.getPointer(index * 8));
          const target = new Deno.UnsafePointerView(credential).getPointer(AT.target);
          return readWide(present(target));
        });
      } finally {
        advapi.free(credentials);
      }
    },
  };
}

/** By its whole path, so that no library of that name elsewhere is loaded in its place. */
function library<const Symbols extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: Symbols,
) {
  const root = Deno.env.get("SystemRoot") ?? "C:\\Windows";
  try {
    return Deno.dlopen(`${root}\\System32\\${name}`, symbols);
  } catch {
    throw new CredentialError(`Loading ${name}`, NO_LIBRARY);
  }
}

/**
 * Memory for Windows to read or write. By way of an ArrayBuffer, because the content of a small
 * array that is made directly lies where the garbage collector may move it.
 */
const memory = (size: number) => new ArrayBuffer(size);

/** Text as Windows takes it: UTF-16 that ends with a zero. */
function wide(text: string): Uint16Array<ArrayBuffer> {
  const units = new Uint16Array(memory(2 * (text.length + 1)));
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  return units;
}

function readWide(pointer: Deno.PointerObject): string {
  const view = new Deno.UnsafePointerView(pointer);
  let text = "";
  for (let at = 0;; at += 2) {
    const unit = view.getUint16(at);
    if (unit === 0) return text;
    text += String.fromCharCode(unit);
  }
}

const pointerIn = (out: BigUint64Array) => present(Deno.UnsafePointer.create(out[0] ?? 0n));

function present(pointer: Deno.PointerValue): Deno.PointerObject {
  if (pointer === null) throw new CredentialError("Credential Manager", 0);
  return pointer;
}
