import type { Name } from "../expressions/ast.ts";
import type { Column } from "../expressions/evaluate.ts";
import type { Kind, Scope } from "../expressions/scope.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import type { TextColumn } from "../runs/columns/texts.ts";
import { runScope } from "../runs/scope.ts";
import type { RunRecord } from "../store/records.ts";
import type { Readers } from "../store/store.ts";
import type { Field } from "./checkFilter.ts";
import { invalid } from "./errors.ts";
import { runName, statusName } from "./shapes.ts";

const RUN_NAME_TAG = "mlflow.runName";
const CONTEXT_TAG = "mlflow.data.context";

/** Attributes that a client reads with other values than the table shows. */
const attributes: Readonly<Record<string, { readonly kind: "string" | "time"; readonly get: (run: RunRecord) => string | number | null }>> = {
  run_id: { kind: "string", get: ({ runId }) => runId },
  run_name: { kind: "string", get: runName },
  status: { kind: "string", get: statusName },
  user_id: { kind: "string", get: ({ user }) => user ?? "" },
  start_time: { kind: "time", get: ({ start }) => start },
  end_time: { kind: "time", get: ({ end }) => end },
};

const alternates: Readonly<Record<string, string>> = { created: "start_time", "run name": "run_name" };

/** What messages name: MLflow's own attributes. */
const searchable = ["run_id", "run_name", "status", "user_id", "artifact_uri", "experiment_id", "start_time", "end_time", ...Object.keys(alternates)];

const datasetKeys = ["name", "digest", "context"];

/** MLflow's words for the entities. */
const words = { metrics: "metric", params: "parameter", tags: "tag", attributes: "attribute", datasets: "dataset" } as const;

/** What a value of a run is sorted by, and whether texts or numbers. */
export type SortColumn =
  | { readonly kind: "number"; readonly get: (row: number) => number | null }
  | { readonly kind: "text"; readonly column: TextColumn | undefined }
  | { readonly kind: "string"; readonly get: (row: number) => string };

/** What `runs/search` finds and sorts by: a run as clients read it, and beyond MLflow what the table knows (`script`, `duration`…). */
export interface DoorScope extends Scope<Column> {
  /** What a name means. Throws MLflow's messages. */
  fieldOf(name: Name): Field;
  /** Throws MLflow's messages. */
  sortBy(name: Name): SortColumn;
}

export function doorScope(table: RunTable, read: Readers): DoorScope {
  const own = runScope(table);
  const datasets = datasetsOf(read);

  const resolve = (name: Name): Column | null => {
    const { entity, key } = placed(name);
    if (entity === "datasets") return { kind: "string", get: (row) => datasets(table.run(row).runKey, key)[0] ?? null, many: (row) => datasets(table.run(row).runKey, key) };
    if (entity === "tags" && key === RUN_NAME_TAG) return { kind: "text", get: (row) => nameTag(table, row) };
    const attribute = entity === "attributes" ? attributeOf(key) : undefined;
    if (attribute === undefined) return own.resolve(name);
    const { kind, get } = attribute;
    return kind === "time" ? { kind, get: (row) => numeric(get(table.run(row))) } : { kind, get: (row) => String(get(table.run(row))) };
  };
  const fieldOf = (name: Name): Field => {
    const { entity, key } = placed(name);
    if (entity === "datasets" && !datasetKeys.includes(key)) throw invalid(`Invalid dataset key '${key}' specified. Valid keys are '{${datasetKeys.map((valid) => `'${valid}'`).join(", ")}}'`);
    const kind: Kind | undefined = entity === "datasets" ? "string" : resolve(name)?.kind;
    if (kind === undefined) {
      const valid = searchable.map((known) => `'${known}'`).join(", ");
      throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${valid}}'`);
    }
    return { entity: words[entity], key: entity === "attributes" ? canonical(key) : key, kind };
  };
  return {
    unknown: "A run has no attribute",
    resolve,
    fieldOf,
    sortBy(name) {
      const { entity, key } = placed(name);
      const { kind } = fieldOf(name);
      if (entity === "datasets") throw invalid(`Invalid identifier type 'dataset'`);
      if (entity === "params") return { kind: "text", column: table.params.get(key) };
      if (entity === "tags" && key !== RUN_NAME_TAG) return { kind: "text", column: table.tags.get(key) };
      const column = resolve(name);
      if (column?.kind === "number" || column?.kind === "time") return { kind: "number", get: column.get };
      if (column?.kind === "string" || column?.kind === "text") return { kind: "string", get: (row) => column.get(row) ?? "" };
      throw invalid(`Invalid attribute key '${name.full}' specified: ${kind} values have no order.`);
    },
  };
}

/** A column's own name of an attribute, for those that have two. */
function canonical(key: string): string {
  const lower = key.toLowerCase();
  return Object.hasOwn(alternates, lower) ? (alternates[lower] ?? key) : key;
}

function attributeOf(key: string) {
  const name = canonical(key);
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function placed({ entity, key, full, prefix }: Name): { entity: keyof typeof words; key: string } {
  if (entity !== null) return { entity, key };
  if (prefix !== null) throw invalid(`Invalid entity type '${prefix}'. Valid values are [${Object.values(words).map((word) => `'${word}'`).join(", ")}]`);
  return { entity: "attributes", key: full };
}

function nameTag(table: RunTable, row: number): string {
  return table.tags.get(RUN_NAME_TAG)?.get(row) ?? runName(table.run(row));
}

function numeric(value: string | number | null): number | null {
  return typeof value === "number" ? value : null;
}

/** The data sets of all runs are read once, when the first one is asked for. */
function datasetsOf(read: Readers): (runKey: number, key: string) => readonly string[] {
  type Datasets = ReturnType<Readers["models"]["everyDataset"]>;
  let all: Map<number, Datasets> | undefined;
  return (runKey, key) => {
    if (all === undefined) {
      all = new Map();
      for (const dataset of read.models.everyDataset()) all.set(dataset.runKey, [...(all.get(dataset.runKey) ?? []), dataset]);
    }
    return (all.get(runKey) ?? []).flatMap(({ name, digest, tags }) => (key === "name" ? name : key === "digest" ? digest : tags.filter((tag) => tag.key === CONTEXT_TAG).map(({ value }) => value)));
  };
}
