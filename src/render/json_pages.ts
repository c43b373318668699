import { VantageError } from "../errors.ts";

/** JSON of a page, or what is to be written as it is. */
type Part = { readonly json: string } | Uint8Array | string;
type Parts = AsyncGenerator<Uint8Array | string>;

/**
 * Pages that are arrays as one array, written as they come; others one behind the other, or in an
 * array where there has to be one document.
 */
export async function* joinedArrays(
  parts: AsyncIterable<Part>,
  shown: (text: string) => string,
  { oneDocument }: { readonly oneDocument: boolean },
): Parts {
  let open = false; // "[" has been written
  let filled = false; // and an element
  let others = 0; // pages that were no arrays
  const close = () => {
    if (others > 0) return oneDocument ? "]\n" : "";
    if (!open) return "";
    return filled && shown("[1]").includes("\n") ? "\n]\n" : "]\n";
  };
  for await (const part of closedOnFailure(parts, close)) {
    if (typeof part === "string" || part instanceof Uint8Array) {
      yield part;
      continue;
    }
    const text = part.json;
    if (!text.startsWith("[")) {
      if (open) {
        yield close();
        throw mixed();
      }
      others++;
      yield oneDocument ? (others === 1 ? "[" : ",\n") + shown(text) : shown(text) + "\n";
      continue;
    }
    if (others > 0) {
      yield close();
      throw mixed();
    }
    const elements = text.slice(1, -1).trim();
    if (!open) yield "[";
    open = true;
    if (elements === "") continue;
    // What is indented begins behind its bracket and ends before it.
    yield (filled ? "," : "") + shown(`[${elements}]`).slice(1, -1).trimEnd();
    filled = true;
  }
  yield close();
}

/** What has been written before a failure is JSON all the same. */
async function* closedOnFailure(parts: AsyncIterable<Part>, close: () => string) {
  try {
    yield* parts;
  } catch (error) {
    yield close();
    throw error;
  }
}

/** An array of all pages, written as they come. */
export async function* slurped(parts: AsyncIterable<Part>, shown: (text: string) => string): Parts {
  let count = 0;
  for await (const part of closedOnFailure(parts, () => count > 0 ? "]\n" : "")) {
    if (typeof part === "string" || part instanceof Uint8Array) yield part;
    else yield (count++ === 0 ? "[" : ",\n") + shown(part.json);
  }
  if (count > 0) yield "]\n";
}

const mixed = () =>
  new VantageError("api_answer", "Cannot join the pages: some are arrays and some are not", {
    hint: "Use --slurp to get an array of pages",
  });
