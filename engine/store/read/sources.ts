import type { FilePlace } from "../../importers/records.ts";
import type { Db } from "../connection.ts";
import { storeVersion } from "../migrations.ts";
import type { ImportedItem } from "../operations/imports.ts";
import { type RunServer, SERVER_FORMAT } from "../records.ts";

/** An older store, read where it must not be brought up to date, knows of no sources. */
const SOURCES_SINCE = 5;

/** A source that was imported. */
export interface SourceRow {
  /** Relative to the store's folder where it lies under it, else absolute. */
  readonly path: string;
  readonly format: string;
  readonly imported: number;
  readonly follow: boolean;
  readonly runs: number;
}

/** Reads of what was imported. */
export function sourceReads(db: Db) {
  if (storeVersion(db) < SOURCES_SINCE) return { all: (): SourceRow[] => [], runs: () => ({ runs: 0, here: 0 }), places: (): Map<string, FilePlace> => new Map(), place: (): FilePlace | undefined => undefined, runIds: (): string[] => [], hasOpen: (): boolean => false, placeOfRun: (): string | undefined => undefined, isTaken: (): boolean => false, servers: (): RunServer[] => [], seen: (): number | undefined => undefined, items: (): string[] => [], itemDigest: (): string | undefined => undefined, serverOf: (): string | undefined => undefined };
  const all = db.prepare<[], Omit<SourceRow, "follow"> & { follow: number }>(
    `SELECT path, format, imported, follow, (SELECT count(*) FROM source_runs r WHERE r.source_key = s.source_key AND own = 1) AS runs
     FROM sources s ORDER BY imported DESC, path`,
  );
  const places = db.prepare<[string, string], { file: string; inode: string; offset: number; state: string | null }>(
    "SELECT file, inode, offset, state FROM source_files JOIN sources USING (source_key) WHERE path = ? AND format = ?",
  );
  const place = db.prepare<[string, string, string], { inode: string; offset: number; state: string | null }>(
    "SELECT inode, offset, state FROM source_files JOIN sources USING (source_key) WHERE path = ? AND format = ? AND file = ?",
  );
  const runs = db.prepare<[string, string], { runs: number; here: number }>(
    "SELECT count(*) AS runs, coalesce(sum(own = 0), 0) AS here FROM source_runs JOIN sources USING (source_key) WHERE path = ? AND format = ?",
  );
  const ids = db.prepare<[string, string], { runId: string }>(
    "SELECT run_id AS runId FROM source_runs JOIN sources USING (source_key) JOIN runs USING (run_key) WHERE path = ? AND format = ? AND own = 1",
  );
  const placeOf = db.prepare<[string, string], { path: string }>(
    "SELECT path FROM source_runs JOIN sources USING (source_key) JOIN runs USING (run_key) WHERE run_id = ? AND format = ? AND own = 1",
  );
  const taken = db.prepare<[number], number>("SELECT 1 FROM source_runs WHERE run_key = ? AND own = 1 LIMIT 1").pluck();
  const servers = db.prepare<[string], RunServer>("SELECT run_key AS runKey, path AS uri FROM source_runs JOIN sources USING (source_key) WHERE format = ? AND own = 1");
  const imported = db.prepare<[string, string], { imported: number }>("SELECT imported FROM sources WHERE path = ? AND format = ?");
  const items = db.prepare<[string, string, string], string>("SELECT key FROM source_items JOIN sources USING (source_key) WHERE path = ? AND format = ? AND kind = ?").pluck();
  const item = db.prepare<[string, string, string, string], string>("SELECT digest FROM source_items JOIN sources USING (source_key) WHERE path = ? AND format = ? AND kind = ? AND key = ?").pluck();
  // By way of the sources, of which there are few, as the key of the table begins with them.
  const server = db.prepare<[string, string, string], string>("SELECT s.path FROM sources s JOIN source_items i ON i.source_key = s.source_key AND i.kind = ? AND i.key = ? WHERE s.format = ? LIMIT 1").pluck();
  const open = db.prepare<[string, string], number>(
    "SELECT 1 FROM source_runs JOIN sources USING (source_key) JOIN runs USING (run_key) WHERE path = ? AND format = ? AND own = 1 AND runs.status = 'running' LIMIT 1",
  ).pluck();
  return {
    /** The runs that came from MLflow servers. */
    servers: (): RunServer[] => servers.all(SERVER_FORMAT),
    /** UTC ms of the last look at a source. */
    seen: (path: string, format: string): number | undefined => imported.get(path, format)?.imported,
    /** What a source brought: keys of its models, registered models, versions or traces. */
    items: (path: string, format: string, kind: ImportedItem["kind"]): string[] => items.all(path, format, kind),
    /** Of what the source said last of such a thing (`itemDigest`); undefined where it brought none of this key. */
    itemDigest: (path: string, format: string, { kind, key }: ImportedItem): string | undefined => item.get(path, format, kind, key),
    /** The address of the MLflow server that brought such a thing. */
    serverOf: ({ kind, key }: ImportedItem): string | undefined => server.get(kind, key, SERVER_FORMAT),
    /** Whether a run that came from a source is running. */
    hasOpen: (path: string, format: string): boolean => open.get(path, format) !== undefined,
    /** Where a run came from, of sources of one format. */
    placeOfRun: (runId: string, format: string): string | undefined => placeOf.get(runId, format)?.path,
    /** Whether a run came from a source: it stands there too. */
    isTaken: (runKey: number): boolean => taken.get(runKey) !== undefined,
    /** Ids of the runs that came from a source. */
    runIds: (path: string, format: string): string[] => ids.all(path, format).map(({ runId }) => runId),
    all: (): SourceRow[] => all.all().map((row) => ({ ...row, follow: row.follow === 1 })),
    /** Runs that a source holds; `here` of them were tracked here. */
    runs: (path: string, format: string) => runs.get(path, format) ?? { runs: 0, here: 0 },
    /** How far the files of a source were read. */
    places(path: string, format: string): Map<string, FilePlace> {
      return new Map(places.all(path, format).map(({ file, ...row }) => [file, placeOfRow(row)]));
    },
    /** How far one of them was read. */
    place(path: string, format: string, file: string): FilePlace | undefined {
      const row = place.get(path, format, file);
      return row && placeOfRow(row);
    },
  };
}

function placeOfRow({ inode, offset, state }: { readonly inode: string; readonly offset: number; readonly state: string | null }): FilePlace {
  return { inode: Number(inode), offset, ...(state === null ? {} : { state }) };
}
