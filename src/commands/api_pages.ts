import { LOOKED_AT_BYTES, statusError } from "../api/answer_error.ts";
import type { ApiAnswer, ApiClient, ApiRequest } from "../api/client.ts";
import type { Jq } from "../api/jq.ts";
import { nextPage } from "../api/link.ts";
import { resumedBody } from "../api/resumed.ts";
import type { Reach } from "../api/target.ts";
import { wholeAnswer } from "../api/whole.ts";
import { VantageError } from "../errors.ts";

/** One answer, as far as it is shown. */
export interface ApiPage {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** An error status: its body is shown as it is, and the error follows. */
  readonly failed: boolean;
  /** Read by whoever shows it, once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A server that always has another page must not keep us for ever. */
const MOST_PAGES = 100_000;

/** The pages, once what is to be done with them has been found to make sense. */
export async function* checkedPages(
  jq: Jq | undefined,
  pages: AsyncIterable<ApiPage>,
): AsyncGenerator<ApiPage> {
  await jq?.check();
  yield* pages;
}

/** The answer as it comes. Throws its error when it has been shown. */
export async function* singlePage(
  client: ApiClient,
  request: ApiRequest,
): AsyncGenerator<ApiPage> {
  const answer = await client.send(request);
  const beginning = new Beginning();
  try {
    const body = answer.status < 400 ? resumedBody(client, request, answer) : answer.body;
    yield pageOf(answer, beginning.watch(body));
  } finally {
    await answer.cancel();
  }
  if (answer.status >= 400) throw statusError(answer, beginning.bytes());
}

/** Answers that were read whole, page by page where `paginate` says so. */
export async function* wholePages(
  client: ApiClient,
  first: ApiRequest,
  { paginate, reach }: { readonly paginate: boolean; readonly reach: Reach },
): AsyncGenerator<ApiPage> {
  let request = first;
  const seen = new Set([first.url.href]);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await wholeAnswer(client, request);
    yield pageOf(answer, [answer.bytes]);
    if (answer.status >= 400) throw statusError(answer, answer.bytes.subarray(0, LOOKED_AT_BYTES));
    const url = paginate ? await nextPage(answer, reach) : undefined;
    if (!url) return;
    if (seen.has(url.href)) throw comesAgain(url);
    seen.add(url.href);
    request = { ...request, url };
  }
  throw new VantageError("api_answer", `${first.url.origin} has no last page`, {
    hint: `Leave out --paginate; ${MOST_PAGES} pages have been read`,
  });
}

const comesAgain = (url: URL) =>
  new VantageError("api_answer", `The next page of ${url.origin} is one that was there before`, {
    hint: "Leave out --paginate, and ask for the pages yourself",
  });

function pageOf(
  { status, statusText, headers }: Pick<ApiAnswer, "status" | "statusText" | "headers">,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): ApiPage {
  return { status, statusText, headers, failed: status >= 400, body: iterated(body) };
}

async function* iterated(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  yield* body;
}

/** Keeps the first bytes of a body that passes. */
class Beginning {
  readonly #bytes = new Uint8Array(LOOKED_AT_BYTES);
  #length = 0;

  async *watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (this.#length < this.#bytes.length) {
        const part = chunk.subarray(0, this.#bytes.length - this.#length);
        this.#bytes.set(part, this.#length);
        this.#length += part.length;
      }
      yield chunk;
    }
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
