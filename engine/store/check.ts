import { openConnection } from "./connection.ts";
import { latestVersion, storeVersion } from "./migrations.ts";
import { artifactReads } from "./read/artifacts.ts";

/** What `touchstone doctor` finds in a store's file; nothing is changed. */
export interface StoreCheck {
  /** Of the file, and the one that this program writes. */
  readonly version: number;
  readonly known: number;
  /** SQLite's own findings; empty when the file is whole. */
  readonly damage: readonly string[];
  /** Rows that refer to rows that are not there. */
  readonly dangling: readonly string[];
  /** Digests of stored content that something refers to. */
  readonly digests: ReadonlySet<string>;
}

/** Reads every page of `file`, so it takes its time on a large store. @throws SQLite's error when it is no database. */
export function checkStore(file: string): StoreCheck {
  const db = openConnection(file, "read");
  try {
    const version = storeVersion(db);
    // SAFETY: the pragma's one column is text, `ok` when nothing was found.
    const findings = (db.pragma("integrity_check(20)") as { integrity_check: string }[]).map((row) => row.integrity_check);
    // SAFETY: columns of foreign_key_check as SQLite documents them.
    const dangling = (db.pragma("foreign_key_check") as { table: string; parent: string }[]).map(({ table, parent }) => `${table} → ${parent}`);
    return {
      version,
      known: latestVersion(),
      damage: findings.filter((finding) => finding !== "ok"),
      dangling: [...new Set(dangling)],
      digests: version > 0 && version <= latestVersion() ? artifactReads(db).digests() : new Set(),
    };
  } finally {
    db.close();
  }
}
