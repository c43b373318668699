import { Automaton } from "./mask/automaton.ts";
import { secretForms } from "./mask/forms.ts";
import type { Secret } from "./secret.ts";
import type { StreamFilter } from "./system.ts";

/** What is shown in the place of a secret. */
export const MASK = "<concealed>";

/** Makes filters (one a stream) that conceal secrets in all their forms. */
export function maskOf(secrets: Iterable<Secret>): () => StreamFilter {
  const forms = [...secrets].flatMap((secret) => secretForms(secret.expose()));
  const automaton = new Automaton(forms);
  return () => new Mask(automaton);
}

/** A stretch of bytes that a pattern was found in: from `start` up to `end`. */
interface Stretch {
  start: number;
  end: number;
}

/**
 * Replaces each longest stretch of bytes that patterns cover, also where they overlap or touch,
 * by one {@link MASK}. It holds back what could still become a part of a pattern and nothing
 * more, so at most the length of the longest pattern.
 */
class Mask implements StreamFilter {
  readonly #automaton: Automaton;
  readonly #mask = new TextEncoder().encode(MASK);
  #state = 0;
  #held: Uint8Array = new Uint8Array();
  /** Found so far in what is held back, in order, apart from each other. */
  #found: Stretch[] = [];
  /** The last byte that went out was concealed. */
  #concealing = false;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
  }

  push(bytes: Uint8Array): Uint8Array {
    const data = this.#held.length === 0 ? bytes : joined([this.#held, bytes]);
    this.#search(data, this.#held.length);
    const certain = data.length - this.#automaton.undecided[this.#state]!;
    return this.#release(data, certain);
  }

  end(): Uint8Array {
    return this.#release(this.#held, this.#held.length);
  }

  #search(data: Uint8Array, from: number): void {
    const { matched } = this.#automaton;
    let state = this.#state;
    for (let at = from; at < data.length; at++) {
      if (state === 0) {
        while (at < data.length && !this.#automaton.starts(data[at]!)) at++;
        if (at === data.length) break;
      }
      state = this.#automaton.next(state, data[at]!);
      const length = matched[state]!;
      if (length > 0) this.#cover({ start: at + 1 - length, end: at + 1 });
    }
    this.#state = state;
  }

  /** Ends only grow; a longer pattern may swallow what was found before it. */
  #cover(stretch: Stretch): void {
    let last = this.#found.at(-1);
    while (last && last.end >= stretch.start) {
      stretch.start = Math.min(stretch.start, last.start);
      this.#found.pop();
      last = this.#found.at(-1);
    }
    this.#found.push(stretch);
  }

  #release(data: Uint8Array, certain: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let at = 0;
    const copyTo = (end: number) => {
      if (end <= at) return;
      parts.push(data.subarray(at, end));
      this.#concealing = false;
      at = end;
    };
    for (const { start, end } of this.#found) {
      if (start >= certain) break;
      copyTo(start);
      if (!this.#concealing) parts.push(this.#mask);
      this.#concealing = true;
      at = Math.min(end, certain);
    }
    copyTo(certain);
    this.#found = this.#found.filter(({ end }) => end > certain)
      .map(({ start, end }) => ({ start: Math.max(start - certain, 0), end: end - certain }));
    this.#held = data.slice(certain);
    return joined(parts);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
