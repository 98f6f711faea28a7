import type { Store } from "../store/store.ts";

/**
 * Gives the database's free room back to the disk, in short steps between which others write; the answer is bytes. A store that was made
 * before files could shrink gives nothing (`rewrite` does). Stopped in between, by whatever, the rest stays free in the file.
 */
export async function giveBack(store: Pick<Store, "read" | "upkeep">, signal: AbortSignal, progress: (bytes: number) => void = () => undefined): Promise<number> {
  if (!store.read.storage.database().shrinks) return 0;
  for (let given = 0; ; ) {
    const bytes = signal.aborted ? 0 : await store.upkeep("giveBack");
    if (bytes === 0) return given;
    given += bytes;
    progress(given);
  }
}
