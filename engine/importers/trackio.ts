import { basename, dirname, extname, join } from "node:path";
import { ForeignDatabase, type ForeignRow, type RowsWanted, hasTables } from "../store/foreign/database.ts";
import { flatParams } from "./flatten.ts";
import { lookOf, stateOf } from "./databaseState.ts";
import type { Reader } from "./reader.ts";
import { asText, isObject, jsonOf, numberOf, textOf, timeOf } from "./rows.ts";
import type { SourceRecord } from "./records.ts";

const TABLES = { metrics: ["run_name", "metrics", "step"], configs: ["config"] };
const numbers: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };
/** No more than this many rows are said between two tellings of how far it is. */
const TELL = 5_000;

/** Trackio's database of one project (`<TRACKIO_DIR>/<project>.db`), with the media beside it. Older ones know no ids of runs, only names. */
export const trackio: Reader = {
  format: "trackio",
  title: "Trackio database",

  async detect(path) {
    return extname(path) === ".db" && hasTables(path, TABLES) ? { path, confines: dirname(path) } : null;
  },

  async *read(path, from, { signal, follow = false, run }) {
    const file = basename(path);
    const { look, inode, size } = lookOf(path);
    const before = stateOf(from.get(file), inode);
    if (follow && before.look === look) return;
    const project = basename(path, extname(path));
    const db = new ForeignDatabase(path);
    try {
      const only = (table: string): Pick<RowsWanted, "where"> => (run === undefined ? {} : { where: [db.has(table, "run_id") ? "run_id" : "run_name", run] });
      yield { k: "experiment", experiment: project, name: project };
      for (const row of db.rows("configs", { columns: ["run_id", "run_name", "config", "created_at"], ...only("configs") })) yield* configOf(row, project);
      const rows: Record<string, { rowid: number; mark: string }> = {};
      for (const [table, origin] of [["metrics", "client"], ["system_metrics", "system"]] as const) {
        const last = db.last(table);
        const known = before.rows[table]?.rowid ?? 0;
        // Rows are only ever added; a smaller last one means another table.
        let after = known <= last ? known : 0;
        for (const row of db.rows(table, { columns: ["run_id", "run_name", "timestamp", "step", "metrics"], after, ...only(table) })) {
          after = row.rowid;
          yield* valuesOf(row, project, origin, dirname(path), file);
          if (row.rowid % TELL !== 0) continue;
          yield { k: "progress", done: row.rowid, total: last, unit: "rows" };
          if (signal.aborted) return;
        }
        // What is not behind the last row was passed over, where one run is asked for: the next look begins behind it.
        rows[table] = { rowid: Math.max(after, last), mark: "" };
      }
      for (const row of db.rows("alerts", { columns: ["run_id", "run_name", "title", "text", "level", "step", "timestamp"], ...only("alerts") })) yield* alertOf(row);
      yield { k: "offset", file, inode, offset: size, state: JSON.stringify({ look, rows, open: [] }) };
    } finally {
      db.close();
    }
  },
};

const runOf = (row: ForeignRow): string => textOf(row, "run_id") ?? textOf(row, "run_name") ?? "";

/** What begins with an underscore is Trackio's own. */
function* configOf(row: ForeignRow, experiment: string): Generator<SourceRecord> {
  const run = runOf(row);
  const config = jsonOf(row, "config");
  if (run === "") return;
  const own = isObject(config) ? config : {};
  const created = typeof own["_Created"] === "string" ? Date.parse(own["_Created"]) : timeOf(row, "created_at");
  const user = own["_Username"];
  yield {
    k: "run",
    run,
    ...(/^[0-9a-f]{32}$/.test(run) ? { id: run } : {}),
    experiment,
    name: textOf(row, "run_name") ?? run,
    // Trackio keeps a config when the run begins and says nowhere that it ended.
    status: "finished",
    ...(created === null || Number.isNaN(created) ? {} : { start: created }),
    ...(typeof user === "string" ? { user } : {}),
  };
  if (typeof own["_Group"] === "string") yield { k: "tag", run, key: "group", value: own["_Group"] };
  for (const param of flatParams(Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith("_"))))) yield { k: "param", run, ...param };
}

function* valuesOf(row: ForeignRow, experiment: string, origin: "client" | "system", folder: string, file: string): Generator<SourceRecord> {
  const run = runOf(row);
  const [values, time] = [jsonOf(row, "metrics"), timeOf(row, "timestamp")];
  if (run === "" || !isObject(values) || time === null) return yield { k: "problem", file, reason: `Row ${row.rowid} of the values of ${run === "" ? "a run" : run} is no JSON with a time.` };
  // A run without a config has nothing but its values.
  yield { k: "run", run, experiment, name: textOf(row, "run_name") ?? run, status: "finished" };
  const step = numberOf(row, "step") ?? row.rowid;
  for (const [key, value] of Object.entries(values)) {
    const number = typeof value === "number" ? value : typeof value === "string" ? numbers[value] : undefined;
    if (number !== undefined) yield { k: "metric", run, key, value: number, step, time, origin };
    else if (isObject(value) && typeof value["file_path"] === "string") yield { k: "artifact", run, name: `${key}/${basename(value["file_path"])}`, file: join(folder, "media", value["file_path"]) };
    else if (isObject(value) || Array.isArray(value)) yield { k: "artifact", run, name: `${key}/${step}.json`, bytes: Buffer.from(JSON.stringify(value)) };
    else yield { k: "tag", run, key, value: asText(value) };
  }
}

function* alertOf(row: ForeignRow): Generator<SourceRecord> {
  const [run, title, text] = [runOf(row), textOf(row, "title"), textOf(row, "text")];
  if (run === "" || title === null) return;
  const step = numberOf(row, "step");
  yield { k: "tag", run, key: `alert ${row.rowid}`, value: `${textOf(row, "level") ?? "warn"}${step === null ? "" : ` at step ${step}`}: ${title}${text === null ? "" : `: ${text}`}` };
}
