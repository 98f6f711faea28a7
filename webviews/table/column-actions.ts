import { configEdit } from "../../engine/api/config.ts";
import { hostOpenFile } from "../../engine/api/host.ts";
import type { ColumnId, RunQuery } from "../../engine/api/runs.ts";
import { runsSite, runsSpread, type ColumnSpread } from "../../engine/api/views.ts";
import { rpc } from "../ui/host.ts";

/** How a column's values are spread under a filter: the table's own without what the column's quick filter put there. */
export function columnSpread(query: RunQuery, column: ColumnId, filter: string): Promise<ColumnSpread> {
  const { filter: _, ...others } = query;
  return rpc.request(runsSpread, { query: filter === "" ? others : { ...others, filter }, column });
}

/** Opens the line that logs a metric beside the table. Throws where no run says which. */
async function openSite(query: RunQuery, key: string): Promise<void> {
  const { site } = await rpc.request(runsSite, { query, key });
  if (site === null) throw new Error(`No run says where ${key} is logged: it is known of runs that touchstone.log or the MLflow client logged under Run & track.`);
  await rpc.request(hostOpenFile, { path: site.file, line: site.line, beside: true });
}

/** Says in touchstone.yaml which values of a metric are better: it then holds for everyone. */
function declareDirection(key: string, direction: "up" | "down"): Promise<null> {
  return rpc.request(configEdit, { edits: [{ path: ["metrics", key, "direction"], value: direction }] });
}

/** What the menu of a metric's column can do without the page. */
export async function metricAction(id: string, query: RunQuery, key: string): Promise<void> {
  if (id === "site") await openSite(query, key);
  else if (id === "up" || id === "down") await declareDirection(key, id);
}
