import type { Answer, RecordedRequest } from "./faults.ts";

/**
 * Holds one request until the test lets it go, so that a test can act at an exact moment: kill
 * the client while its refresh token has been used up and the new one is not yet delivered.
 */
export class Gate {
  readonly #arrival = Promise.withResolvers<RecordedRequest>();
  readonly #way = Promise.withResolvers<Answer | "on" | "close">();

  /** Resolves when a request is held. */
  readonly arrived: Promise<RecordedRequest> = this.#arrival.promise;

  /** Lets the request go on; with `answer`, sends that instead; with "close", drops it. */
  release(answer: Answer | "close" | "on" = "on"): void {
    this.#way.resolve(answer);
  }

  /** For the front: announces `request` and waits for the test's decision. */
  hold(request: RecordedRequest): Promise<Answer | "on" | "close"> {
    this.#arrival.resolve(request);
    return this.#way.promise;
  }
}
