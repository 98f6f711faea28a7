import type { Cell, ColumnId, RunHead } from "../api/runs.ts";
import { TouchstoneError, type WireNumber } from "../api/tokens.ts";
import type { RunTable } from "./columns/runTable.ts";
import type { SortKey } from "./columns/sort.ts";

/** A column of the table: what a row shows and where it stands. */
export interface TableColumn {
  cell(row: number): Cell;
  /** Made anew for each sort, so that it may look at all rows once. */
  sortKey(): SortKey;
}

/** Columns that belong to the run itself, by name. */
export const attributeNames = ["run", "status", "start", "end", "duration", "script", "commit", "changes", "experiment", "user", "server", "error"] as const;

/** The order of states: what needs a look first. */
const statusOrder = ["running", "scheduled", "failed", "lost", "killed", "finished"];

/**
 * Finds a column. A key that no run has is a column of missing values. `baseline` is the row that differences are taken from; without
 * one they are missing. Throws `UNKNOWN_COLUMN`.
 */
export function tableColumn(table: RunTable, id: ColumnId, baseline: number | null = null): TableColumn {
  const dot = id.indexOf(".");
  const key = id.slice(dot + 1);
  switch (dot === -1 ? id : id.slice(0, dot)) {
    case "metrics": {
      const values = table.metrics.get(key);
      return { cell: (row) => wireOrMissing(values?.get(row) ?? null), sortKey: () => (row) => values?.get(row) ?? null };
    }
    case "delta": {
      const values = table.metrics.get(key);
      const from = baseline === null ? null : (values?.get(baseline) ?? null);
      const difference = (row: number): number | null => {
        const value = values?.get(row) ?? null;
        return value === null || from === null ? null : value - from;
      };
      return { cell: (row) => wireOrMissing(difference(row)), sortKey: () => difference };
    }
    case "params":
    case "tags": {
      const values = (id.startsWith("params") ? table.params : table.tags).get(key);
      return {
        cell: (row) => values?.get(row) ?? null,
        sortKey() {
          const ranks = values?.ranks();
          return (row) => ranks?.[values?.code(row) ?? -1] ?? null;
        },
      };
    }
    case "run":
      return textual((row) => table.title(row), table);
    case "status":
      return { cell: (row) => table.run(row).status, sortKey: () => (row) => statusOrder.indexOf(table.run(row).status) };
    case "start":
      return numeric((row) => table.run(row).start);
    case "end":
      return numeric((row) => table.run(row).end);
    case "duration":
      return numeric((row) => duration(table, row));
    case "script":
      return textual((row) => table.launch(row)?.script ?? null, table);
    case "commit":
      return textual((row) => table.launch(row)?.commit ?? null, table);
    case "changes":
      return { cell: (row) => changes(table, row), sortKey: () => (row) => changedLines(table, row) };
    case "experiment":
      return textual((row) => table.experiments.get(table.run(row).experimentId)?.name ?? null, table);
    case "user":
      return textual((row) => table.run(row).user, table);
    case "server":
      return textual((row) => table.server(row) ?? null, table);
    case "error":
      return textual((row) => table.run(row).error, table);
    default:
      throw new TouchstoneError({ code: "UNKNOWN_COLUMN", message: `There is no column ${id}.`, hint: "Columns are metrics.<key>, delta.<metric>, params.<key>, tags.<key>, or one of " + attributeNames.join(", ") + "." });
  }
}

/** What every row needs, whatever its columns are. */
export function runHead(table: RunTable, row: number): RunHead {
  const run = table.run(row);
  const launch = table.launch(row);
  const parent = run.parentKey === null ? undefined : table.rowOfKey(run.parentKey);
  const silentSince = table.signs.silentSince(run);
  const server = table.server(row);
  return {
    runId: run.runId,
    launchId: launch?.launchId ?? null,
    title: table.title(row),
    status: run.status,
    start: run.start,
    end: run.end,
    color: run.color,
    starred: run.starred === 1,
    deleted: run.deleted !== null,
    children: table.children(row),
    parent: parent === undefined ? null : table.run(parent).runId,
    script: launch?.script ?? null,
    error: run.error,
    progress: run.progress,
    ...(silentSince === undefined ? {} : { silentSince }),
    ...(server === undefined ? {} : { server }),
  };
}

/** A number as JSON can hold it. */
export function wireNumber(value: number): WireNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** Milliseconds; missing while the run goes on, since the screen counts itself. */
export function duration(table: RunTable, row: number): number | null {
  const { start, end } = table.run(row);
  return end === null ? null : end - start;
}

function changedLines(table: RunTable, row: number): number | null {
  const launch = table.launch(row);
  return launch?.added == null ? null : launch.added + (launch.removed ?? 0);
}

function changes(table: RunTable, row: number): string | null {
  const launch = table.launch(row);
  if (launch?.added == null) return null;
  return changedLines(table, row) === 0 ? "clean" : `+${launch.added} −${launch.removed ?? 0}`;
}

function numeric(value: (row: number) => number | null): TableColumn {
  return { cell: value, sortKey: () => value };
}

const natural = new Intl.Collator("en", { numeric: true });

/** Texts that are computed: their order is found by looking at each different one once. */
function textual(value: (row: number) => string | null, table: RunTable): TableColumn {
  return {
    cell: value,
    sortKey() {
      const different = new Set<string>();
      for (let row = 0; row < table.count; row++) {
        const text = value(row);
        if (text !== null) different.add(text);
      }
      const ordered = [...different];
      if (ordered.length <= 4_000) ordered.sort(natural.compare);
      else ordered.sort();
      const ranks = new Map(ordered.map((text, rank) => [text, rank]));
      return (row) => ranks.get(value(row) ?? "") ?? null;
    },
  };
}

function wireOrMissing(value: number | null): Cell {
  return value === null ? null : wireNumber(value);
}
