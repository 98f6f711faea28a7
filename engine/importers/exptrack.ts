import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { ForeignDatabase, type ForeignRow, hasTables } from "../store/foreign/database.ts";
import { flatParams } from "./flatten.ts";
import { lookOf, stateOf } from "./databaseState.ts";
import { filesBelow, statOf } from "./files.ts";
import type { Reader } from "./reader.ts";
import { asText, jsonOf, numberOf, textOf, timeOf } from "./rows.ts";
import type { RunSource, SourceRecord } from "./records.ts";

const TABLES = { experiments: ["id"], params: ["exp_id"], metrics: ["exp_id"], artifacts: ["exp_id"] };
const statuses: Readonly<Record<string, RunSource["status"]>> = { running: "running", done: "finished", failed: "failed" };
const COLUMNS = ["id", "project", "name", "name_is_auto", "status", "created_at", "updated_at", "script", "command", "git_branch", "git_commit", "hostname", "python_ver", "duration_s", "notes", "tags", "studies", "stage", "stage_name", "deleted_at"];
/** What describes a run beside its params. */
const TAGS = ["project", "command", "git_branch", "git_commit", "hostname", "python_ver", "stage", "stage_name"];

/** exptrack's database (`.exptrack/experiments.db`). What it calls an experiment is a run; the script is the experiment. */
export const exptrack: Reader = {
  format: "exptrack",
  title: "exptrack database",

  async detect(path) {
    const file = basename(path) === ".exptrack" ? join(path, "experiments.db") : path;
    if (!hasTables(file, TABLES)) return null;
    const folder = dirname(file);
    return { path: file, confines: basename(folder) === ".exptrack" ? dirname(folder) : folder };
  },

  async *read(path, from, { signal, follow = false }) {
    const file = basename(path);
    const { look, inode, size } = lookOf(path);
    const before = stateOf(from.get(file), inode);
    if (follow && before.look === look) return;
    const db = new ForeignDatabase(path);
    const folder = basename(dirname(path)) === ".exptrack" ? dirname(dirname(path)) : dirname(path);
    try {
      for (const row of db.rows("experiments", { columns: COLUMNS })) yield* runOf(row);
      for (const row of db.rows("params", { columns: ["exp_id", "key", "value"] })) yield* paramOf(row);
      const known = before.rows["metrics"]?.rowid ?? 0;
      let after = known <= db.last("metrics") ? known : 0;
      // A value without a step counts on from the one before; what was said in an earlier look stands in the state.
      const next = new Map<string, number>(Object.entries(before.rows).map(([key, { rowid }]) => [key, rowid]));
      for (const row of db.rows("metrics", { columns: ["exp_id", "key", "value", "step", "ts"], after })) {
        after = row.rowid;
        yield* pointOf(row, next, file);
        if (signal.aborted) return;
      }
      for (const row of db.rows("artifacts", { columns: ["exp_id", "label", "path"] })) yield* artifactOf(row, folder, signal);
      next.delete("metrics");
      const rows = { ...Object.fromEntries([...next].map(([key, rowid]) => [key, { rowid, mark: "" }])), metrics: { rowid: after, mark: "" } };
      yield { k: "offset", file, inode, offset: size, state: JSON.stringify({ look, rows, open: [] }) };
    } finally {
      db.close();
    }
  },
};

function* runOf(row: ForeignRow): Generator<SourceRecord> {
  const run = textOf(row, "id");
  if (run === null) return;
  const status = statuses[textOf(row, "status") ?? ""];
  const [start, seconds, script, deleted] = [timeOf(row, "created_at"), numberOf(row, "duration_s"), textOf(row, "script"), timeOf(row, "deleted_at")];
  const over = status !== undefined && status !== "running";
  const end = !over ? null : start !== null && seconds !== null ? Math.round(start + seconds * 1000) : timeOf(row, "updated_at");
  const experiment = script === null || script === "" ? (textOf(row, "project") ?? "exptrack") : basename(script.replaceAll("\\", "/"));
  yield { k: "experiment", experiment, name: experiment };
  yield {
    k: "run",
    run,
    experiment,
    name: textOf(row, "name") ?? "",
    named: numberOf(row, "name_is_auto") !== 1,
    ...(status === undefined ? {} : { status }),
    ...(start === null ? {} : { start }),
    end,
    note: textOf(row, "notes") ?? "",
    deleted: deleted ?? false,
  };
  for (const key of TAGS) {
    const value = textOf(row, key);
    if (value !== null && value !== "") yield { k: "tag", run, key, value };
  }
  for (const key of ["tags", "studies"]) {
    const list = jsonOf(row, key);
    // A tag of exptrack is a word.
    if (Array.isArray(list)) for (const word of list) yield { k: "tag", run, key: String(word), value: key === "tags" ? "" : "study" };
  }
}

function* paramOf(row: ForeignRow): Generator<SourceRecord> {
  const [run, key, text] = [textOf(row, "exp_id"), textOf(row, "key"), textOf(row, "value")];
  if (run === null || key === null) return;
  const value = jsonOf(row, "value") ?? text;
  // What begins with an underscore is exptrack's own: how it found the code, the environment.
  if (key.startsWith("_")) yield { k: "tag", run, key: `exptrack.${key.slice(1)}`, value: asText(value) };
  else for (const param of flatParams(value, key)) yield { k: "param", run, ...param };
}

function* pointOf(row: ForeignRow, next: Map<string, number>, file: string): Generator<SourceRecord> {
  const [run, key, value, time] = [textOf(row, "exp_id"), textOf(row, "key"), numberOf(row, "value"), timeOf(row, "ts")];
  if (run === null || key === null) return;
  if (time === null) return yield { k: "problem", file, reason: `Value ${row.rowid} of ${key} has no time.` };
  const place = `${run} ${key}`;
  const step = numberOf(row, "step");
  const at = step ?? next.get(place) ?? 0;
  if (step === null || next.has(place)) next.set(place, at + 1);
  yield { k: "metric", run, key, value: value ?? Number.NaN, step: at, time };
}

/** Paths are absolute and may be stale: then the same end of the path under the project is meant. */
function* artifactOf(row: ForeignRow, folder: string, signal: AbortSignal): Generator<SourceRecord> {
  const [run, path] = [textOf(row, "exp_id"), textOf(row, "path")];
  if (run === null || path === null) return;
  const parts = path.split(/[\\/]/).filter((part) => part !== "");
  if (parts.includes("..")) return yield { k: "problem", file: path, reason: "The path leads out of the folder, so it is not taken in." };
  const found = parts.map((_, from) => join(folder, ...parts.slice(from))).find((candidate) => existsSync(candidate));
  const at = found ?? path;
  if (found === undefined && !(isAbsolute(path) && existsSync(path))) return;
  // Nothing elsewhere is even listed: it may be the whole disk.
  const [real, root] = [realpathSync(at), realpathSync(folder)];
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return yield { k: "problem", file: path, reason: `It leads out of ${folder} (to ${real}), so it is not taken in.` };
  if (!(statOf(at)?.isDirectory() ?? false)) return yield { k: "artifact", run, name: basename(at), file: at };
  for (const below of filesBelow(at)) {
    if (signal.aborted) return;
    yield { k: "artifact", run, name: `${basename(at)}/${below.name}`, file: below.file };
  }
}
