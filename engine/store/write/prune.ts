import { experimentReads } from "../read/experiments.ts";
import { modelReads } from "../read/models.ts";
import { runReads } from "../read/runs.ts";
import type { Handlers, WriteContext } from "./context.ts";

/** What goes with a run: every table that has rows of it. */
const tablesOfRun = ["metrics", "latest", "params", "tags", "run_datasets", "run_models", "model_metrics", "curve_blocks", "curve_backlog", "source_runs"];

/** Runs that are removed for good. */
export function pruneWrites({ db, dirty }: WriteContext): Pick<Handlers, "run.prune" | "storage.removed"> {
  const [reads, models, experiments] = [runReads(db), modelReads(db), experimentReads(db)];
  const clear = tablesOfRun.map((name) => db.prepare<[number]>(`DELETE FROM ${name} WHERE run_key = ?`));
  // Whoever follows a source of it would bring it back, empty, as its values were read already.
  const bury = db.prepare<[number]>("INSERT OR REPLACE INTO source_items (source_key, kind, key, digest) SELECT source_key, 'pruned', key, '' FROM source_runs WHERE run_key = ?");
  const dropArtifacts = db.prepare<[string]>("DELETE FROM artifacts WHERE root = ?");
  const dropModel = db.prepare<[string]>("DELETE FROM models WHERE model_id = ?");
  const orphan = db.prepare<[number]>("UPDATE runs SET parent_key = NULL WHERE parent_key = ?");
  const newest = db.prepare<[], number>("SELECT max(coalesce((SELECT max(run_key) FROM runs), 0), (SELECT last_run FROM pruned))").pluck();
  const drop = db.prepare<[number]>("DELETE FROM runs WHERE run_key = ?");
  const keepNumber = db.prepare<[number]>("UPDATE pruned SET last_run = ?");
  const note = db.prepare<[string, string]>("INSERT OR REPLACE INTO removals (owner, experiment) VALUES (?, ?)");
  const forget = db.prepare<[string]>("DELETE FROM removals WHERE owner = ?");
  // The launches of a resumed run's earlier sessions have no run but this one.
  const launchesOf = db.prepare<[number, number | null], number>("SELECT launch_key FROM launches WHERE run_key = ? OR launch_key = ?").pluck();
  const ofLaunch = db.prepare<[number], number>("SELECT count(*) FROM runs WHERE launch_key = ?").pluck();
  const launchId = db.prepare<[number], string>("SELECT launch_id FROM launches WHERE launch_key = ?").pluck();
  // The launch's row stays as its number's place; its blobs and files are told by their tables.
  const clearLaunch = ["launch_blobs", "launch_files", "launch_sites", "launch_sources"].map((name) => db.prepare<[number]>(`DELETE FROM ${name} WHERE launch_key = ?`));
  const emptyLaunch = db.prepare<[number]>("UPDATE launches SET packages = '[]', environment = '{}', host = '{}', code = NULL, notes = '[]', log_bytes = 0, run_key = NULL WHERE launch_key = ?");

  return {
    "run.prune"({ runIds, modelIds }) {
      keepNumber.run(newest.get() ?? 0);
      const launches = new Set<number>();
      for (const id of runIds) {
        const run = reads.byId(id);
        if (run === undefined) continue;
        const { runKey } = run;
        bury.run(runKey);
        for (const one of clear) one.run(runKey);
        dropArtifacts.run(`run:${id}`);
        note.run(`run:${id}`, experiments.idOf(run.experimentId));
        orphan.run(runKey);
        drop.run(runKey);
        dirty.runs.add(runKey);
        for (const key of launchesOf.all(runKey, run.launchKey)) launches.add(key);
      }
      for (const id of modelIds) {
        const model = models.byId(id);
        if (model === undefined) continue;
        note.run(`model:${id}`, experiments.idOf(model.experimentId));
        dropArtifacts.run(`model:${id}`);
        dropModel.run(id);
      }
      const left: string[] = [];
      for (const key of launches) {
        if ((ofLaunch.get(key) ?? 0) > 0) continue;
        for (const one of clearLaunch) one.run(key);
        emptyLaunch.run(key);
        const id = launchId.get(key) ?? "";
        note.run(`launch:${id}`, "");
        left.push(id);
      }
      return { launches: left };
    },

    "storage.removed"({ owners }) {
      for (const owner of owners) forget.run(owner);
      return null;
    },
  };
}
