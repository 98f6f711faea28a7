import type { Db } from "../connection.ts";
import type { LatestRecord, ParamRecord, RunServer, TagRecord } from "../records.ts";
import type { OperationInput, OperationName, OperationOutput } from "../operations.ts";

/** One function per operation; each runs in a savepoint of the group's transaction. */
export type Handlers = { [K in OperationName]: (input: OperationInput<K>) => OperationOutput<K> };

/** SQL for the number of a new run: one that none has or ever had. */
export const NEXT_RUN_KEY = "(SELECT 1 + max(coalesce((SELECT max(run_key) FROM runs), 0), (SELECT last_run FROM pruned)))";

/** What write handlers share. */
export interface WriteContext {
  readonly db: Db;
  readonly keys: KeyIds;
  readonly dirty: Dirty;
}

/** Ids of metric, param and tag keys, kept in memory; `forget` after a rollback, which may have taken new ones back. */
export class KeyIds {
  readonly #ids = new Map<string, number>();
  readonly #insert;
  readonly #select;

  constructor(db: Db) {
    this.#insert = db.prepare<[string]>("INSERT INTO keys (name) VALUES (?)");
    this.#select = db.prepare<[string], { id: number }>("SELECT key_id AS id FROM keys WHERE name = ?");
  }

  /** The id of a key; a new key is stored. */
  of(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#select.get(name)?.id ?? Number(this.#insert.run(name).lastInsertRowid);
      this.#ids.set(name, id);
    }
    return id;
  }

  forget(): void {
    this.#ids.clear();
  }
}

/**
 * What a transaction changed, to be told to the readers after the commit: rows of few columns as they are now, in the
 * order of the writes; wider ones by key, to be read once at the end.
 */
export class Dirty {
  readonly experiments = new Set<number>();
  readonly launches = new Set<number>();
  readonly runs = new Set<number>();
  /** Runs some of whose params changed their source: all of theirs are told anew. */
  readonly anewParams = new Set<number>();
  readonly servers: RunServer[] = [];
  readonly latest: (LatestRecord | GoneLatest)[] = [];
  readonly params: ParamRecord[] = [];
  readonly tags: TagRecord[] = [];

  /** Where a write begins; `undo` takes what came after it back. */
  mark(): DirtyMark {
    return { servers: this.servers.length, latest: this.latest.length, params: this.params.length, tags: this.tags.length };
  }

  undo(mark: DirtyMark): void {
    this.servers.length = mark.servers;
    this.latest.length = mark.latest;
    this.params.length = mark.params;
    this.tags.length = mark.tags;
  }

  clear(): void {
    for (const set of [this.experiments, this.launches, this.runs, this.anewParams]) set.clear();
    this.undo({ servers: 0, latest: 0, params: 0, tags: 0 });
  }
}

interface DirtyMark {
  readonly servers: number;
  readonly latest: number;
  readonly params: number;
  readonly tags: number;
}

/** A metric whose points were taken back. */
interface GoneLatest {
  readonly runKey: number;
  readonly key: string;
  readonly points: 0;
}
