import { createHash } from "node:crypto";
import type { RunStatus } from "../api/runs.ts";
import type { PrunePreview, PruneQuery, PruneResult } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import { runQuery } from "../runs/query.ts";
import type { Store } from "../store/store.ts";
import { giveBack } from "./giveBack.ts";
import { finishRemovals } from "./removals.ts";
import { RunSizes } from "./sizes.ts";

/** Runs that one transaction removes: their points may be millions, and a training's call waits meanwhile. */
const AT_A_TIME = 10;
const SHOWN = 100;

export interface PruneServices {
  readonly store: Store;
  readonly runTable: RunTable;
  readonly artifacts: Artifacts;
}

interface Found {
  readonly rows: readonly number[];
  readonly running: number;
  readonly registered: number;
  readonly models: readonly string[];
}

/** What a prune would remove, and how many bytes that would free. Throws `EXPRESSION`. */
export async function previewPrune(services: PruneServices, query: PruneQuery): Promise<PrunePreview> {
  const { store, runTable } = services;
  const found = find(services, query);
  const sizes = await RunSizes.read(store, runTable, found.rows);
  const whole = wholeLaunches(runTable, found.rows);
  let [points, logs] = [0, 0];
  for (const row of found.rows) {
    const of = sizes.of(row);
    points += of.points;
    if (whole.has(runTable.run(row).launchKey ?? -1)) logs += of.logs;
  }
  return {
    runs: found.rows.length,
    models: found.models.length,
    points,
    bytes: logs + contentOnlyOf(store, found, runTable),
    running: found.running,
    registered: found.registered,
    servers: ofServers(runTable, found.rows),
    first: sizes.largest(found.rows, SHOWN),
    digest: digestOf(found, runTable),
  };
}

/** Removes for good what the preview with this digest showed. */
export async function prune(services: PruneServices, query: PruneQuery, digest: string, signal: AbortSignal): Promise<PruneResult> {
  const { store, runTable, artifacts } = services;
  const found = find(services, query);
  if (digestOf(found, runTable) !== digest) {
    throw new TouchstoneError({ code: "PRUNE_CHANGED", message: "Other runs are found by now than the preview showed, so nothing was removed.", hint: "Look at the preview again." });
  }
  const before = await previewPrune(services, query);
  const ids = found.rows.map((row) => runTable.run(row).runId);
  let bytes = 0;
  try {
    for (let from = 0; from < ids.length && !signal.aborted; from += AT_A_TIME) {
      const runIds = ids.slice(from, from + AT_A_TIME);
      const modelIds = runIds.flatMap((id) => store.read.storage.modelsOf(id).flatMap(({ modelId, registered }) => (registered ? [] : [modelId])));
      // Every screen hears that they are gone; what is removed is no longer told.
      await store.write("run.update", { runIds, deleted: true });
      await store.write("run.prune", { runIds, modelIds });
    }
  } finally {
    // Also of those that went before a full disk or the like ended it.
    bytes = await finishRemovals({ store, artifacts });
  }
  return { runs: before.runs, models: before.models, points: before.points, bytes, database: await giveBack(store, signal) };
}

function find({ store, runTable }: PruneServices, { filter, deletedOnly }: PruneQuery): Found {
  if (filter.trim() === "" && deletedOnly !== true) throw new TouchstoneError({ code: "FILTER_MISSING", message: "Without a filter every run would go.", hint: "Say which, e.g. `metrics.val_f1 < 0.5`, or take deleted runs only." });
  const registered = store.read.storage.registeredRuns();
  const rows: number[] = [];
  const found = { running: 0, registered: 0 };
  for (const row of runQuery(runTable, { filter, view: deletedOnly === true ? "deleted" : "all" }).rows) {
    const { runId, status } = runTable.run(row);
    // A script that closed its run may go on: its log is written still.
    if (isLive(status) || isLive(runTable.launch(row)?.status)) found.running++;
    else if (registered.has(runId) || store.read.storage.modelsOf(runId).some((model) => model.registered)) found.registered++;
    else rows.push(row);
  }
  return { ...found, rows, models: rows.flatMap((row) => store.read.storage.modelsOf(runTable.run(row).runId).map(({ modelId }) => modelId)) };
}

function isLive(status: RunStatus | undefined): boolean {
  return status === "running" || status === "scheduled";
}

function ofServers(table: RunTable, rows: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const server = table.server(row);
    if (server !== undefined) counts[server] = (counts[server] ?? 0) + 1;
  }
  return counts;
}

function digestOf({ rows, models }: Found, table: RunTable): string {
  const hash = createHash("sha256");
  for (const id of rows.map((row) => table.run(row).runId).sort()) hash.update(`${id}\n`);
  return hash.update([...models].sort().join("\n")).digest("base64url").slice(0, 22);
}

/** Bytes of contents that nothing but these runs, their models and their launches refers to. */
function contentOnlyOf(store: Store, { rows, models }: Found, table: RunTable): number {
  const roots = new Set([...rows.map((row) => `run:${table.run(row).runId}`), ...models.map((id) => `model:${id}`)]);
  const launches = wholeLaunches(table, rows);
  const [own, kept] = [new Map<string, number>(), new Set<string>()];
  const sort = (goes: boolean, digest: string, bytes: number): void => void (goes ? own.set(digest, bytes) : kept.add(digest));
  for (const { digest, bytes, root } of store.read.storage.contents()) sort(roots.has(root), digest, bytes);
  for (const { digest, bytes, launchKey } of store.read.storage.blobs()) sort(launches.has(launchKey), digest, bytes);
  let sum = 0;
  for (const [digest, bytes] of own) if (!kept.has(digest)) sum += bytes;
  return sum;
}

/** Launches all of whose runs are among these: their logs and code go too. */
function wholeLaunches(table: RunTable, rows: readonly number[]): Set<number> {
  const left = new Map<number, number>();
  const count = (row: number, by: number): void => {
    const { launchKey } = table.run(row);
    if (launchKey !== null) left.set(launchKey, (left.get(launchKey) ?? 0) + by);
  };
  for (const row of table.newestFirst()) count(row, 1);
  for (const row of rows) count(row, -1);
  return new Set([...left].flatMap(([key, runs]) => (runs === 0 ? [key] : [])));
}
