import type { ApiRequest, RequestBody } from "../api/client.ts";
import type { Field, TypedText } from "../api/fields.ts";
import { fieldsObject, fieldsQuery, parseFields } from "../api/fields.ts";
import type { Reach } from "../api/target.ts";
import { targetUrl } from "../api/target.ts";
import { VantageError } from "../errors.ts";
import type { Input, System } from "../system.ts";
import { FileError } from "../system.ts";
import { readNamedFile, requireUtf8, unusable } from "./named_file.ts";

/** What a command line says of a request. */
export interface RequestOptions {
  readonly method?: string | undefined;
  readonly fields: readonly TypedText[];
  /** `name: value` */
  readonly headers: readonly string[];
  /** A file with the body, `-` for stdin. */
  readonly input?: string | undefined;
}

/** RFC 9110, 5.6.2 and 9.1. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Headers that are made from the account and the body. */
const OURS = new Set([
  ...["authorization", "dpop", "host", "content-length", "transfer-encoding", "connection"],
  ...["proxy-authorization", "expect", "upgrade", "keep-alive", "te", "trailer"],
]);

/** What a command reads for the person: files, and stdin, of which there is one. */
export type Given = Pick<System, "files"> & { readonly stdin: Pick<Input, "bytes" | "readAll"> };

/** The same system for arguments that may all name stdin: only one of them can have it. */
export function stdinOnce({ files, stdin }: Pick<System, "files" | "stdin">): Given {
  let isTaken = false;
  const take = () => {
    if (isTaken) {
      throw new VantageError("usage", "Cannot read stdin twice", {
        hint: "Give one of the values in a file",
      });
    }
    isTaken = true;
    return stdin;
  };
  return { files, stdin: { bytes: () => take().bytes(), readAll: () => take().readAll() } };
}

/** The request that a command line means. Throws `usage`, `file_unusable`. */
export async function requestOf(
  system: Given,
  reach: Reach,
  path: string,
  options: RequestOptions,
): Promise<ApiRequest> {
  const url = targetUrl(reach, path);
  const headers = headersOf(options.headers);
  const hasInput = options.input !== undefined;
  const method = methodOf(options.method, options.fields.length > 0 || hasInput);
  const bodiless = method === "GET" || method === "HEAD";
  if (bodiless && hasInput) {
    throw new VantageError("usage", `A ${method} request has no body`, {
      hint: "Leave out --input, or give another method with -X",
    });
  }
  const fields = await parseFields(options.fields, (file) => textOf(system, file));
  const input = hasInput ? await fileBody(system, options.input) : undefined;
  const inQuery = bodiless || hasInput;
  if (inQuery) {
    for (const [name, value] of fieldsQuery(fields)) url.searchParams.append(name, value);
  }
  return {
    method,
    url,
    headers: { accept: "application/json, */*;q=0.8", ...headers },
    body: input ?? (inQuery || fields.length === 0 ? undefined : jsonBody(fields)),
  };
}

function methodOf(given: string | undefined, hasBody: boolean): string {
  if (given === undefined) return hasBody ? "POST" : "GET";
  const method = given.toUpperCase();
  if (TOKEN.test(method) && method !== "CONNECT" && method !== "TRACE") return method;
  throw new VantageError("usage", `Cannot send a request with the method '${given}'`);
}

/** Headers by names in lower case. Throws `usage`. */
export function headersOf(given: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf(":");
    const name = text.slice(0, at).trim().toLowerCase();
    const value = text.slice(at + 1).trim();
    if (at < 1 || !TOKEN.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new VantageError("usage", "Cannot read a header", {
        hint: "Write it as 'name: value'",
      });
    }
    if (OURS.has(name)) {
      throw new VantageError("usage", `Cannot set the header '${name}': vantage does that`, {
        hint: name === "authorization"
          ? "Choose the account with -p or --account; `vantage token --format header` is for others"
          : "Leave it out",
      });
    }
    const earlier = headers.get(name);
    const separator = name === "cookie" ? "; " : ", "; // RFC 6265, 4.2.1
    headers.set(name, earlier === undefined ? value : earlier + separator + value);
  }
  return Object.fromEntries(headers);
}

export function jsonBody(value: readonly Field[] | Readonly<Record<string, unknown>>): RequestBody {
  const text = JSON.stringify(Array.isArray(value) ? fieldsObject(value) : value);
  return {
    contentType: "application/json",
    once: false,
    open: () => Promise.resolve(new Blob([text])),
  };
}

/** A body of this size or less is sent with its length, which some servers insist on. */
const MOST_IN_MEMORY_BYTES = 16 * 1024 * 1024;

/** A body from a file, or from stdin, which is kept as far as it is small. */
async function fileBody(
  { files, stdin }: Given,
  path: string,
): Promise<RequestBody> {
  if (path === "-") return await streamBody(stdin.bytes());
  const attempt = <T>(work: Promise<T>) =>
    work.catch((error) => {
      throw error instanceof FileError ? unusable("read", path, error) : error;
    });
  const facts = await attempt(files.realPath(path).then((real) => files.stat(real)));
  if (facts?.kind === "directory") {
    throw new VantageError("file_unusable", `Cannot read '${path}': it is a directory`, {
      hint: "Name a file, or - for stdin",
    });
  }
  const once = facts?.kind !== "file"; // a named pipe, such as the shell's <(…)
  const open = () => attempt(files.readStream(path));
  if (once || facts.size > MOST_IN_MEMORY_BYTES) return { once, open };
  const blob = await new Response(await open()).blob();
  return { once: false, open: () => Promise.resolve(new Blob([blob])) };
}

async function streamBody(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<RequestBody> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const rest = stream.values();
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    chunks.push(next.value);
    size += next.value.length;
    if (size <= MOST_IN_MEMORY_BYTES) continue;
    const whole = async function* () {
      yield* chunks;
      yield* rest;
    };
    return { once: true, open: () => Promise.resolve(ReadableStream.from(whole())) };
  }
  return { once: false, open: () => Promise.resolve(new Blob(chunks)) };
}

/** The text of a file, `-` for stdin. Throws `file_unusable`. */
export async function textOf({ files, stdin }: Given, path: string) {
  return path === "-"
    ? requireUtf8(await stdin.readAll(), "stdin")
    : await readNamedFile(files, path);
}
