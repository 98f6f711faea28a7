import type { CallSite, CodeState, FileUse } from "../../api/runs.ts";
import type { FilePlace } from "../../importers/records.ts";
import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { LaunchRecord } from "../records.ts";
import type { LaunchBlob, LaunchSource, LaunchStream } from "../operations.ts";

const recordColumns = `launch_key AS launchKey, launch_id AS launchId, run_key AS runKey, experiment_id AS experimentId, script, status,
  code ->> 'commit' AS "commit", code ->> 'added' AS added, code ->> 'removed' AS removed`;

/** A whole launch; JSON columns are parsed. */
export interface LaunchDetail extends LaunchRecord {
  readonly adopted: boolean;
  readonly runId: string | null;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly origin: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly pid: number | null;
  readonly pty: boolean;
  readonly start: number;
  readonly end: number | null;
  readonly interpreter: string | null;
  readonly host: Readonly<Record<string, number | string | null>>;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly environment: Readonly<Record<string, string>>;
  readonly code: CodeState | null;
  readonly notes: readonly string[];
  readonly logBytes: number;
}

type StoredLaunch = Omit<LaunchDetail, "adopted" | "pty" | "command" | "host" | "packages" | "environment" | "code" | "notes"> & {
  readonly adopted: number;
  readonly pty: number;
} & Readonly<Record<"command" | "host" | "packages" | "environment" | "notes", string>> & { readonly code: string | null };

type StoredFile = Omit<FileUse, "site" | "model"> & { readonly file: string | null; readonly line: number | null; readonly model: string | null };

/** An older store, read where it must not be brought up to date, knows of no followed logs. */
const SOURCES_SINCE = 8;
/** Which run such a log belongs to is asked of running launches only: their store is up to date. */
const RUNS_OF_SOURCES_SINCE = 9;

/** A log of another tracker that a launch writes. */
export interface FollowedSource extends LaunchSource {
  /** Names of metrics that come from it. */
  readonly keys: readonly string[];
  /** The run that its values go to, where that is not the launch's own. */
  readonly runId: string | null;
}

