import type { Store } from "../store/store.ts";
import { RunTable } from "./columns/runTable.ts";

/** The runs of a store in memory, kept current by its commits: listeners that come after see it up to date. */
export function openRunTable(store: Store): RunTable {
  const table = new RunTable();
  table.load(store.read);
  store.onChange((change) => table.apply(change));
  return table;
}
