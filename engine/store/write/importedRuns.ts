import { createHash } from "node:crypto";
import type { RunStatus } from "../../api/runs.ts";
import type { KeyValue, RunSource } from "../../importers/records.ts";
import { type ImportWrite, QUIET_MS } from "../operations/imports.ts";
import { type RunRecord, SERVER_FORMAT } from "../records.ts";
import { runReads } from "../read/runs.ts";
import { NEXT_RUN_KEY, type WriteContext } from "./context.ts";
import type { importedExperiments } from "./importedExperiments.ts";
import { runsInPlace } from "./samePlace.ts";
import type { ValueWrites } from "./values.ts";

/** A run of a source as it stands here. */
export interface ImportedRun {
  readonly key: string;
  readonly runKey: number;
  readonly runId: string;
  readonly own: boolean;
  readonly added: boolean;
  /** Another source brought it, and this one says otherwise of it: nothing of this one is applied. */
  readonly differs?: boolean;
  /** The source says nowhere whether it is over: then it is, with its last value. */
  readonly silent: boolean;
  /** It may be over, and never says when. */
  readonly endless: boolean;
}

interface Known {
  readonly runKey: number;
  readonly own: number;
  readonly said: string;
  readonly tags: string;
}

/** Ids that MLflow's clients take, and that are safe as names of folders. */
const RUN_ID = /^[A-Za-z0-9][\w-]{0,255}$/;
/** What two sources of one run must agree in; the keys of experiment and parent are each source's own. */
const FIELDS = ["name", "status", "start", "end", "user", "note"] as const;
/** Longer values of tags are remembered by their digest. */
const TAG_KEPT = 24;

