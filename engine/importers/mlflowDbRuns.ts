import type { ForeignDatabase, ForeignRow } from "../store/foreign/database.ts";
import type { DbState } from "./databaseState.ts";
import { isMadeUp } from "./mlflowNames.ts";
import { artifactsOf } from "./mlflowPlaces.ts";
import { numberOf, textOf } from "./rows.ts";
import type { KeyValue, RunSource, SourceRecord } from "./records.ts";

export interface RunsWanted {
  readonly before: DbState;
  readonly follow: boolean;
  /** Filled: the last row of each growing table. */
  readonly rows: Record<string, { rowid: number; mark: string }>;
  /** Filled: runs that are not over. */
  readonly open: string[];
  readonly signal: AbortSignal;
}

const statuses: Readonly<Record<string, RunSource["status"]>> = { RUNNING: "running", SCHEDULED: "scheduled", FINISHED: "finished", FAILED: "failed", KILLED: "killed" };
const RUN_COLUMNS = ["run_uuid", "name", "user_id", "status", "start_time", "end_time", "deleted_time", "lifecycle_stage", "artifact_uri", "experiment_id"];
const METRIC_COLUMNS = ["key", "value", "timestamp", "run_uuid", "step", "is_nan"];
/** Points between two tellings of how far it is. */
const TELL = 20_000;

/** Runs with their values, in the order in which tables and curves need them: headers, params and tags, then points. */
export function* readDbRuns(db: ForeignDatabase, folder: string, wanted: RunsWanted): Generator<SourceRecord> {
  const { before, follow, open, signal } = wanted;
  const known = new Set(before.open);
  const told = new Set<string>();
  const live = new Set<string>();
  const first = before.rows["runs"]?.rowid ?? 0;
  for (const row of db.rows("runs", { columns: RUN_COLUMNS, text: ["experiment_id"] })) {
    const run = textOf(row, "run_uuid");
    if (run === null) continue;
    const header = headerOf(run, row);
    yield header;
    if (header.status === "running" || header.status === "scheduled") open.push(run);
    // What was over when the follower last looked is not looked into again.
    if (follow && header.status !== "running" && !known.has(run) && row.rowid <= first) continue;
    live.add(run);
    yield* artifactsOf(textOf(row, "artifact_uri"), run, folder, { run }, told);
  }
  wanted.rows["runs"] = { rowid: db.last("runs"), mark: "" };
  for (const row of db.rows("params", { columns: ["key", "value", "run_uuid"] })) {
    const one = valueOf(row);
    if (one && live.has(one.run)) yield { k: "param", ...one };
  }
  yield* readTags(db, live);
  yield* readInputs(db, live);
  if (!signal.aborted) yield* readPoints(db, wanted);
}

function headerOf(run: string, row: ForeignRow): RunSource {
  const [start, user, experiment] = [numberOf(row, "start_time"), textOf(row, "user_id"), textOf(row, "experiment_id")];
  const name = textOf(row, "name") ?? "";
  const status = statuses[textOf(row, "status") ?? ""];
  return {
    k: "run",
    run,
    id: run,
    ...(experiment === null ? {} : { experiment }),
    name,
    named: !isMadeUp(name),
    ...(status === undefined ? {} : { status }),
    ...(start === null ? {} : { start }),
    end: numberOf(row, "end_time"),
    ...(user === null ? {} : { user }),
    deleted: textOf(row, "lifecycle_stage") === "deleted" ? (numberOf(row, "deleted_time") ?? true) : false,
  };
}

function valueOf(row: ForeignRow): ({ readonly run: string } & KeyValue) | null {
  const [run, key] = [textOf(row, "run_uuid"), textOf(row, "key")];
  return run === null || key === null ? null : { run, key, value: textOf(row, "value") ?? "" };
}

function* readTags(db: ForeignDatabase, live: ReadonlySet<string>): Generator<SourceRecord> {
  for (const row of db.rows("tags", { columns: ["key", "value", "run_uuid"] })) {
    const one = valueOf(row);
    if (!one || !live.has(one.run)) continue;
    yield { k: "tag", ...one };
    if (one.key === "mlflow.parentRunId") yield { k: "run", run: one.run, parent: one.value };
    if (one.key === "mlflow.note.content") yield { k: "run", run: one.run, note: one.value };
  }
}

