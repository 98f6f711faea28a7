import { join } from "node:path";
import type { Store } from "../store/store.ts";

/** Evaluations of more rows are compared while their files are what they were, and not kept beyond. */
export const MOST_ROWS = 3_000_000;
/** Snapshots kept, the newest. */
export const MOST_KEPT = 100;

/** Where the snapshot of an evaluation lies: it may be deleted at any time. */
export function snapshotFile(store: Pick<Store, "dir">, evaluationId: string): string {
  return join(store.dir, "cache", "evaluations", `${evaluationId.replace(/[^0-9a-z]/gi, "")}.bin`);
}
