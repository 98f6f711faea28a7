import { join } from "node:path";
import type { Store } from "../store/store.ts";

/** Where the snapshot of an evaluation lies: it may be deleted at any time. */
export function snapshotFile(store: Pick<Store, "dir">, evaluationId: string): string {
  return join(store.dir, "cache", "evaluations", `${evaluationId.replace(/[^0-9a-z]/gi, "")}.bin`);
}
