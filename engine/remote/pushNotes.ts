import { createHash } from "node:crypto";
import type { KeyValue } from "../importers/records.ts";
import { parts, TAG_LENGTH } from "./pushed.ts";

/** On the server: what of a thing's values was sent last, and what was made beside it. Further tags of it end in `.1`, `.2`, … */
const NOTES_TAG = "touchstone.pushed.notes";
/** Characters of the digest of a name or of a value. */
const DIGEST = 8;
const ENTRY = 2 * DIGEST;
const PIECE = Math.floor(TAG_LENGTH / ENTRY);
/** Notes of one thing, in 32 tags at most. What comes after them is not remembered. */
const MOST = 32 * PIECE;

/**
 * What a push remembers of a thing on the server, in tags of the thing itself: so it is forgotten where the thing is, and each push reads
 * it with the thing. A value there that is not the noted one was changed by somebody since.
 */
export class Notes {
  readonly #entries = new Map<string, string>();
  #isChanged = false;

  /** @param there - The tags of the thing there */
  constructor(there: Iterable<readonly [key: string, value: string]>) {
    for (const [key, value] of there) {
      if (!isNotes(key)) continue;
      for (const entry of value.match(/[\w-]{16}/g) ?? []) this.#entries.set(entry.slice(0, DIGEST), entry.slice(DIGEST));
    }
  }

  has(name: string): boolean {
    return this.#entries.has(short(name));
  }

  isOurs(name: string, value: string): boolean {
    return this.#entries.get(short(name)) === short(value);
  }

  set(name: string, value = ""): void {
    if (this.isOurs(name, value) || (this.#entries.size >= MOST && !this.has(name))) return;
    this.#entries.set(short(name), short(value));
    this.#isChanged = true;
  }

  /** Notes that were not taken yet, as tags. */
  take(): KeyValue[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    return [...parts([...this.#entries].map(([name, value]) => name + value), PIECE)].map((piece, at) => ({ key: at === 0 ? NOTES_TAG : `${NOTES_TAG}.${at}`, value: piece.join("") }));
  }

  /**
   * Of values of ours those that are to be sent; they count as sent. What somebody changed or took away there since stays, and is said.
   * @param there - What stands there
   */
  toSend(kind: string, values: readonly KeyValue[], there: ReadonlyMap<string, string>, stays: (key: string) => void): KeyValue[] {
    return values.filter(({ key, value }) => {
      const name = `${kind} ${key}`;
      const stands = there.get(key);
      if (stands !== value && (stands === undefined ? this.has(name) : !this.isOurs(name, stands))) {
        stays(key);
        return false;
      }
      this.set(name, value);
      return stands !== value;
    });
  }
}

export function isNotes(key: string): boolean {
  return key === NOTES_TAG || key.startsWith(`${NOTES_TAG}.`);
}

const short = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, DIGEST);
