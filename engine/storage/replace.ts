import { existsSync, lstatSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { exchange } from "./exchange.ts";

const KEPT = ".touchstone-before-";

/**
 * Puts another store in the place of the one that is open, once that one is closed. What stood there is kept beside it, under a name that
 * `backTo` knows; nothing is ever removed.
 */
export class Replacement {
  readonly #folder: string;
  #next: { readonly from: string; readonly kept: string } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `staging` holds the other store as `.touchstone`. Gives the path under which the present one is kept. */
  unpacked(staging: string): string {
    return this.#plan(join(staging, ".touchstone"));
  }

  /** The other one is a store that was kept before. Throws `STORE_MISSING`. */
  backTo(kept: string): string {
    const from = join(this.#folder, basename(kept));
    const there = basename(kept).startsWith(KEPT) && lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true && existsSync(join(from, "touchstone.db"));
    if (!there) throw new TouchstoneError({ code: "STORE_MISSING", message: `${basename(kept)} is no store that was kept in this folder.`, file: from });
    return this.#plan(from);
  }

  /** For when the store is closed. Throws what the system says; then the store stands where it stood. */
  async perform(): Promise<void> {
    if (this.#next === null) return;
    const { from, kept } = this.#next;
    await exchange(this.#folder, { from: relative(this.#folder, from), kept: basename(kept) });
  }

  #plan(from: string): string {
    const stamp = new Date().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
    let kept = join(this.#folder, KEPT + stamp);
    for (let n = 2; existsSync(kept); n++) kept = join(this.#folder, `${KEPT}${stamp}-${n}`);
    this.#next = { from, kept };
    return kept;
  }
}
