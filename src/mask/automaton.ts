/**
 * The multi-pattern automaton of Aho and Corasick (1975) over bytes. A state stands for the
 * longest end of what was read that begins a pattern. Children are linked lists and not tables,
 * because a table of 256 for each byte of a long token would take a megabyte a kilobyte.
 */
export class Automaton {
  /** The length of what a state stands for. */
  readonly depth: number[] = [0];
  /** The longest pattern that ends in a state, 0 where none does. */
  readonly matched: number[] = [0];
  /** How much of what was read may still become a part of a pattern, by state. */
  readonly undecided: number[] = [0];
  /** The states behind the start, by byte. */
  readonly #first = new Int32Array(256);
  readonly #byte: number[] = [0];
  readonly #child: number[] = [0];
  readonly #sibling: number[] = [0];
  readonly #fallback: number[] = [0];

  constructor(patterns: Iterable<Uint8Array>) {
    for (const pattern of patterns) this.#add(pattern);
    this.#link();
  }

  /** Whether a pattern begins with `byte`. */
  starts(byte: number): boolean {
    return this.#first[byte] !== 0;
  }

  /** The state behind `state` when `byte` is read. */
  next(state: number, byte: number): number {
    while (state !== 0) {
      const child = this.#childOf(state, byte);
      if (child !== 0) return child;
      state = this.#fallback[state]!;
    }
    return this.#first[byte]!;
  }

  #add(pattern: Uint8Array): void {
    let state = 0;
    for (const byte of pattern) {
      state = this.#childOf(state, byte) || this.#newChild(state, byte);
    }
    this.matched[state] = this.depth[state]!;
  }

  #childOf(state: number, byte: number): number {
    if (state === 0) return this.#first[byte]!;
    let child = this.#child[state]!;
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child]!;
    return child;
  }

  #newChild(state: number, byte: number): number {
    const child = this.depth.length;
    this.depth.push(this.depth[state]! + 1);
    this.matched.push(0);
    this.undecided.push(0);
    this.#byte.push(byte);
    this.#child.push(0);
    this.#sibling.push(this.#child[state]!);
    this.#fallback.push(0);
    this.#child[state] = child;
    if (state === 0) this.#first[byte] = child;
    return child;
  }

  /** Breadth first: what a state falls back to is shorter, and so has been linked before. */
  #link(): void {
    const queue = [0];
    for (const state of queue) {
      const fallback = this.#fallback[state]!;
      const leads = state !== 0 && this.#child[state] !== 0;
      this.undecided[state] = leads ? this.depth[state]! : this.undecided[fallback]!;
      this.matched[state] ||= this.matched[fallback]!;
      for (let child = this.#child[state]!; child !== 0; child = this.#sibling[child]!) {
        queue.push(child);
        if (state !== 0) this.#fallback[child] = this.next(fallback, this.#byte[child]!);
      }
    }
  }
}
