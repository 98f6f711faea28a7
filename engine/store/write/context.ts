import type { Db } from "../connection.ts";
import type { OperationInput, OperationName, OperationOutput } from "../operations.ts";

/** One function per operation; each runs in a savepoint of the group's transaction. */
export type Handlers = { [K in OperationName]: (input: OperationInput<K>) => OperationOutput<K> };

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

/** Which rows a transaction touched; after the commit they are read once and told to the readers. */
export class Dirty {
  readonly experiments = new Set<number>();
  readonly launches = new Set<number>();
  readonly runs = new Set<number>();
  readonly latest = new Map<number, Set<string>>();
  readonly params = new Map<number, Set<string>>();
  readonly tags = new Map<number, Set<string>>();

  static add(map: Map<number, Set<string>>, runKey: number, key: string): void {
    const keys = map.get(runKey);
    if (keys) keys.add(key);
    else map.set(runKey, new Set([key]));
  }

  clear(): void {
    for (const set of [this.experiments, this.launches, this.runs, this.latest, this.params, this.tags]) set.clear();
  }
}
