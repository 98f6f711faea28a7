import { runsExport, runsSite, runsSpread, viewsDelete, viewsRename, viewsSave } from "../api/views.ts";
import { loadConfig } from "../config/load.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { currentBaseline, declare, declaredScope } from "./declared.ts";
import { exportLines, writeLines } from "./export.ts";
import { runQuery } from "./query.ts";
import { columnSpread } from "./spread.ts";
import { inTurns } from "./turns.ts";
import { deleteView, renameView, saveView } from "./views.ts";

/** Runs that are asked where a metric is logged, newest first. */
const MAX_ASKED = 200;

/** What the table asks beside its rows: its views, what a column's menu needs, and its export. */
export function registerTable(rpc: RpcServer, services: Pick<Services, "folder" | "store" | "runTable">): void {
  const { folder, store, runTable: table } = services;
  const views = () => loadConfig(folder).config.views;
  rpc.handle(viewsSave, ({ view }) => declare(rpc, folder, saveView(views(), view)));
  rpc.handle(viewsRename, ({ from, to }) => declare(rpc, folder, renameView(views(), from, to)));
  rpc.handle(viewsDelete, ({ name }) => declare(rpc, folder, deleteView(views(), name)));

  rpc.handle(runsSpread, ({ query, column }, { signal }) => inTurns(columnSpread(table, runQuery(table, query).rows, column, currentBaseline(services)?.row ?? null), signal));
  rpc.handle(runsSite, ({ query, key }) => {
    const values = table.metrics.get(key);
    const having = runQuery(table, query).rows.filter((row) => values?.get(row) != null).slice(0, MAX_ASKED);
    for (const row of having) {
      const { launchKey } = table.run(row);
      const site = launchKey === null ? undefined : store.read.launches.sites(launchKey).get(key);
      if (site !== undefined) return { site };
    }
    return { site: null };
  });
  rpc.handle(runsExport, async ({ query, group, columns, file, format }, { signal }) => {
    const { lines, bytes } = await writeLines(file, exportLines(declaredScope(services), query, group ?? null, columns, format), signal);
    return { rows: lines - Number(format === "csv"), bytes };
  });
}