/** Runs of sources, by their keys there. What a person changed here since (name, note, tags, deleted) stays. */
export function importedRuns(context: WriteContext, experiments: ReturnType<typeof importedExperiments>, values: ValueWrites) {
  const { db, dirty } = context;
  const reads = runReads(db);
  const inPlace = runsInPlace(context);
  const known = db.prepare<[number, string], Known>("SELECT run_key AS runKey, own, said, tags FROM source_runs WHERE source_key = ? AND key = ?");
  const broughtBy = db.prepare<[number], { said: string }>("SELECT said FROM source_runs WHERE run_key = ? AND own = 1 ORDER BY source_key LIMIT 1");
  const remember = db.prepare<[number, string, number, number, string | null, string]>(
    `INSERT INTO source_runs (source_key, key, run_key, own, parent, said) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET parent = excluded.parent, said = excluded.said`,
  );
  const rememberTags = db.prepare<[string, number, string]>("UPDATE source_runs SET tags = ? WHERE source_key = ? AND key = ?");
  const insert = db.prepare(
    `INSERT INTO runs (run_key, run_id, experiment_id, name, name_from, user, status, start, end, deleted, note, color)
     VALUES (${NEXT_RUN_KEY}, @runId, @experimentId, @name, @nameFrom, @user, @status, @start, max(@end, @start), @deleted, @note, (SELECT coalesce(max(run_key), 0) FROM runs))`,
  );
  const update = db.prepare(
    `UPDATE runs SET experiment_id = @experimentId, name = @name, name_from = @nameFrom, user = @user, status = @status, start = @start, end = max(@end, @start),
       deleted = @deleted, note = @note WHERE run_key = @runKey`,
  );
  const lastValue = db.prepare<[number], { time: number | null }>("SELECT max(time) AS time FROM latest WHERE run_key = ?");
  const setFate = db.prepare<[string, number | null, number, string, number | null]>("UPDATE runs SET status = ?, end = max(?, start) WHERE run_key = ? AND (status IS NOT ? OR end IS NOT max(?, start))");
  const openOf = db.prepare<[string, string], { runKey: number; start: number }>(
    `SELECT run_key AS runKey, start FROM source_runs JOIN sources USING (source_key) JOIN runs USING (run_key)
     WHERE path = ? AND format = ? AND own = 1 AND runs.status = 'running' AND said ->> 'status' IS NULL AND said ->> 'end' IS NULL`,
  );
  const note = db.prepare<[number], { note: string }>("SELECT note FROM runs WHERE run_key = ?");
  const waiting = db.prepare<[number, string], { runKey: number }>("SELECT run_key AS runKey FROM source_runs WHERE source_key = ? AND parent = ? AND own = 1");
  const adopt = db.prepare<[number, number, number]>("UPDATE runs SET parent_key = ? WHERE run_key = ? AND parent_key IS NULL AND run_key <> ?");
  const tagNow = db.prepare<[number, string], { value: string }>("SELECT value FROM tags JOIN keys USING (key_id) WHERE run_key = ? AND name = ?");

  /** A run that was pruned and is imported again; said once. */
  const revived = db.prepare<[number, string]>("DELETE FROM source_items WHERE source_key = ? AND kind = 'revived' AND key = ?");

  const nameFrom = ({ name, named }: RunSource): "client" | "none" => (name !== undefined && name !== "" && named !== false ? "client" : "none");
  const deletedAt = ({ deleted, end, start }: RunSource, time: number): number | null => (deleted === true ? (end ?? start ?? time) : typeof deleted === "number" ? deleted : null);

  function setParent(runKey: number, parent: number): void {
    if (adopt.run(parent, runKey, parent).changes === 0) return;
    dirty.runs.add(runKey);
    dirty.runs.add(parent);
  }

  /** Children and parents come in any order. */
  function linkFamily(sourceKey: number, key: string, runKey: number, parent: string | undefined): void {
    const above = parent === undefined ? undefined : known.get(sourceKey, parent);
    if (above) setParent(runKey, above.runKey);
    for (const child of waiting.all(sourceKey, key)) setParent(child.runKey, runKey);
  }

  function make(sourceKey: number, write: ImportWrite, said: RunSource): ImportedRun {
    const { source, time } = write;
    const again = revived.run(sourceKey, said.run).changes > 0;
    const runId = said.id !== undefined && RUN_ID.test(said.id) ? said.id : createHash("sha256").update([source.format, source.path, said.run].join("\0")).digest("hex").slice(0, 32);
    const there = said.id === undefined ? inPlace(sourceKey, source, said.run) : undefined;
    const found = (there && reads.byKey(there.runKey)) ?? reads.byId(runId);
    const brought = found && broughtBy.get(found.runKey);
    // SAFETY: `remember` wrote it.
    const other = brought && (JSON.parse(brought.said) as RunSource);
    // Another tracker's folder that was moved or copied goes on with its runs. A bundle is what somebody sent: who knows a run's id must not change it.
    const own = !found || there?.own === 1 || (other === undefined ? again : source.format !== "bundle" && other.start === said.start);
    const runKey = found?.runKey ?? Number(
      insert.run({
        runId,
        experimentId: experiments.idOf(sourceKey, said.experiment, source.name, time),
        name: said.name ?? "",
        nameFrom: nameFrom(said),
        user: said.user ?? null,
        status: said.status ?? "finished",
        start: said.start ?? time,
        end: said.end ?? null,
        deleted: deletedAt(said, time),
        note: said.note ?? "",
      }).lastInsertRowid,
    );
    // Stores from before schema 10 kept the emptied row of a pruned newest run.
    if (found && own && again) apply(sourceKey, write, found, { k: "run", run: said.run, deleted: true }, said);
    remember.run(sourceKey, said.run, runKey, own ? 1 : 0, said.parent ?? null, JSON.stringify(said));
    if (own) linkFamily(sourceKey, said.run, runKey, said.parent);
    const ofServer = own && write.source.format === SERVER_FORMAT;
    if (ofServer) dirty.servers.push({ runKey, uri: write.source.path });
    if (!found || ofServer) dirty.runs.add(runKey);
    const differs = other !== undefined && !own && FIELDS.some((field) => JSON.stringify(said[field]) !== JSON.stringify(other[field]));
    return { key: said.run, runKey, runId: found?.runId ?? runId, own, added: !found || (own && again), differs, silent: isSilent(said), endless: isEndless(said) };
  }

  /** Applies what the source says otherwise than before. */
  function apply(sourceKey: number, { source, time }: ImportWrite, run: RunRecord, before: RunSource, said: RunSource): void {
    const changed = (field: keyof RunSource): boolean => JSON.stringify(said[field]) !== JSON.stringify(before[field]);
    const noteNow = note.get(run.runKey)?.note ?? "";
    const renamed = changed("name") && run.nameFrom !== "person";
    update.run({
      runKey: run.runKey,
      experimentId: changed("experiment") ? experiments.idOf(sourceKey, said.experiment, source.name, time) : run.experimentId,
      name: renamed ? (said.name ?? "") : run.name,
      nameFrom: renamed ? nameFrom(said) : run.nameFrom,
      user: said.user ?? run.user,
      status: changed("status") ? (said.status ?? run.status) : run.status,
      start: changed("start") ? (said.start ?? run.start) : run.start,
      end: changed("end") ? (said.end ?? null) : changed("status") && said.status === "running" ? null : run.end,
      deleted: changed("deleted") ? deletedAt(said, time) : run.deleted,
      note: changed("note") && noteNow === (before.note ?? "") ? (said.note ?? "") : noteNow,
    });
    dirty.runs.add(run.runKey);
  }

  function end(runKey: number, status: RunStatus, time: number | null): void {
    if (setFate.run(status, time, runKey, status, time).changes > 0) dirty.runs.add(runKey);
  }

  return {
    /** A run as the source says; made where it is new. */
    put(sourceKey: number, write: ImportWrite, record: RunSource): ImportedRun {
      const row = known.get(sourceKey, record.run);
      if (!row) return make(sourceKey, write, record);
      const run = reads.byKey(row.runKey);
      if (!run) return make(sourceKey, write, record);
      // SAFETY: `remember` wrote it.
      const before = JSON.parse(row.said) as RunSource;
      const said = { ...before, ...record };
      const text = JSON.stringify(said);
      if (text !== row.said) {
        if (row.own === 1) apply(sourceKey, write, run, before, said);
        remember.run(sourceKey, record.run, row.runKey, row.own, said.parent ?? null, text);
        if (row.own === 1) linkFamily(sourceKey, record.run, row.runKey, said.parent);
      }
      return { key: record.run, runKey: row.runKey, runId: run.runId, own: row.own === 1, added: false, silent: isSilent(said), endless: isEndless(said) };
    },

    /** The id here of a run that was said; undefined where none was. */
    idOf(sourceKey: number, key: string): string | undefined {
      const row = known.get(sourceKey, key);
      return row && reads.byKey(row.runKey)?.runId;
    },

    /** A run that the source never closes ends with its last value; while a followed one has new values it runs. */
    close({ runKey, own, silent, endless }: ImportedRun, { live, time }: ImportWrite): void {
      const run = own && (silent || endless) ? reads.byKey(runKey) : undefined;
      if (run === undefined) return;
      const last = lastValue.get(runKey)?.time ?? run.start;
      if (silent && live === true && last > time - QUIET_MS) end(runKey, "running", null);
      else end(runKey, silent ? "finished" : run.status, last);
    },

    /** Runs of a followed source that never says an end, and said nothing since `before`, are over. */
    settle(path: string, format: string, before: number): void {
      for (const { runKey, start } of openOf.all(path, format)) {
        const last = lastValue.get(runKey)?.time ?? start;
        if (last <= before) end(runKey, "finished", last);
      }
    },

    /** Gives how many are new. A tag that a person changed here since the source said it stays. */
    putTags(sourceKey: number, run: ImportedRun, tags: readonly KeyValue[]): number {
      const row = known.get(sourceKey, run.key);
      if (!row || tags.length === 0) return 0;
      // SAFETY: `rememberTags` wrote it.
      const said = JSON.parse(row.tags) as Record<string, string>;
      let added = 0;
      for (const { key, value } of tags) {
        const mark = markOf(value);
        const before = Object.hasOwn(said, key) ? said[key] : undefined;
        if (before === mark) continue;
        const now = tagNow.get(run.runKey, key)?.value;
        Object.defineProperty(said, key, { value: mark, enumerable: true, writable: true, configurable: true });
        if (now === value || (now !== undefined && markOf(now) !== before)) continue;
        values.putTag(run.runKey, { key, value });
        added++;
      }
      const text = JSON.stringify(said);
      if (text !== row.tags) rememberTags.run(text, sourceKey, run.key);
      return added;
    },
  };
}

function isSilent({ status, end }: RunSource): boolean {
  return status === undefined && (end === undefined || end === null);
}

/** It says how a run ended or nothing, and never when. */
function isEndless({ status, end }: RunSource): boolean {
  return end === undefined && status !== "running" && status !== "scheduled";
}

function markOf(value: string): string {
  return value.length <= TAG_KEPT ? `=${value}` : createHash("sha256").update(value).digest("base64url").slice(0, 16);
}
