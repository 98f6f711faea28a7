import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { ExperimentRecord } from "../records.ts";

/** An older store, read where it must not be brought up to date, has numbers only. */
const GIVEN_IDS_SINCE = 4;

/** Longest decimal that is a number of ours for sure: longer ones are kept as text. */
const NUMBER = /^\d{1,15}$/;

/** The tag of an input that says what a run used it for: training, evaluation … */
const CONTEXT_TAG = "mlflow.data.context";

/** Whether an id must be kept as the text that it is. */
export function isTextId(id: string): boolean {
  return /^\d+$/.test(id) && !NUMBER.test(id);
}

/** Reads of experiments. `experimentId` is the store's own key; `id` is the text that everybody outside of the store uses. */
export function experimentReads(db: Db) {
  const given = storeVersion(db) >= GIVEN_IDS_SINCE;
  const id = given ? "coalesce(given_id, experiment_id)" : "experiment_id";
  const columns = `experiment_id AS experimentId, CAST(${id} AS TEXT) AS id, name, script, created, updated, deleted,
    ${given ? "artifact_location" : "NULL"} AS artifactLocation`;
  const byId = db.prepare<[number], ExperimentRecord>(`SELECT ${columns} FROM experiments WHERE experiment_id = ?`);
  const byGiven = given ? db.prepare<[string], ExperimentRecord>(`SELECT ${columns} FROM experiments WHERE given_id = ?`) : null;
  const byName = db.prepare<[string], ExperimentRecord>(`SELECT ${columns} FROM experiments WHERE name = ?`);
  const all = db.prepare<[], ExperimentRecord>(`SELECT ${columns} FROM experiments ORDER BY experiment_id`);
  const tags = db.prepare<[number], { key: string; value: string }>(
    "SELECT k.name AS key, value FROM experiment_tags JOIN keys k USING (key_id) WHERE experiment_id = ? ORDER BY k.name",
  );
  const datasets = db.prepare<[string, number], { name: string; digest: string; context: string | null }>(
    `SELECT DISTINCT d.name, d.digest, (SELECT t.value ->> 'value' FROM json_each(r.tags) t WHERE t.value ->> 'key' = ?) AS context
     FROM datasets d JOIN run_datasets r USING (dataset_key) WHERE d.experiment_id = ? ORDER BY d.name, d.digest, context`,
  );
  // Neither changes once an experiment is there.
  const places = new Map<number, { readonly id: string; readonly artifactLocation: string | null }>();

  function place(experimentId: number): { readonly id: string; readonly artifactLocation: string | null } {
    let found = places.get(experimentId);
    if (!found) {
      const row = byId.get(experimentId);
      found = { id: row?.id ?? String(experimentId), artifactLocation: row?.artifactLocation ?? null };
      if (row) places.set(experimentId, found);
    }
    return found;
  }

  return {
    byId: (experimentId: number): ExperimentRecord | undefined => byId.get(experimentId),
    byName: (name: string): ExperimentRecord | undefined => byName.get(name),
    /** By the text that a client says; undefined where it is no id of an experiment here. */
    find(text: string): ExperimentRecord | undefined {
      if (!/^\d+$/.test(text)) return undefined;
      const plain = text.replace(/^0+(?=\d)/, "");
      if (!NUMBER.test(plain)) return byGiven?.get(plain);
      // The key of one that has another id is nobody's.
      const found = byId.get(Number(plain));
      return found?.id === plain ? found : undefined;
    },
    /** The text that clients know an experiment by. */
    idOf: (experimentId: number): string => place(experimentId).id,
    /** The root of its artifacts as a URI: what a client said, or this store through the door. */
    rootOf(experimentId: number): string {
      const { id: text, artifactLocation } = place(experimentId);
      return artifactLocation ?? `mlflow-artifacts:/${text}`;
    },
    /** Data sets that its runs declared, each with what it was for, where its runs said so. */
    datasets: (experimentId: number): { name: string; digest: string; context?: string }[] =>
      datasets.all(CONTEXT_TAG, experimentId).map(({ context, ...row }) => (context === null ? row : { ...row, context })),
    all: (): ExperimentRecord[] => all.all(),
    tags: (experimentId: number): { key: string; value: string }[] => tags.all(experimentId),
  };
}

export type ExperimentReads = ReturnType<typeof experimentReads>;
