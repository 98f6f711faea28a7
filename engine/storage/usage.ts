import { join } from "node:path";
import type { StorageExperiment, StorageKind, StorageUsage } from "../api/storage.ts";
import { directoryBytes } from "../platform/directories.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import type { Store } from "../store/store.ts";
import { RunSizes } from "./sizes.ts";

/** What the store takes on the disk, by kind, by experiment and by run. @param artifactRoot where contents are kept. */
export async function storageOf(store: Store, table: RunTable, artifactRoot: string, most: number): Promise<StorageUsage> {
  const rows = table.newestFirst();
  const sizes = await RunSizes.read(store, table, rows);
  const experiments = new Map<string, { -readonly [K in keyof StorageExperiment]: StorageExperiment[K] }>();
  for (const row of rows) {
    const experimentId = table.experimentId(row);
    let sum = experiments.get(experimentId);
    if (sum === undefined) {
      const name = table.experiments.get(table.run(row).experimentId)?.name ?? experimentId;
      experiments.set(experimentId, (sum = { experimentId, name, runs: 0, bytes: 0, artifacts: 0, logs: 0, points: 0 }));
    }
    const of = sizes.of(row);
    sum.runs++;
    for (const key of ["bytes", "artifacts", "logs", "points"] as const) sum[key] += of[key];
  }
  const kinds = await byKind(store, artifactRoot);
  return {
    bytes: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
    shrinks: store.read.storage.database().shrinks,
    kinds,
    experiments: [...experiments.values()].sort((a, b) => b.bytes - a.bytes || b.points - a.points || (a.name < b.name ? -1 : 1)),
    runs: sizes.largest(rows, most),
  };
}

async function byKind(store: Store, artifactRoot: string): Promise<{ kind: StorageKind; bytes: number }[]> {
  const { used, free } = store.read.storage.database();
  const artifacts = new Map<string, number>();
  for (const { digest, bytes } of store.read.storage.contents()) artifacts.set(digest, bytes);
  const code = new Map<string, number>();
  for (const { digest, bytes } of store.read.storage.blobs()) if (!artifacts.has(digest)) code.set(digest, bytes);
  const sum = (sizes: Iterable<number>): number => [...sizes].reduce((all, bytes) => all + bytes, 0);
  const [inUse, ofCode] = [sum(artifacts.values()), sum(code.values())];
  const shelves = await Promise.all(["blobs", "incoming"].map((name) => directoryBytes(join(artifactRoot, name))));
  const [logs = 0, cache = 0, backups = 0] = await Promise.all(["launches", "cache", "backups"].map((name) => directoryBytes(join(store.dir, name))));
  return [
    { kind: "metrics and params", bytes: used },
    { kind: "free in the database", bytes: free },
    { kind: "artifacts", bytes: inUse },
    { kind: "code", bytes: ofCode },
    { kind: "logs", bytes: logs },
    { kind: "unreferenced", bytes: Math.max(0, sum(shelves) - inUse - ofCode) },
    { kind: "cache", bytes: cache },
    { kind: "backups", bytes: backups },
  ];
}
