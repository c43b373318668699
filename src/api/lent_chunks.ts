/** A body is first read in pieces of this size (bytes), which most answers fit in, */
const FIRST_BYTES = 16 * 1024;
/** and in pieces twice as large after each one that came full, up to this. */
const MOST_BYTES = 512 * 1024;

/**
 * The chunks of a body from the network, each good until the next one is asked for: they share
 * their memory. Streams by themselves make new memory for each 64 KiB, with which a large body
 * takes twice as long.
 */
export async function* lentChunks(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  let memory = new ArrayBuffer(FIRST_BYTES);
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(memory));
      if (done) return;
      const isFull = value.length === value.buffer.byteLength;
      yield value;
      const larger = isFull && value.length < MOST_BYTES;
      memory = larger ? new ArrayBuffer(2 * value.length) : value.buffer;
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may have failed
  }
}
