import { runsCompare } from "../api/compare.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { RpcServer } from "../rpc/server.ts";
import { runHead } from "../runs/cells.ts";
import { launchInfo, rowOf } from "../runs/detail.ts";
import type { DeclaredMetric } from "../runs/keyMetrics.ts";
import type { Services } from "../services.ts";
import { comparisonAnswer } from "./answer.ts";
import { compareCode } from "./code.ts";
import { compareMetrics } from "./metrics.ts";
import { compareData, compareEnvironment, compareParams } from "./values.ts";

/** Runs side by side. */
export function registerCompare(rpc: RpcServer, services: Services, declared: () => readonly DeclaredMetric[]): void {
  const { store, runTable: table } = services;
  rpc.handle(runsCompare, async ({ runIds, against: wanted }) => {
    const ids = [...new Set(runIds)];
    if (ids.length < 2) throw new TouchstoneError({ code: "COMPARE_NEEDS_TWO", message: "A comparison needs at least two runs.", hint: "Select them in the table with Space." });
    const rows = ids.map((id) => rowOf(table, id));
    const against = Math.max(0, wanted === undefined ? 0 : ids.indexOf(wanted));
    const runs = rows.map((row) => table.run(row));
    const comparison = {
      heads: rows.map((row) => runHead(table, row)),
      against,
      metrics: compareMetrics(table, rows, against, declared()),
      params: compareParams(table, rows),
      code: await compareCode(services, ids, against),
      data: compareData(store.read, runs),
      environment: compareEnvironment(runs.map(({ launchKey }) => launchInfo(store.read, launchKey))),
    };
    return { ...comparison, answer: comparisonAnswer(comparison) };
  });
}
