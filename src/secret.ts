const REDACTED = "[redacted]";

// Shorter values are too likely to be ordinary words: hiding them would garble messages.
const SHORTEST_SCRUBBED = 8;

/** How many values {@link scrub} knows: far more than a command meets, and a bound for a daemon. */
const MOST_KNOWN = 1_000;

/** Values, not objects: a secret that was collected as garbage may still be in an error's text. */
const known = new Set<string>();

/**
 * A value that must not be seen: it prints, inspects and serialises as `[redacted]`.
 * {@link expose} is the only way out, so a reader can find every use of it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    if (value.length >= SHORTEST_SCRUBBED) remember(value);
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

function remember(value: string): void {
  known.delete(value); // to become the latest
  known.add(value);
  if (known.size <= MOST_KNOWN) return;
  for (const oldest of known) {
    known.delete(oldest);
    return;
  }
}

/**
 * `text` without the value of any {@link Secret} there has been, as it is and as forms and
 * JSON write it. A last line of defence for text whose author is not us: a provider may echo
 * a token in its `error_description`.
 */
export function scrub(text: string): string {
  // The longest first: a value that begins with another one must not leave its end behind.
  for (const value of [...known].sort((a, b) => b.length - a.length)) {
    for (const form of formsOf(value)) text = text.replaceAll(form, REDACTED);
  }
  return text;
}

function formsOf(value: string): Set<string> {
  return new Set([
    value,
    encodeURIComponent(value),
    new URLSearchParams({ _: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
  ]);
}
