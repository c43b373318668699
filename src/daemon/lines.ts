/** A line that is longer than it may be: where the next one begins cannot be known. */
export class LineTooLong extends Error {
  override readonly name = "LineTooLong";
}

/** Room for a line that has begun (bytes), to begin with. */
const SMALLEST_BYTES = 256;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;

/** Cuts a stream of bytes into lines, and holds no more than one line of `maxBytes`. */
export class Lines {
  readonly #maxBytes: number;
  /** The line that has begun; one buffer, because it may come byte by byte. */
  #held = new Uint8Array();
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a line has begun that has not ended. */
  get isPartial(): boolean {
    return this.#size > 0;
  }

  /** The lines that `chunk` ends, blank ones left out. Throws {@link LineTooLong} behind the last that fits. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#joined(chunk.subarray(start, end));
      start = end + 1;
      if (!isBlank(line)) yield line;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  /** The last line, where the stream ended without a line end. */
  end(): Uint8Array | undefined {
    const line = this.#joined(new Uint8Array());
    return isBlank(line) ? undefined : line;
  }

  #joined(last: Uint8Array): Uint8Array {
    if (this.#size === 0) {
      this.#check(last.length);
      return last;
    }
    this.#hold(last);
    const line = this.#held.subarray(0, this.#size);
    this.#held = new Uint8Array();
    this.#size = 0;
    return line;
  }

  #hold(part: Uint8Array): void {
    const size = this.#size + part.length;
    this.#check(size);
    if (size > this.#held.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * size, SMALLEST_BYTES), this.#maxBytes));
      larger.set(this.#held.subarray(0, this.#size));
      this.#held = larger;
    }
    this.#held.set(part, this.#size);
    this.#size = size;
  }

  #check(size: number): void {
    if (size > this.#maxBytes) {
      throw new LineTooLong(`A line has more than ${this.#maxBytes} bytes`);
    }
  }
}

const isBlank = (line: Uint8Array): boolean =>
  line.every((byte) => byte === RETURN || byte === SPACE || byte === TAB);
