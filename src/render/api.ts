import { contentKind, decoderFor, looksBinary } from "../api/content.ts";
import { MOST_READ_BYTES } from "../api/whole.ts";
import type { ApiResult } from "../commands/api.ts";
import type { OutputForm } from "../commands/api_output.ts";
import type { ApiPage } from "../commands/api_pages.ts";
import { isVantageError, VantageError } from "../errors.ts";
import { parseExactly } from "./exact_json.ts";
import { indentJson } from "./json_text.ts";
import { joinedArrays, slurped } from "./json_pages.ts";
import { plain, plainLine } from "./plain.ts";
import type { StreamContext, StreamView } from "./view.ts";

/** What an API answers: on a pipe byte for byte, on a terminal only what it may show. */
export const apiView: StreamView<ApiResult> = {
  async *stream(result, context) {
    if (result.kind === "saved") {
      const { path, bytes, resumedAt } = result.file;
      if (context.json) yield JSON.stringify({ path, bytes, resumed_at: resumedAt }) + "\n";
      return;
    }
    yield* FORMS[result.form.kind](result.pages, result.form as never, context);
  },
};

type Form<K extends OutputForm["kind"]> = Extract<OutputForm, { kind: K }>;
type Pages = AsyncIterable<ApiPage>;
type Parts = AsyncGenerator<Uint8Array | string>;

const FORMS: {
  [K in OutputForm["kind"]]: (pages: Pages, form: Form<K>, context: StreamContext) => Parts;
} = {
  async *body(pages, { include }, context) {
    for await (const page of pages) {
      if (include) yield head(page, context);
      yield* bodyOf(page, context);
    }
  },

  async *pages(pages, { as }, context) {
    const texts = async function* () {
      let first = true;
      for await (const page of pages) {
        // Behind other pages it would only be in their way; the error says what is wrong.
        if (!page.failed) { for (const json of await jsonTextsOf(page)) yield { json }; }
        else if (first) yield* bodyOf(page, context);
        first = false;
      }
    };
    const shown = (text: string) => context.terminal ? indentJson(text, context.style) : text;
    switch (as) {
      case "lines":
        for await (const part of texts()) {
          // In JSON text a line end is never within a string.
          yield isJson(part) ? shown(part.json.replace(/[\r\n]+/g, " ")) + "\n" : part;
        }
        return;
      case "joined":
        return yield* joinedArrays(texts(), shown, { oneDocument: context.json });
      case "slurped":
        return yield* slurped(texts(), shown);
    }
  },

  async *jq(pages, { jq, slurp }, context) {
    const options = { raw: !context.json, indent: context.terminal && !context.json };
    const run = async (text: string) => {
      const output = await jq.run(text, options);
      return context.terminal ? plain(output) : output;
    };
    const slurpedTexts: string[] = [];
    for await (const page of pages) {
      if (page.failed) yield* bodyOf(page, context);
      else if (slurp) slurpedTexts.push(...await jsonTextsOf(page));
      else for (const text of await jsonTextsOf(page)) yield await run(text);
    }
    if (slurp) yield await run(`[${slurpedTexts.join(",")}]`);
  },

  async *records(pages, { jq, ...options }, context) {
    const values: unknown[] = [];
    for await (const page of pages) {
      if (page.failed) {
        yield* bodyOf(page, context);
        continue;
      }
      for (const text of await jsonTextsOf(page)) {
        const results = jq && await jq.run(text, { raw: false, indent: false });
        for (const each of results?.split("\n") ?? [text]) {
          if (each !== "") values.push(parseExactly(each));
        }
      }
    }
    if (values.length === 0) return; // the answer was an error
    const { formatRecords } = await import("./records.ts");
    const { rowsOf } = await import("./rows.ts");
    const [only] = values;
    const value = values.length === 1 ? only : values.flatMap((v) => rowsOf(v, options.rows));
    const { rows: _found, ...rest } = options;
    const text = await formatRecords(value, values.length === 1 ? options : rest, context);
    if (text !== "") yield text + "\n";
  },
};

const isJson = (part: unknown): part is { json: string } =>
  typeof part === "object" && part !== null && "json" in part;

