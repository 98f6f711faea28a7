import type { Store } from "../store/store.ts";
import { RunTable } from "./columns/runTable.ts";

/** The runs of a store in memory, kept current by its commits; `changed` hears which rows look different. */
export function openRunTable(store: Store, changed: (rows: ReadonlySet<number>, added: readonly string[]) => void = () => undefined): RunTable {
  const table = new RunTable();
  table.load(store.read);
  store.onChange((change) => {
    const { rows, added } = table.apply(change);
    changed(rows, added);
  });
  return table;
}
