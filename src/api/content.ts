/** What a body is, as far as showing it goes. */
export type ContentKind = "json" | "text" | "binary" | "unknown";

/** By its media type (RFC 9110, 8.3). */
export function contentKind(headers: Headers): ContentKind {
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "") return "unknown";
  if (/^(?:application|text)\/(?:[\w.+-]+\+)?json$/.test(type)) return "json";
  const isText = type.startsWith("text/") ||
    /[/+](?:xml|yaml|javascript|toml|graphql|x-www-form-urlencoded|x-ndjson|jsonl)$/.test(type) ||
    type === "application/x-yaml" || type === "message/http";
  return isText ? "text" : "binary";
}

/** Whether bytes are none of a text: a NUL is in no text that a terminal shows. */
export const looksBinary = (bytes: Uint8Array): boolean => bytes.includes(0);

/** How a text is encoded, UTF-8 where that is not said or not known. */
export function decoderFor(headers: Headers): TextDecoder {
  const label = /charset="?([^\s";]+)/i.exec(headers.get("content-type") ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
