import { ownTurn } from "../runs/turns.ts";

/** Letters of a piece that took some milliseconds: the next one waits for a turn of its own. */
const LONG_PIECE = 64 * 1024;

/**
 * A body of pieces: whole where there is one short piece, else a stream that makes the next piece when the client has taken
 * the one before and others had their turn. So a large answer neither fills the memory nor holds up anybody.
 */
export function jsonStream(pieces: Iterator<string>): string | ReadableStream<Uint8Array> {
  const first = pieces.next();
  if (first.done === true) return "";
  const waiting = [first];
  if (first.value.length < LONG_PIECE) {
    const second = pieces.next();
    if (second.done === true) return first.value;
    waiting.push(second);
  }
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await ownTurn();
        const piece = waiting.shift() ?? pieces.next();
        if (piece.done === true) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      },
    },
    { highWaterMark: 0 },
  );
}
