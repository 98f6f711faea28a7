import { TouchstoneError } from "../../api/tokens.ts";
import { experimentReads, isTextId } from "../read/experiments.ts";
import type { ExperimentRecord } from "../records.ts";
import type { Handlers, WriteContext } from "./context.ts";

/** Operations on experiments. */
export function experimentWrites({ db, keys, dirty }: WriteContext) {
  const reads = experimentReads(db);
  const insert = db.prepare<[string, string | null, number, number]>("INSERT INTO experiments (name, script, created, updated) VALUES (?, ?, ?, ?)");
  const place = db.prepare<[string | null, string | null, number]>("UPDATE experiments SET given_id = ?, artifact_location = ? WHERE experiment_id = ?");
  const rename = db.prepare<[string, number]>("UPDATE experiments SET name = ? WHERE experiment_id = ?");
  const touch = db.prepare<[number, number]>("UPDATE experiments SET updated = ? WHERE experiment_id = ?");
  const setDeleted = db.prepare<[number | null, number]>("UPDATE experiments SET deleted = ? WHERE experiment_id = ?");
  const deleteRuns = db.prepare<[number, number]>("UPDATE runs SET deleted = ? WHERE experiment_id = ? AND deleted IS NULL");
  const restoreRuns = db.prepare<[number, number | null]>("UPDATE runs SET deleted = NULL WHERE experiment_id = ? AND deleted = ?");
  const runKeys = db.prepare<[number], { runKey: number }>("SELECT run_key AS runKey FROM runs WHERE experiment_id = ?");
  const putTag = db.prepare<[number, number, string]>(
    "INSERT INTO experiment_tags (experiment_id, key_id, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropTag = db.prepare<[number, number]>("DELETE FROM experiment_tags WHERE experiment_id = ? AND key_id = ?");

  function create(name: string, script: string | null, time: number): number {
    const id = Number(insert.run(name, script, time, time).lastInsertRowid);
    dirty.experiments.add(id);
    return id;
  }

  /** Throws `EXPERIMENT_NOT_FOUND`. */
  function existing(id: string): ExperimentRecord {
    const found = reads.find(id);
    if (!found) throw new TouchstoneError({ code: "EXPERIMENT_NOT_FOUND", message: `No Experiment with id=${id} exists` });
    return found;
  }

  const handlers: Pick<Handlers, "experiment.create" | "experiment.update"> = {
    "experiment.create"(input) {
      if (reads.byName(input.name)) {
        throw new TouchstoneError({ code: "EXPERIMENT_EXISTS", message: `Experiment(name=${input.name}) already exists.` });
      }
      const id = create(input.name, input.script ?? null, input.time);
      const given = input.id !== undefined && isTextId(input.id) && !reads.find(input.id) ? input.id : null;
      if (given !== null || input.artifactLocation !== undefined) place.run(given, input.artifactLocation ?? null, id);
      for (const tag of input.tags) putTag.run(id, keys.of(tag.key), tag.value);
      return { experimentId: given ?? String(id) };
    },
    "experiment.update"(input) {
      const found = existing(input.experimentId);
      const id = found.experimentId;
      if (input.name !== undefined && input.name !== found.name) {
        if (reads.byName(input.name)) throw new TouchstoneError({ code: "EXPERIMENT_EXISTS", message: `Experiment(name=${input.name}) already exists.` });
        rename.run(input.name, id);
      }
      for (const tag of input.setTags ?? []) putTag.run(id, keys.of(tag.key), tag.value);
      for (const key of input.deleteTags ?? []) {
        if (dropTag.run(id, keys.of(key)).changes === 0) {
          throw new TouchstoneError({ code: "TAG_NOT_FOUND", message: `No tag with name: ${key} in experiment with id ${input.experimentId}` });
        }
      }
      if (input.deleted !== undefined) {
        // Runs that go with their experiment carry its time, so that restoring brings back these and no others.
        if (input.deleted) deleteRuns.run(input.time, id);
        else restoreRuns.run(id, found.deleted);
        setDeleted.run(input.deleted ? input.time : null, id);
        for (const row of runKeys.all(id)) dirty.runs.add(row.runKey);
      }
      if (input.name !== undefined || input.deleted !== undefined) touch.run(input.time, id);
      dirty.experiments.add(id);
      return null;
    },
  };

  return {
    handlers,
    existing,
    idOf: reads.idOf,
    /** The experiment of that name; made where there is none, brought back where it was deleted. */
    ensure(name: string, script: string | null, time: number): number {
      const found = reads.byName(name);
      if (!found) return create(name, script, time);
      if (found.deleted !== null) handlers["experiment.update"]({ experimentId: found.id, time, deleted: false });
      return found.experimentId;
    },
  };
}

export type ExperimentWrites = ReturnType<typeof experimentWrites>;
