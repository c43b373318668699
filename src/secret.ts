const REDACTED = "[redacted]";

// Shorter values are too likely to be ordinary words: hiding them would garble messages.
const SHORTEST_SCRUBBED = 8;

const alive = new Set<WeakRef<Secret>>();

/**
 * A value that must not be seen: it prints, inspects and serialises as `[redacted]`.
 * {@link expose} is the only way out, so a reader can find every use of it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value.length >= SHORTEST_SCRUBBED) alive.add(new WeakRef(this));
  }

  expose(): string {
    return this.#value;
  }

  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#value === this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/**
 * `text` with the value of every living {@link Secret} replaced. A last line of defence for
 * text whose author is not us: a provider may echo a token in its `error_description`.
 */
export function scrub(text: string): string {
  for (const reference of alive) {
    const secret = reference.deref();
    if (!secret) {
      alive.delete(reference);
      continue;
    }
    const value = secret.expose();
    for (const form of new Set([value, encodeURIComponent(value)])) {
      text = text.replaceAll(form, REDACTED);
    }
  }
  return text;
}