function head({ status, statusText, headers }: ApiPage, { terminal }: StreamContext): string {
  const lines = [`HTTP ${status}${statusText && ` ${statusText}`}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  return lines.map((line) => (terminal ? plainLine(line) : line) + "\n").join("") + "\n";
}

/** Bodies of one JSON text a line. */
const JSON_LINES = /^application\/(?:x-ndjson|ndjson|jsonl|jsonlines|json-lines)\b/i;

/** All of a page's body as JSON texts: one, or none where it is empty. Throws `api_answer`. */
async function jsonTextsOf({ headers, body }: ApiPage): Promise<string[]> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await whole(body)).trim();
    const isLines = JSON_LINES.test(headers.get("content-type") ?? "");
    const texts = (isLines ? text.split("\n") : [text]).filter((each) => each.trim() !== "");
    for (const each of texts) JSON.parse(each);
    return texts;
  } catch (error) {
    if (error instanceof VantageError) throw error;
    throw new VantageError("api_answer", "Cannot read the answer: it is no JSON", {
      hint: "Leave out --jq, --columns, --paginate and the like to see it as it is",
    });
  }
}

/** What is larger is shown line by line, as it comes. */
const MOST_INDENTED_BYTES = 16 * 1024 * 1024;

async function* bodyOf(page: ApiPage, context: StreamContext): Parts {
  if (!context.json && !context.terminal) return yield* page.body;
  try {
    if (context.json) {
      const text = jsonDocument(await whole(page.body), page.headers);
      yield (context.terminal ? indentJson(text, context.style) : text) + "\n";
    } else yield* shownBody(page, context);
  } catch (error) {
    // The error that the answer is goes before one of showing it.
    if (!page.failed || !isVantageError(error, "output_refused")) throw error;
  }
}

/** One JSON document of any body: JSON as it is, a text as a string. Throws `output_refused`. */
function jsonDocument(bytes: Uint8Array, headers: Headers): string {
  if (bytes.length === 0) return "null";
  const kind = contentKind(headers);
  if (kind === "binary" || kind === "unknown" && looksBinary(bytes)) throw binary(headers);
  const text = decoderFor(headers).decode(bytes);
  if (kind !== "json" && kind !== "unknown") return JSON.stringify(text);
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}

async function* shownBody({ headers, body }: ApiPage, { style }: StreamContext): Parts {
  let kind = contentKind(headers);
  if (kind === "binary") throw binary(headers);
  const decoder = decoderFor(headers);
  let pending = "";
  let size = 0;
  for await (const chunk of body) {
    if (size === 0 && kind === "unknown" && looksBinary(chunk)) throw binary(headers);
    size += chunk.length;
    pending += decoder.decode(chunk, { stream: true });
    if (kind === "unknown") kind = /^\s*[[{]/.test(pending) ? "json" : "text";
    if (kind === "json" && size <= MOST_INDENTED_BYTES) continue;
    const end = pending.lastIndexOf("\n") + 1 ||
      (pending.length > LONGEST_LINE ? pending.length : 0);
    yield plain(pending.slice(0, end));
    pending = pending.slice(end);
  }
  pending += decoder.decode();
  if (pending === "") return;
  const text = kind === "json" && size <= MOST_INDENTED_BYTES
    ? indented(pending, style)
    : plain(pending);
  yield text.endsWith("\n") ? text : text + "\n"; // a prompt behind it would be hard to see
}

const LONGEST_LINE = 64 * 1024;

function indented(text: string, style: StreamContext["style"]): string {
  try {
    JSON.parse(text);
    return indentJson(text, style);
  } catch {
    return plain(text);
  }
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_READ_BYTES) throw tooLarge();
    chunks.push(chunk.slice()); // the chunk is only lent
  }
  if (chunks.length === 1) return chunks[0]!;
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const tooLarge = () =>
  new VantageError("api_answer", "The answer is too large to be read whole", {
    hint: "Leave out --json: more than 64 MiB can only be passed on as they are",
  });

const binary = (headers: Headers) =>
  new VantageError(
    "output_refused",
    `The answer is binary (${headers.get("content-type") ?? "of no known type"})`,
    { hint: "Save it with -o FILE, or redirect the output" },
  );
