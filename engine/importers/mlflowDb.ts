import { basename, dirname } from "node:path";
import { ForeignDatabase, hasTables } from "../store/foreign/database.ts";
import { type DbState, lookOf, stateOf } from "./databaseState.ts";
import { readDbModels, readDbRegistry } from "./mlflowDbModels.ts";
import { readDbRuns } from "./mlflowDbRuns.ts";
import { readDbTraces } from "./mlflowDbTraces.ts";
import { reasonOf } from "./files.ts";
import type { Reader } from "./reader.ts";
import { numberOf, textOf } from "./rows.ts";
import type { KeyValue, SourceRecord } from "./records.ts";

const TABLES = { experiments: ["experiment_id", "lifecycle_stage"], runs: ["run_uuid"], metrics: ["run_uuid"] };

/** MLflow's database, the default since 3.7: mlflow/store/tracking/dbmodels, any version since 1.0. */
export const mlflowDb: Reader = {
  format: "mlflow-db",
  title: "MLflow database",

  async detect(path) {
    return hasTables(path, TABLES) ? { path, confines: dirname(path) } : null;
  },

  async *read(path, from, { signal, follow = false }) {
    const file = basename(path);
    const { look, inode, size } = lookOf(path);
    const before = stateOf(from.get(file), inode);
    if (follow && before.look === look) return;
    const db = new ForeignDatabase(path);
    try {
      const rows: Record<string, { rowid: number; mark: string }> = {};
      const open: string[] = [];
      const parts = [
        () => readExperiments(db),
        () => readDbModels(db, dirname(path)),
        () => readDbRuns(db, dirname(path), { before, follow, rows, open, signal }),
        () => readDbTraces(db, before, follow, rows),
        () => readDbRegistry(db),
      ];
      for (const part of parts) {
        if (signal.aborted) return;
        yield* guarded(part, file);
      }
      yield { k: "offset", file, inode, offset: size, state: JSON.stringify({ look, rows, open } satisfies DbState) };
    } finally {
      db.close();
    }
  },
};

/** A damaged page or a value that nobody could have foreseen costs what stands with it, not the rest. */
async function* guarded(part: () => Generator<SourceRecord>, file: string): AsyncGenerator<SourceRecord> {
  try {
    yield* part();
  } catch (error) {
    yield { k: "problem", file, reason: reasonOf(error) };
  }
}

function* readExperiments(db: ForeignDatabase): Generator<SourceRecord> {
  const tags = new Map<string, KeyValue[]>();
  for (const row of db.rows("experiment_tags", { columns: ["experiment_id", "key", "value"], text: ["experiment_id"] })) {
    const [id, key] = [textOf(row, "experiment_id"), textOf(row, "key")];
    if (id === null || key === null) continue;
    tags.set(id, [...(tags.get(id) ?? []), { key, value: textOf(row, "value") ?? "" }]);
  }
  for (const row of db.rows("experiments", { columns: ["experiment_id", "name", "lifecycle_stage", "creation_time", "last_update_time"], text: ["experiment_id"] })) {
    const experiment = textOf(row, "experiment_id");
    if (experiment === null) continue;
    const [created, updated] = [numberOf(row, "creation_time"), numberOf(row, "last_update_time")];
    yield {
      k: "experiment",
      experiment,
      name: textOf(row, "name") ?? experiment,
      tags: tags.get(experiment) ?? [],
      ...(created === null ? {} : { created }),
      ...(updated === null ? {} : { updated }),
      deleted: textOf(row, "lifecycle_stage") === "deleted",
    };
  }
}
