import type { Column } from "../expressions/evaluate.ts";
import type { KnownName, Scope } from "../expressions/scope.ts";
import type { RunTable } from "./columns/runTable.ts";
import type { TextColumn } from "./columns/texts.ts";
import { duration } from "./cells.ts";

/** MLflow's names of attributes, and those of the table. */
type Attribute = (table: RunTable) => Column;

const text = (get: (table: RunTable, row: number) => string | null, caseless = false): Attribute => (table) => ({ kind: "string", caseless, get: (row) => get(table, row) });
const time = (get: (table: RunTable, row: number) => number | null): Attribute => (table) => ({ kind: "time", get: (row) => get(table, row) });

const attributes: Readonly<Record<string, Attribute>> = {
  run_id: text((table, row) => table.run(row).runId),
  run_name: text((table, row) => table.run(row).name),
  name: text((table, row) => table.run(row).name),
  run: text((table, row) => table.title(row)),
  title: text((table, row) => table.title(row)),
  status: text((table, row) => table.run(row).status, true),
  user_id: text((table, row) => table.run(row).user),
  user: text((table, row) => table.run(row).user),
  artifact_uri: text((table, row) => `${table.artifactRoot(row)}/${table.run(row).runId}/artifacts`),
  experiment: text((table, row) => table.experiments.get(table.run(row).experimentId)?.name ?? null),
  experiment_id: text((table, row) => table.experimentId(row)),
  script: text((table, row) => table.launch(row)?.script ?? null),
  commit: text((table, row) => table.launch(row)?.commit ?? null),
  server: text((table, row) => table.server(row) ?? null),
  error: text((table, row) => table.run(row).error),
  start_time: time((table, row) => table.run(row).start),
  start: time((table, row) => table.run(row).start),
  created: time((table, row) => table.run(row).start),
  end_time: time((table, row) => table.run(row).end),
  end: time((table, row) => table.run(row).end),
  duration: (table) => ({ kind: "number", get: (row) => duration(table, row) }),
  starred: (table) => ({ kind: "boolean", get: (row) => table.run(row).starred === 1 }),
};

/** What a run filter may name: metrics, params and tags of any run, and the run's own attributes, with or without `attributes.` */
export function runScope(table: RunTable): Scope<Column> {
  const ofText = (values: TextColumn | undefined): Column =>
    values ? { kind: "text", get: (row) => values.get(row), code: (row) => values.code(row) } : { kind: "text", get: () => null, absent: true };
  return {
    unknown: "A run has no attribute",
    resolve({ entity, key, full }) {
      if (entity === "metrics") {
        const values = table.metrics.get(key);
        return values ? { kind: "number", get: (row) => values.get(row) } : { kind: "number", get: () => null, absent: true };
      }
      if (entity === "params") return ofText(table.params.get(key));
      if (entity === "tags") return ofText(table.tags.get(key));
      if (entity === "datasets") return null;
      const name = (entity === "attributes" ? key : full).toLowerCase();
      return Object.hasOwn(attributes, name) ? (attributes[name]?.(table) ?? null) : null;
    },
    *names(): Iterable<KnownName> {
      for (const key of table.metrics.keys()) yield { entity: "metrics", key, kind: "number" };
      for (const [key, values] of table.params) yield { entity: "params", key, kind: "text", values: values.frequent(10).map(({ value }) => value) };
      for (const [key, values] of table.tags) yield { entity: "tags", key, kind: "text", values: values.frequent(10).map(({ value }) => value) };
      for (const [key, make] of Object.entries(attributes)) yield { entity: null, key, kind: make(table).kind };
    },
  };
}