function* readInputs(db: ForeignDatabase, live: ReadonlySet<string>): Generator<SourceRecord> {
  const datasets = new Map<string, ForeignRow>();
  const columns = ["dataset_uuid", "name", "digest", "dataset_source_type", "dataset_source", "dataset_schema", "dataset_profile"];
  for (const row of db.rows("datasets", { columns })) datasets.set(textOf(row, "dataset_uuid") ?? "", row);
  const tags = new Map<string, KeyValue[]>();
  for (const row of db.rows("input_tags", { columns: ["input_uuid", "name", "value"] })) {
    const input = textOf(row, "input_uuid") ?? "";
    tags.set(input, [...(tags.get(input) ?? []), { key: textOf(row, "name") ?? "", value: textOf(row, "value") ?? "" }]);
  }
  for (const row of db.rows("inputs", { columns: ["input_uuid", "source_type", "source_id", "destination_type", "destination_id", "step"] })) {
    const [kind, source, destination] = [textOf(row, "source_type"), textOf(row, "source_id") ?? "", textOf(row, "destination_id") ?? ""];
    if (kind === "DATASET" && live.has(destination)) {
      const dataset = datasets.get(source);
      if (!dataset) continue;
      yield {
        k: "dataset",
        run: destination,
        name: textOf(dataset, "name") ?? "",
        digest: textOf(dataset, "digest") ?? "",
        sourceType: textOf(dataset, "dataset_source_type") ?? "",
        source: textOf(dataset, "dataset_source") ?? "",
        schema: textOf(dataset, "dataset_schema"),
        profile: textOf(dataset, "dataset_profile"),
        tags: tags.get(textOf(row, "input_uuid") ?? "") ?? [],
      };
    } else if (textOf(row, "destination_type") === "MODEL_INPUT" || textOf(row, "destination_type") === "MODEL_OUTPUT") {
      yield* linkOf(row, live);
    }
  }
}

function* linkOf(row: ForeignRow, live: ReadonlySet<string>): Generator<SourceRecord> {
  const [run, model] = [textOf(row, "source_id") ?? "", textOf(row, "destination_id") ?? ""];
  if (!live.has(run)) return;
  const direction = textOf(row, "destination_type") === "MODEL_INPUT" ? "input" : "output";
  yield { k: "modelLink", run, direction, model, step: numberOf(row, "step") ?? 0 };
}

/** Points are only ever added: those behind the last row that was said. Another row in its place means that the table was made anew. */
function* readPoints(db: ForeignDatabase, { before, rows, signal }: RunsWanted): Generator<SourceRecord> {
  const last = db.last("metrics");
  const known = before.rows["metrics"];
  let after = known && markAt(db, known.rowid) === known.mark ? known.rowid : 0;
  const first = after;
  let done = 0;
  for (const row of db.rows("metrics", { columns: METRIC_COLUMNS, after })) {
    const [run, key, value] = [textOf(row, "run_uuid"), textOf(row, "key"), numberOf(row, "value")];
    after = row.rowid;
    if (run === null || key === null) continue;
    const isNan = row["is_nan"] === 1 || row["is_nan"] === "1";
    yield { k: "metric", run, key, value: isNan ? Number.NaN : (value ?? Number.NaN), step: numberOf(row, "step") ?? 0, time: numberOf(row, "timestamp") ?? 0 };
    if (++done % TELL !== 0) continue;
    yield { k: "progress", done, total: Math.max(last - first, done), unit: "points" };
    if (signal.aborted) return;
  }
  rows["metrics"] = { rowid: after, mark: markAt(db, after) };
}

function markAt(db: ForeignDatabase, rowid: number): string {
  if (rowid === 0) return "";
  for (const row of db.rows("metrics", { columns: METRIC_COLUMNS, after: rowid - 1 })) return row.rowid === rowid ? JSON.stringify(METRIC_COLUMNS.map((column) => row[column])) : "";
  return "";
}
