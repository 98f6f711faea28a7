import type { ErrorShape } from "../api/tokens.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";
import type { Db } from "./connection.ts";
import { createHandlers } from "./handlers.ts";
import type { OperationName } from "./operations.ts";
import { launchReads } from "./read/launches.ts";
import { experimentReads } from "./read/experiments.ts";
import { runReads } from "./read/runs.ts";
import type { ExperimentRecord, LaunchRecord, RunRecord, StoreChange } from "./records.ts";
import { Dirty, KeyIds } from "./write/context.ts";

/** One asked write. `input` belongs to `op`; the client's types made sure of it. */
export interface WriteRequest {
  readonly id: number;
  readonly op: OperationName;
  readonly input: unknown;
}

export type WriteResult = { readonly id: number; readonly output: unknown } | { readonly id: number; readonly error: ErrorShape };

export interface Committed {
  readonly results: readonly WriteResult[];
  /** Null where nothing that readers keep was touched. */
  readonly change: StoreChange | null;
  /**
   * Why what a commit changed could not be told, or null. The results stand, for the commit does; but what readers keep
   * is behind from now on, so nothing more may be written before they read everything anew.
   */
  readonly fault: string | null;
}

/** Runs groups of writes, each group in one transaction and each write in a savepoint of it, where there are several. */
export function createCommitter(db: Db): (requests: readonly WriteRequest[]) => Committed {
  const keys = new KeyIds(db);
  const dirty = new Dirty();
  const handlers = createHandlers({ db, keys, dirty });
  const readChange = changeReader(db, dirty);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const savepoint = db.prepare("SAVEPOINT one");
  const release = db.prepare("RELEASE one");
  const undo = db.prepare("ROLLBACK TO one");
  let version = 0;

  /** @param alone - Whether the transaction is its own: then that undoes it, without the copies of pages that a savepoint makes. */
  function runOne({ id, op, input }: WriteRequest, alone: boolean): WriteResult {
    if (!alone) savepoint.run();
    const mark = dirty.mark();
    try {
      // SAFETY: `op` and `input` come as a pair from Store.write, whose signature ties them together.
      const handler = handlers[op] as (input: unknown) => unknown;
      const output = handler(input);
      if (!alone) release.run();
      return { id, output };
    } catch (error) {
      // A full disk may have rolled back everything; then the whole group failed and the caller hears so.
      if (!db.inTransaction) throw error;
      if (alone) rollback.run();
      else {
        undo.run();
        release.run();
      }
      keys.forget();
      dirty.undo(mark);
      return { id, error: errorShape(error, db.name) };
    }
  }

  return (requests) => {
    dirty.clear();
    let results: WriteResult[];
    try {
      begin.run();
      results = requests.map((request) => runOne(request, requests.length === 1));
      if (db.inTransaction) commit.run();
    } catch (error) {
      if (db.inTransaction) rollback.run();
      keys.forget();
      const shape = errorShape(error, db.name);
      return { results: requests.map(({ id }) => ({ id, error: shape })), change: null, fault: null };
    }
    try {
      const change = readChange(version + 1);
      if (change) version++;
      return { results, change, fault: null };
    } catch (error) {
      return { results, change: null, fault: errorShape(error, db.name).message };
    }
  };
}

function changeReader(db: Db, dirty: Dirty): (version: number) => StoreChange | null {
  const runs = runReads(db);
  const experiments = experimentReads(db);
  const launches = launchReads(db);
  const present = <T>(row: T | undefined): T[] => (row === undefined ? [] : [row]);

  return (version) => {
    // Of many points of one metric the last one tells all, but for one that was no number.
    const latest = new Map<string, (typeof dirty.latest)[number]>();
    for (const row of dirty.latest) {
      const place = `${row.runKey} ${row.key}`;
      const before = latest.get(place);
      const odd = before !== undefined && "value" in before ? before.nonFinite : undefined;
      latest.set(place, odd !== undefined && "value" in row ? { ...row, nonFinite: odd } : row);
    }
    const change: StoreChange = {
      version,
      experiments: [...dirty.experiments].flatMap((id): ExperimentRecord[] => present(experiments.byId(id))),
      launches: [...dirty.launches].flatMap((key): LaunchRecord[] => present(launches.record(key))),
      runs: [...dirty.runs].flatMap((key): RunRecord[] => present(runs.byKey(key))),
      goneRuns: [...dirty.runs].filter((key) => runs.byKey(key) === undefined),
      servers: dirty.servers.slice(),
      latest: [...latest.values()].filter((row) => "value" in row),
      goneLatest: [...latest.values()].filter((row) => row.points === 0),
      params: [...dirty.params.filter(({ runKey }) => !dirty.anewParams.has(runKey)), ...[...dirty.anewParams].flatMap((key) => runs.params(key))],
      anewParams: [...dirty.anewParams],
      tags: dirty.tags.slice(),
    };
    return Object.values(change).some((rows) => Array.isArray(rows) && rows.length > 0) ? change : null;
  };
}

/** What a person is told of a failure to write. */
export function errorShape(error: unknown, file: string): ErrorShape {
  if (error instanceof TouchstoneError) return error.shape;
  const message = error instanceof Error ? error.message : String(error);
  if (isDiskFull(error)) return diskFull(file).shape;
  return { code: "STORE_FAILED", message: `The store could not be written: ${message}`, file };
}
