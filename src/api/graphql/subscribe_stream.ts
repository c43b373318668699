const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * The events of an event stream (WHATWG HTML, 9.2.5), each with the empty line that ends it and
 * unparsed: whoever parses them never holds more than one. Throws what `tooLarge` makes when an
 * event is larger than `most` bytes; one that the stream breaks off in is left out.
 */
export async function* splitEvents(
  body: AsyncIterable<Uint8Array>,
  most: number,
  tooLarge: () => Error,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  const hold = (bytes: Uint8Array) => {
    size += bytes.length;
    if (size > most) throw tooLarge();
    held.push(bytes);
  };
  let lineIsEmpty = true;
  let afterReturn = false;
  for await (const chunk of body) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const endsPair = byte === LINE_FEED && afterReturn;
      afterReturn = byte === CARRIAGE_RETURN;
      if (endsPair) continue;
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        lineIsEmpty = false;
        continue;
      }
      if (lineIsEmpty) {
        hold(chunk.subarray(start, at + 1));
        yield joined(held, size);
        held = [];
        size = 0;
        start = at + 1;
      }
      lineIsEmpty = true;
    }
    hold(chunk.slice(start)); // the chunk is only lent
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
