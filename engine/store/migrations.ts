import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { copyDatabase } from "./backupFile.ts";
import type { Db } from "./connection.ts";
import { initial } from "./migrations/001-initial.ts";
import { evaluations } from "./migrations/002-evaluations.ts";
import { curveBlocks } from "./migrations/003-curve-blocks.ts";
import { experimentIds } from "./migrations/004-experiment-ids.ts";
import { sources } from "./migrations/005-sources.ts";
import { traces } from "./migrations/006-traces.ts";
import { registry } from "./migrations/007-registry.ts";
import { launchSources } from "./migrations/008-launch-sources.ts";
import { runsOfLogs } from "./migrations/009-runs-of-logs.ts";
import { runNumbers } from "./migrations/010-run-numbers.ts";
import { byRun } from "./migrations/011-by-run.ts";
import { removals } from "./migrations/012-removals.ts";

/** One numbered step; `sql` brings a store from the version before to `version`. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** In order, without gaps. A published step is never edited; add the next number. */
export const migrations: readonly Migration[] = [
  { version: 1, sql: initial },
  { version: 2, sql: evaluations },
  { version: 3, sql: curveBlocks },
  { version: 4, sql: experimentIds },
  { version: 5, sql: sources },
  { version: 6, sql: traces },
  { version: 7, sql: registry },
  { version: 8, sql: launchSources },
  { version: 9, sql: runsOfLogs },
  { version: 10, sql: runNumbers },
  { version: 11, sql: byRun },
  { version: 12, sql: removals },
];

/** How many backups stay beside the store. */
const KEPT_BACKUPS = 3;

export function storeVersion(db: Db): number {
  // SAFETY: `simple` makes the pragma return its one value, and user_version is a 32-bit integer.
  return db.pragma("user_version", { simple: true }) as number;
}

/** The version that this program writes. */
export function latestVersion(steps: readonly Migration[] = migrations): number {
  return steps.at(-1)?.version ?? 0;
}

/**
 * Brings a store up to date in one transaction, after a copy of it under `backups/`. A process that dies anywhere in
 * here leaves the store as it was. Throws `STORE_NEWER` for a store of a newer version, and what SQLite says of one that is damaged.
 */
export function migrate(db: Db, steps: readonly Migration[] = migrations): void {
  const target = latestVersion(steps);
  if (storeVersion(db) === target) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    const from = storeVersion(db);
    if (from > target) throw newerStore(db.name, from, target);
    if (from > 0 && from < target) backUp(db.name, from);
    for (const step of steps) if (step.version > from) db.exec(step.sql);
    db.pragma(`user_version = ${target}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** What a person reads when a newer version wrote the store. */
export function newerStore(file: string, found: number, known: number): TouchstoneError {
  return new TouchstoneError({
    code: "STORE_NEWER",
    message: `This store was written by a newer Touchstone (schema ${found}; this version knows ${known}). It can be read, not written.`,
    file,
    hint: "Update the Touchstone extension to track into this folder.",
  });
}

/** By SQLite: the file alone lacks the log's content while somebody reads, and reading the file beside SQLite would end its locks on it. */
function backUp(file: string, version: number): void {
  const folder = join(dirname(file), "backups");
  mkdirSync(folder, { recursive: true });
  const stem = basename(file, ".db");
  const copy = join(folder, `${stem}-v${version}-${Date.now()}.db`);
  try {
    copyDatabase(file, copy);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
  const old = readdirSync(folder).filter((name) => name.startsWith(`${stem}-v`)).sort();
  for (const name of old.slice(0, -KEPT_BACKUPS)) rmSync(join(folder, name));
}
