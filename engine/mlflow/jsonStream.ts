import { setImmediate } from "node:timers/promises";

/**
 * A body of pieces: whole where there is one piece, else a stream that makes the next piece when the client has taken
 * the one before and others had their turn. So a large answer neither fills the memory nor holds up anybody.
 */
export function jsonStream(pieces: Iterator<string>): string | ReadableStream<Uint8Array> {
  const first = pieces.next();
  const second = pieces.next();
  if (second.done === true) return first.done === true ? "" : first.value;
  const encoder = new TextEncoder();
  const waiting = [first, second];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await setImmediate();
        const piece = waiting.shift() ?? pieces.next();
        if (piece.done === true) controller.close();
        else controller.enqueue(encoder.encode(piece.value));
      },
    },
    { highWaterMark: 0 },
  );
}