/** Reads of launches: one execution with its command, environment, files and code. */
export function launchReads(db: Db) {
  const detailColumns = `${recordColumns}, adopted, (SELECT run_id FROM runs r WHERE r.run_key = launches.run_key) AS runId, command, cwd, origin,
    exit_code AS exitCode, signal, pid, pty, start, end, interpreter, host, packages, environment, code, notes, log_bytes AS logBytes`;
  const record = db.prepare<[number], LaunchRecord>(`SELECT ${recordColumns} FROM launches WHERE launch_key = ?`);
  const records = db.prepare<[], LaunchRecord>(`SELECT ${recordColumns} FROM launches ORDER BY launch_key`);
  const byKey = db.prepare<[number], StoredLaunch>(`SELECT ${detailColumns} FROM launches WHERE launch_key = ?`);
  const byId = db.prepare<[string], StoredLaunch>(`SELECT ${detailColumns} FROM launches WHERE launch_id = ?`);
  const open = db.prepare<[], StoredLaunch>(`SELECT ${detailColumns} FROM launches WHERE end IS NULL ORDER BY launch_key`);
  const recent = db.prepare<[number], StoredLaunch>(`SELECT ${detailColumns} FROM launches ORDER BY launch_key DESC LIMIT ?`);
  const keyOf = db.prepare<[string], { launchKey: number }>("SELECT launch_key AS launchKey FROM launches WHERE launch_id = ?");
  const offset = db.prepare<[string, string], { offset: number }>(
    "SELECT offset FROM launch_offsets JOIN launches USING (launch_key) WHERE launch_id = ? AND stream = ?",
  );
  const files = db.prepare<[number, string], StoredFile>(
    "SELECT path, bytes, digest, file, line, model FROM launch_files WHERE launch_key = ? AND direction = ? ORDER BY path",
  );
  const fileRows = db.prepare<[number], StoredFile & { direction: "input" | "output"; time: number }>(
    "SELECT direction, path, bytes, digest, file, line, model, time FROM launch_files WHERE launch_key = ? ORDER BY direction, path",
  );
  const sites = db.prepare<[number], CallSite & { key: string }>(
    "SELECT k.name AS key, file, line FROM launch_sites JOIN keys k USING (key_id) WHERE launch_key = ?",
  );
  const hasSources = storeVersion(db) >= SOURCES_SINCE;
  const sources =
    storeVersion(db) >= RUNS_OF_SOURCES_SINCE
      ? db.prepare<[number], { path: string; start: number; keys: string; rank: number; within: string | null; runId: string | null }>(
          `SELECT path, start, keys, rank, within, (SELECT run_id FROM runs r WHERE r.run_key = launch_sources.run_key) AS runId
           FROM launch_sources WHERE launch_key = ? ORDER BY rowid`,
        )
      : null;
  const allSources = hasSources ? db.prepare<[], { path: string }>("SELECT DISTINCT path FROM launch_sources ORDER BY path") : null;
  const places = hasSources
    ? db.prepare<[number, string], { file: string; inode: string; offset: number; state: string | null }>("SELECT file, inode, offset, state FROM launch_source_files WHERE launch_key = ? AND path = ?")
    : null;
  const blobs = db.prepare<[number], LaunchBlob>("SELECT kind, path, digest, bytes FROM launch_blobs WHERE launch_key = ? ORDER BY kind, path");

  return {
    record: (launchKey: number): LaunchRecord | undefined => record.get(launchKey),
    records: (): LaunchRecord[] => records.all(),
    byKey: (launchKey: number): LaunchDetail | undefined => parsed(byKey.get(launchKey)),
    byId: (launchId: string): LaunchDetail | undefined => parsed(byId.get(launchId)),
    /** Launches that nobody has reported the end of. */
    open: (): LaunchDetail[] => open.all().flatMap((row) => parsed(row) ?? []),
    recent: (count: number): LaunchDetail[] => recent.all(count).flatMap((row) => parsed(row) ?? []),
    keyOf: (launchId: string): number | undefined => keyOf.get(launchId)?.launchKey,
    /** Bytes of a launch's file whose effects are stored: where to read on. */
    offset: (launchId: string, stream: LaunchStream): number => offset.get(launchId, stream)?.offset ?? 0,
    files: (launchKey: number, direction: "input" | "output"): FileUse[] => files.all(launchKey, direction).map(parsedFile),
    /** All of them, with when each was recorded. */
    fileRows: (launchKey: number) => fileRows.all(launchKey).map(({ direction, time, ...row }) => ({ ...parsedFile(row), direction, time })),
    /** Where each metric is logged. */
    sites: (launchKey: number): ReadonlyMap<string, CallSite> => new Map(sites.all(launchKey).map(({ key, file, line }) => [key, { file, line }])),
    /** Logs of other trackers that the launch writes, in the order in which they were opened. */
    sources: (launchKey: number): FollowedSource[] => sources?.all(launchKey).map(({ keys, within, ...source }) => ({ ...source, ...(within === null ? {} : { within }), keys: JSON.parse(keys) })) ?? [],
    /** Such logs of all launches. */
    allSources: (): string[] => allSources?.all().map(({ path }) => path) ?? [],
    /** How far the files of such a log were read. */
    sourcePlaces: (launchKey: number, path: string): Map<string, FilePlace> =>
      new Map(places?.all(launchKey, path).map(({ file, inode, offset: at, state }) => [file, { inode: Number(inode), offset: at, ...(state === null ? {} : { state }) }])),
    blobs: (launchKey: number): LaunchBlob[] => blobs.all(launchKey),
  };
}

export type LaunchReads = ReturnType<typeof launchReads>;

function parsed(row: StoredLaunch | undefined): LaunchDetail | undefined {
  if (!row) return undefined;
  return {
    ...row,
    adopted: row.adopted === 1,
    pty: row.pty === 1,
    command: JSON.parse(row.command),
    host: JSON.parse(row.host),
    packages: JSON.parse(row.packages),
    environment: JSON.parse(row.environment),
    code: row.code === null ? null : JSON.parse(row.code),
    notes: JSON.parse(row.notes),
  };
}

function parsedFile(row: StoredFile): FileUse {
  const { file, line, model, ...rest } = row;
  return {
    ...rest,
    site: file === null || line === null ? null : { file, line },
    model: model === null ? null : JSON.parse(model),
  };
}
