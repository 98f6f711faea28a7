import { type GroupsWindow, runsGroups, runsMembers, runsSetBaseline } from "../../api/groups.ts";
import { QuietMemory } from "../../platform/memory.ts";
import type { RpcServer } from "../../rpc/server.ts";
import type { Services } from "../../services.ts";
import { declare, declaredScope } from "../declared.ts";
import { rowOf } from "../detail.ts";
import { inTurns, type Steps } from "../turns.ts";
import { groupMembers, groupRuns, groupSteps, windowSteps } from "./window.ts";

/** Lines of one window, at most. */
const MAX_WINDOW = 2_000;
/** What acts on a selection names each run. */
const MAX_MEMBERS = 1_000;

/** The grouped table and its baseline. */
export function registerGroups(rpc: RpcServer, services: Pick<Services, "folder" | "runTable">): void {
  const { folder, runTable: table } = services;
  const memory = new QuietMemory();
  rpc.handle(runsGroups, ({ query, group, columns, open, from, to }, { signal }) => {
    memory.touch();
    const of = declaredScope(services);
    function* steps(): Steps<GroupsWindow> {
      return yield* windowSteps(yield* groupSteps(of, query, group), columns, open, from, Math.min(to, from + MAX_WINDOW));
    }
    return inTurns(steps(), signal);
  });
  rpc.handle(runsMembers, ({ query, group, ids }) => ({
    runIds: groupMembers(groupRuns(declaredScope(services), query, group), ids)
      .slice(0, MAX_MEMBERS)
      .map((row) => table.run(row).runId),
  }));
  rpc.handle(runsSetBaseline, ({ runId }) => {
    if (runId !== null) rowOf(table, runId);
    return declare(rpc, folder, [{ path: ["baseline"], ...(runId === null ? {} : { value: runId }) }]);
  });
}
