/** What tests say to those who subscribe to `announced`. */
export class Announcements {
  readonly #listeners = new Set<Listener>();
  #news = Promise.withResolvers<void>();

  /** Says something to everybody who listens now. */
  announce(...texts: string[]): void {
    for (const listener of this.#listeners) texts.forEach((text) => listener.push(text));
  }

  /** Has said everything: subscriptions are complete. */
  end(): void {
    for (const listener of this.#listeners) listener.return();
  }

  /** Waits until so many listen. */
  async listened(count = 1): Promise<void> {
    while (this.#listeners.size !== count) await this.#news.promise;
  }

  listen(): AsyncIterableIterator<{ announced: string }> {
    const listener = new Listener(() => {
      this.#listeners.delete(listener);
      this.#change();
    });
    this.#listeners.add(listener);
    this.#change();
    return listener;
  }

  #change(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

type Step = IteratorResult<{ announced: string }, undefined>;

/** No generator: one that waits for the next text cannot be ended. */
class Listener implements AsyncIterableIterator<{ announced: string }> {
  readonly #texts: string[] = [];
  readonly #leave: () => void;
  #waiting: ((step: Step) => void) | undefined;
  #ended = false;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#wake();
  }

  next(): Promise<Step> {
    const { promise, resolve } = Promise.withResolvers<Step>();
    this.#waiting = resolve;
    this.#wake();
    return promise;
  }

  return(): Promise<Step> {
    this.#ended = true;
    this.#leave();
    this.#wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const announced = this.#texts.shift();
    if (announced === undefined && !this.#ended) return;
    this.#waiting = undefined;
    waiting(
      announced === undefined ? { done: true, value: undefined } : {
        done: false,
        value: { announced },
      },
    );
  }
}

const all = new WeakMap<object, Announcements>();

/** Those of one API, by its state. */
export function announcementsOf(state: object): Announcements {
  const found = all.get(state) ?? new Announcements();
  all.set(state, found);
  return found;
}
