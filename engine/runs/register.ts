import {
  type Cell,
  type ColumnId,
  type Curve,
  type RunQuery,
  artifactsList,
  artifactsRead,
  experimentsList,
  metricCurves,
  runsAnswer,
  runsChanged,
  runsDelete,
  runsGet,
  runsKeys,
  runsPositions,
  runsRestore,
  runsUpdate,
  runsWindow,
} from "../api/runs.ts";
import type { GroupBy } from "../api/groups.ts";
import { QuietMemory } from "../platform/memory.ts";
import type { RpcServer } from "../rpc/server.ts";
import type { Services } from "../services.ts";
import { brief } from "./answer.ts";
import { runHead, tableColumn } from "./cells.ts";
import { ChangeFeed } from "./changes.ts";
import { readCurve } from "./curves.ts";
import { rowOf, runDetail } from "./detail.ts";
import { listExperiments } from "./experiments.ts";
import { type DeclaredMetric, runKeys } from "./keyMetrics.ts";
import { NonFiniteWatch } from "./nonFinite.ts";
import { runQuery, scopeRows } from "./query.ts";
import { loadConfig } from "../config/load.ts";
import { currentBaseline } from "./declared.ts";
import { registerGroups } from "./groups/register.ts";
import { registerTable } from "./tableRequests.ts";
import { singly } from "./groups/partition.ts";
import { groupId, groupSteps, standsAlone } from "./groups/window.ts";
import { type AnswerScope, type Rows, bestOfColumns, tableAnswer } from "./tableAnswer.ts";
import { inTurns, type Steps } from "./turns.ts";

/** Rows of one window, at most; a page shows some dozen. */
const MAX_WINDOW = 2_000;
const MAX_READ = 1024 * 1024;

