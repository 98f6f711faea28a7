import { runsGroups, runsMembers, runsSetBaseline } from "../../api/groups.ts";
import { configChanged } from "../../api/config.ts";
import { editConfig } from "../../config/edit.ts";
import { loadConfig } from "../../config/load.ts";
import type { RpcServer } from "../../rpc/server.ts";
import type { Services } from "../../services.ts";
import { type Baseline, findBaseline } from "../baseline.ts";
import { rowOf } from "../detail.ts";
import { groupMembers, groupRuns, groupWindow, type GroupedScope } from "./window.ts";

/** Lines of one window, at most. */
const MAX_WINDOW = 2_000;
/** What acts on a selection names each run. */
const MAX_MEMBERS = 1_000;

/** The grouped table and the baseline. */
export function registerGroups(rpc: RpcServer, { folder, runTable: table }: Pick<Services, "folder" | "runTable">): void {
  const scope = (): GroupedScope => {
    const { metrics, baseline } = loadConfig(folder).config;
    return { table, declared: metrics, baseline: findBaseline(table, baseline) };
  };
  rpc.handle(runsGroups, ({ query, group, columns, open, from, to }) => groupWindow(groupRuns(scope(), query, group), columns, open, from, Math.min(to, from + MAX_WINDOW)));
  rpc.handle(runsMembers, ({ query, group, ids }) => ({
    runIds: groupMembers(groupRuns(scope(), query, group), ids)
      .slice(0, MAX_MEMBERS)
      .map((row) => table.run(row).runId),
  }));
  rpc.handle(runsSetBaseline, ({ runId }) => {
    if (runId !== null) rowOf(table, runId);
    editConfig(folder, [{ path: ["baseline"], ...(runId === null ? {} : { value: runId }) }]);
    rpc.emit(configChanged, null);
    return null;
  });
}

/** The baseline that the folder's `touchstone.yaml` names, among the runs as they are now. */
export function currentBaseline({ folder, runTable }: Pick<Services, "folder" | "runTable">): Baseline | null {
  return findBaseline(runTable, loadConfig(folder).config.baseline);
}
