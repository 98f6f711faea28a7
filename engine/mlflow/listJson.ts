import { JsonPieces } from "./route.ts";

/** Letters of a piece: some milliseconds, after which others get their turn. */
const PIECE = 64 * 1024;

/** A page of a list, in pieces: what each thing looks like is asked for when its piece is made. An empty list is absent. */
export function pageOf<T>(name: string, items: readonly T[], shape: (item: T) => object, next: { readonly next_page_token?: string }): JsonPieces {
  return new JsonPieces(pieces(name, items, shape, next));
}

function* pieces<T>(name: string, items: readonly T[], shape: (item: T) => object, next: object): Generator<string> {
  if (items.length === 0) return yield JSON.stringify(next);
  let piece = `{${JSON.stringify(name)}:[`;
  for (const [i, item] of items.entries()) {
    piece += (i === 0 ? "" : ",") + JSON.stringify(shape(item));
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  const rest = JSON.stringify(next).slice(1);
  yield `${piece}]${rest === "}" ? "" : ","}${rest}`;
}
