import { runsCompare, runsCompareData, runsCompareSlices } from "../api/compare.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Compute } from "../compute/compute.ts";
import type { Evaluations } from "../evaluation/service.ts";
import type { RpcServer } from "../rpc/server.ts";
import { runHead } from "../runs/cells.ts";
import { launchInfo, rowOf } from "../runs/detail.ts";
import type { DeclaredMetric } from "../runs/keyMetrics.ts";
import type { Services } from "../services.ts";
import { comparisonAnswer } from "./answer.ts";
import { compareCode } from "./code.ts";
import { DataContents } from "./content.ts";
import { EndedLaunches } from "./ended.ts";
import { compareEvaluations } from "./evaluated.ts";
import { compareMetrics, sameConfiguration } from "./metrics.ts";
import { unknownOf } from "./unknown.ts";
import { compareData, compareEnvironment, compareParams, withCommand } from "./values.ts";

/** Runs side by side. */
export function registerCompare(rpc: RpcServer, services: Services & { readonly compute: Compute; readonly evaluations: Evaluations }, declared: () => readonly DeclaredMetric[]): void {
  const { store, runTable: table } = services;
  const contents = new DataContents(services);
  const ended = new EndedLaunches(table.launches.values());
  let keeping = Promise.resolve();
  store.onChange(({ launches }) => {
    // One after the other: a hundred launches that end at once must not read a hundred files at once.
    for (const launchId of ended.take(launches)) keeping = keeping.then(() => contents.keep(launchId)).catch((error: unknown) => services.log(`data of ${launchId}: ${String(error)}`));
  });
  rpc.handle(runsCompareSlices, ({ runIds, against }, { signal }) => {
    const { ids, base } = compared(runIds, against);
    return compareEvaluations(services, ids, base, signal);
  });
  rpc.handle(runsCompareData, async ({ runIds, against }, { signal }) => {
    const { ids, base } = compared(runIds, against);
    const data = compareData(store.read, ids.map((id) => table.run(rowOf(table, id))));
    return { files: await contents.compare(data.filter(({ differs }) => differs), base, signal) };
  });
  rpc.handle(runsCompare, async ({ runIds, against: wanted }) => {
    const { ids, base: against } = compared(runIds, wanted);
    const rows = ids.map((id) => rowOf(table, id));
    const runs = rows.map((row) => table.run(row));
    const comparison = {
      heads: rows.map((row) => runHead(table, row)),
      against,
      sameConfiguration: sameConfiguration(table, rows, against),
      metrics: compareMetrics(table, rows, against, declared()),
      params: withCommand(compareParams(table, rows), runs.map(({ launchKey }) => launchInfo(store.read, launchKey)?.command.join(" ") ?? null)),
      code: await compareCode(services, ids, against),
      data: compareData(store.read, runs),
      environment: compareEnvironment(runs.map(({ launchKey }) => launchInfo(store.read, launchKey))),
      unknown: unknownOf(store.read, runs),
    };
    return { ...comparison, answer: comparisonAnswer(comparison) };
  });
}

function compared(runIds: readonly string[], against: string | undefined): { ids: string[]; base: number } {
  const ids = [...new Set(runIds)];
  if (ids.length < 2) throw new TouchstoneError({ code: "COMPARE_NEEDS_TWO", message: "A comparison needs at least two runs.", hint: "Select them in the table with Space." });
  return { ids, base: Math.max(0, against === undefined ? 0 : ids.indexOf(against)) };
}
