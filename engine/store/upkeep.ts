import type { Db } from "./connection.ts";

/** What the writer does between writes, in no transaction of theirs. */
export type Upkeep = "giveBack" | "rewrite";

/** Pages that one step gives back: others' calls wait meanwhile, for some milliseconds. */
const STEP_PAGES = 200;
/** How long the log's reset waits for somebody who reads. */
const RESET_MS = 1_000;

/** Gives room in the file that nothing uses back to the disk; the answer is how many bytes shorter the file is, or will be once the log is folded into it. */
export function keepUp(db: Db, what: Upkeep): number {
  const before = pages(db);
  if (what === "giveBack") giveBackSome(db);
  else rewrite(db);
  // SAFETY: `simple` gives the pragma's one number.
  return (before - pages(db)) * (db.pragma("page_size", { simple: true }) as number);
}

/** One short transaction: pages of the file's end move into free ones before it. Does nothing in a store that was made before files could shrink. */
function giveBackSome(db: Db): void {
  const before = pages(db);
  db.pragma(`incremental_vacuum(${STEP_PAGES})`);
  // Only what is folded into the file makes it shorter; readers go on meanwhile.
  if (pages(db) === before) db.pragma("wal_checkpoint(PASSIVE)");
}

/** The whole file anew, in one transaction: from then on it shrinks in steps. The copy is made on the disk, however large it is. */
function rewrite(db: Db): void {
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("temp_store = FILE");
  try {
    db.exec("VACUUM");
  } finally {
    db.pragma("temp_store = MEMORY");
  }
  // SAFETY: `simple` gives the pragma's one number.
  const patience = db.pragma("busy_timeout", { simple: true }) as number;
  // By now the log is as long as the file.
  db.pragma(`busy_timeout = ${RESET_MS}`);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.pragma(`busy_timeout = ${patience}`);
}

function pages(db: Db): number {
  // SAFETY: `simple` gives the pragma's one number.
  return db.pragma("page_count", { simple: true }) as number;
}
