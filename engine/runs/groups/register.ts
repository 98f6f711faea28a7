import { configChanged, type ConfigEdit } from "../../api/config.ts";
import { type GroupsWindow, runsGroups, runsMembers, runsSetBaseline } from "../../api/groups.ts";
import { runsExport, runsSite, runsSpread, viewsDelete, viewsRename, viewsSave } from "../../api/views.ts";
import { editConfig } from "../../config/edit.ts";
import { loadConfig } from "../../config/load.ts";
import { QuietMemory } from "../../platform/memory.ts";
import type { RpcServer } from "../../rpc/server.ts";
import type { Services } from "../../services.ts";
import { type Baseline, findBaseline } from "../baseline.ts";
import { rowOf } from "../detail.ts";
import { exportLines, writeLines } from "../export.ts";
import { runQuery } from "../query.ts";
import { columnSpread } from "../spread.ts";
import { inTurns, type Steps } from "../turns.ts";
import { deleteView, renameView, saveView } from "../views.ts";
import { groupMembers, groupRuns, groupSteps, type GroupedScope, windowSteps } from "./window.ts";

/** Lines of one window, at most. */
const MAX_WINDOW = 2_000;
/** What acts on a selection names each run. */
const MAX_MEMBERS = 1_000;
/** Runs that are asked where a metric is logged, newest first. */
const MAX_ASKED = 200;

/** The grouped table, its baseline and views, and what a column's menu needs. */
export function registerGroups(rpc: RpcServer, { folder, store, runTable: table }: Pick<Services, "folder" | "store" | "runTable">): void {
  const scope = (): GroupedScope => {
    const { metrics, baseline } = loadConfig(folder).config;
    return { table, declared: metrics, baseline: findBaseline(table, baseline) };
  };
  const edit = (edits: readonly ConfigEdit[]): null => {
    if (edits.length > 0) editConfig(folder, edits);
    rpc.emit(configChanged, null);
    return null;
  };
  const views = () => loadConfig(folder).config.views;

  const memory = new QuietMemory();
  rpc.handle(runsGroups, ({ query, group, columns, open, from, to }, { signal }) => {
    memory.touch();
    const of = scope();
    function* steps(): Steps<GroupsWindow> {
      return yield* windowSteps(yield* groupSteps(of, query, group), columns, open, from, Math.min(to, from + MAX_WINDOW));
    }
    return inTurns(steps(), signal);
  });
  rpc.handle(runsMembers, ({ query, group, ids }) => ({
    runIds: groupMembers(groupRuns(scope(), query, group), ids)
      .slice(0, MAX_MEMBERS)
      .map((row) => table.run(row).runId),
  }));
  rpc.handle(runsSetBaseline, ({ runId }) => {
    if (runId !== null) rowOf(table, runId);
    return edit([{ path: ["baseline"], ...(runId === null ? {} : { value: runId }) }]);
  });
  rpc.handle(viewsSave, ({ view }) => edit(saveView(views(), view)));
  rpc.handle(viewsRename, ({ from, to }) => edit(renameView(views(), from, to)));
  rpc.handle(viewsDelete, ({ name }) => edit(deleteView(views(), name)));

  rpc.handle(runsSpread, ({ query, column }, { signal }) => inTurns(columnSpread(table, runQuery(table, query).rows, column, scope().baseline?.row ?? null), signal));
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
    const { lines, bytes } = await writeLines(file, exportLines(scope(), query, group ?? null, columns, format), signal);
    return { rows: lines - Number(format === "csv"), bytes };
  });
}

/** The baseline that the folder's `touchstone.yaml` names, among the runs as they are now. */
export function currentBaseline({ folder, runTable }: Pick<Services, "folder" | "runTable">): Baseline | null {
  return findBaseline(runTable, loadConfig(folder).config.baseline);
}
