import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";

/** An older store, read where it must not be brought up to date, has no registered models. */
const REGISTRY_SINCE = 7;
/** Nor notes of what is to be removed. */
const REMOVALS_SINCE = 12;
/** `PRAGMA auto_vacuum`. */
const INCREMENTAL = 2;

/** Artifacts of one root of the index. */
export interface RootSize {
  /** `run:<id>`, `model:<id>`, `trace:<id>` */
  readonly root: string;
  readonly bytes: number;
}

/** What a prune has removed from the store and not, for all that is known, from the disk. */
export interface Removal {
  /** `run:<id>`, `model:<id>`, `launch:<id>` */
  readonly owner: string;
  /** The id by which the folder of its artifacts is named; empty for a launch. */
  readonly experiment: string;
}

/** Reads of what takes room. */
export function storageReads(db: Db) {
  const roots = db.prepare<[], RootSize>("SELECT root, sum(bytes) AS bytes FROM artifacts GROUP BY root");
  const points = db.prepare<[], { runKey: number; points: number }>("SELECT run_key AS runKey, sum(points) AS points FROM latest GROUP BY run_key");
  const contents = db.prepare<[], { digest: string; bytes: number; root: string }>("SELECT digest, bytes, root FROM artifacts");
  const blobs = db.prepare<[], { digest: string; bytes: number; launchKey: number }>("SELECT digest, bytes, launch_key AS launchKey FROM launch_blobs");
  const registry = storeVersion(db) >= REGISTRY_SINCE;
  const modelsOf = db.prepare<[string], { modelId: string; registered: number }>(
    `SELECT model_id AS modelId, ${registry ? "EXISTS (SELECT 1 FROM model_versions v WHERE v.model_id = models.model_id AND v.deleted IS NULL)" : "0"}
       OR EXISTS (SELECT 1 FROM run_models m JOIN runs r USING (run_key) WHERE m.model_id = models.model_id AND r.run_id <> models.source_run) AS registered
     FROM models WHERE source_run = ?`,
  );
  const registered = registry ? db.prepare<[], string>("SELECT DISTINCT run_id FROM model_versions WHERE run_id IS NOT NULL AND deleted IS NULL").pluck() : null;
  const models = db.prepare<[], { modelId: string; sourceRun: string }>("SELECT model_id AS modelId, source_run AS sourceRun FROM models WHERE source_run IS NOT NULL");
  const removals = storeVersion(db) >= REMOVALS_SINCE ? db.prepare<[], Removal>("SELECT owner, experiment FROM removals ORDER BY owner") : null;
  const removedLaunch = db.prepare<[string]>("SELECT 1 FROM launches l WHERE launch_id = ? AND run_key IS NULL AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.launch_key = l.launch_key)");
  const pages = db.prepare<[], { pages: number; size: number; free: number; vacuum: number }>(
    "SELECT page_count AS pages, page_size AS size, freelist_count AS free, auto_vacuum AS vacuum FROM pragma_page_count, pragma_page_size, pragma_freelist_count, pragma_auto_vacuum",
  );
  return {
    roots: (): RootSize[] => roots.all(),
    points: (): Map<number, number> => new Map(points.all().map(({ runKey, points: count }) => [runKey, count])),
    /** Which content which root has. */
    contents: (): IterableIterator<{ digest: string; bytes: number; root: string }> => contents.iterate(),
    /** Code and patches of launches. */
    blobs: () => blobs.all(),
    /** Logged models that a run made; `registered`: a version of a registered model is made of it, or another run uses it. */
    modelsOf: (runId: string): { modelId: string; registered: boolean }[] => modelsOf.all(runId).map((row) => ({ modelId: row.modelId, registered: row.registered === 1 })),
    /** The runs of logged models. */
    sourceRuns: (): Map<string, string> => new Map(models.all().map(({ modelId, sourceRun }) => [modelId, sourceRun])),
    /** Runs that versions of registered models name. */
    registeredRuns: (): Set<string> => new Set(registered?.all()),
    removals: (): Removal[] => removals?.all() ?? [],
    /** Whether all of a launch's runs were removed for good: of it nothing but its number stands. */
    isRemovedLaunch: (launchId: string): boolean => removedLaunch.get(launchId) !== undefined,
    /** Bytes of the database's file that are in use, and that are free for what comes next; `shrinks`: these can be given back in steps. */
    database(): { used: number; free: number; shrinks: boolean } {
      const { pages: count, size, free, vacuum } = pages.get() ?? { pages: 0, size: 0, free: 0, vacuum: 0 };
      return { used: (count - free) * size, free: free * size, shrinks: vacuum === INCREMENTAL };
    },
  };
}