/** Requests about runs, answered from the columns in memory; details come from the store. */
export function registerRuns(rpc: RpcServer, services: Services, declared: () => readonly DeclaredMetric[]): void {
  const { store, artifacts, elsewhere, launches, runTable: table } = services;
  const baselineRow = (): number | null => currentBaseline(services)?.row ?? null;
  registerGroups(rpc, services);
  registerTable(rpc, services);
  const feed = new ChangeFeed(table, baselineRow, (changed) => rpc.emit(runsChanged, changed));
  table.signs.onSilence((runKey) => feed.again(runKey));
  const nonFinite = new NonFiniteWatch(table, declared);
  store.onChange((change) => {
    feed.take(change);
    for (const { runKey, origin } of change.latest) {
      const row = origin === "client" ? table.rowOfKey(runKey) : undefined;
      const launch = row === undefined ? undefined : table.launch(row);
      if (launch) launches.heard(launch.launchId);
    }
    for (const { title, metric, value, step, ...run } of nonFinite.look(change)) {
      launches.alert({ ...run, kind: "nan", title: `${title}: ${metric} is ${brief(value)}`, text: `at step ${step}`, metric });
    }
  });

  const memory = new QuietMemory();
  rpc.handle(runsWindow, ({ query, columns, from, to }) => {
    memory.touch();
    const baseline = baselineRow();
    const { total, rows } = runQuery(table, query, baseline);
    const start = Math.max(0, Math.min(from, rows.length));
    const shown = [...rows.subarray(start, Math.max(start, Math.min(to, start + MAX_WINDOW)))];
    const cells: Record<ColumnId, readonly Cell[]> = {};
    for (const id of columns) {
      const { cell } = tableColumn(table, id, baseline);
      cells[id] = shown.map(cell);
    }
    return { total, matched: rows.length, from: start, runIds: shown.map((row) => table.run(row).runId), columns: cells, heads: shown.map((row) => runHead(table, row)) };
  });
  rpc.handle(runsKeys, ({ query }) => runKeys(table, query.filter === undefined ? scopeRows(table, query) : runQuery(table, query).rows, declared()));
  rpc.handle(runsAnswer, ({ query, columns, group }, { signal }) => {
    const { config } = loadConfig(services.folder);
    const scope: AnswerScope = { table, declared: declared(), baseline: currentBaseline(services), baselineDeclared: config.baseline !== null };
    return inTurns(answerSteps(scope, query, columns, group), signal);
  });
  rpc.handle(runsPositions, ({ query, runIds }) => {
    const places = new Map<number, number>();
    runQuery(table, query, baselineRow()).rows.forEach((row, i) => places.set(row, i + 1));
    return { positions: runIds.map((id) => places.get(table.row(id) ?? -1) ?? null) };
  });
  rpc.handle(runsGet, ({ runId }) => runDetail(table, store.read, runId, declared()));
  rpc.handle(experimentsList, ({ view }) => ({ experiments: listExperiments(table, view ?? "active", declared()) }));

  rpc.handle(runsUpdate, async ({ runIds, name, note, starred, setTags, deleteTags }) => {
    const present = runIds.filter((id) => rowOf(table, id) >= 0);
    await elsewhere.change({ runIds: present, ...(name === undefined ? {} : { name }), ...(note === undefined ? {} : { note }), ...(setTags === undefined ? {} : { setTags }), ...(deleteTags === undefined ? {} : { deleteTags }) });
    return store.write("run.update", {
      runIds: present,
      ...(name === undefined ? {} : { name, nameFrom: "person" }),
      ...(note === undefined ? {} : { note }),
      ...(starred === undefined ? {} : { starred }),
      ...(setTags === undefined ? {} : { setTags: Object.entries(setTags).map(([key, value]) => ({ key, value })) }),
      ...(deleteTags === undefined ? {} : { deleteTags }),
    });
  });
  const setDeleted = async (runIds: readonly string[], deleted: boolean): Promise<null> => {
    await elsewhere.change({ runIds, deleted });
    return store.write("run.update", { runIds, deleted });
  };
  rpc.handle(runsDelete, ({ runIds }) => setDeleted(runIds, true));
  rpc.handle(runsRestore, ({ runIds }) => setDeleted(runIds, false));

  rpc.handle(metricCurves, async ({ runIds, ...request }, { signal }) => {
    const curves: Curve[] = [];
    const lacking = await elsewhere.curve(runIds, request.key, signal);
    for (const runId of runIds) {
      const lacks = lacking.get(runId);
      curves.push({ ...(await readCurve(table, store.read, rowOf(table, runId), request, signal)), ...(lacks === undefined ? {} : { lacks }) });
    }
    return { curves };
  });

  rpc.handle(artifactsList, async ({ runId, path }, { signal }) => {
    const { runId: id } = table.run(rowOf(table, runId));
    return { entries: (await elsewhere.files(id, path, signal)) ?? artifacts.list({ kind: "run", id }, path) };
  });
  rpc.handle(artifactsRead, async ({ runId, path, offset, length }, { signal }) => {
    await elsewhere.file(runId, path, signal);
    const { data, total, file } = await artifacts.read({ kind: "run", id: runId }, path, offset, Math.min(length, MAX_READ));
    return { data, total, absolutePath: file };
  });
}

/** The table's sentence and its best cells, of runs or of groups. */
function* answerSteps(scope: AnswerScope, query: RunQuery, columns: readonly ColumnId[], group: GroupBy | undefined): Steps<(typeof runsAnswer)["result"]> {
  const { table, baseline } = scope;
  const named = baseline === null ? null : { runId: table.run(baseline.row).runId, title: table.title(baseline.row), runs: baseline.rows.length };
  if (group === undefined) {
    const { rows } = runQuery(table, query);
    yield;
    const best = yield* bestOfColumns(scope, singly(rows), rows.map((_, place) => place), columns);
    return { answer: yield* tableAnswer(scope, rows), best: Object.fromEntries([...best].map(([id, [row = 0]]) => [id, table.run(row).runId])), baseline: named };
  }
  const grouped = yield* groupSteps(scope, query, group);
  const best = yield* bestOfColumns(scope, grouped.groups, grouped.order, columns);
  const idOf = (rows: Rows): string => (standsAlone(grouped, rows.length) ? table.run(rows[0] ?? 0).runId : groupId(table, rows));
  return { answer: yield* tableAnswer(scope, grouped.groups.members), best: Object.fromEntries([...best].map(([id, rows]) => [id, idOf(rows)])), baseline: named };
}
