import type { ForeignDatabase, ForeignRow } from "../store/foreign/database.ts";
import { artifactsOf } from "./mlflowPlaces.ts";
import { numberOf, textOf } from "./rows.ts";
import type { KeyValue, SourceRecord } from "./records.ts";

const modelStatuses = [undefined, "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"] as const;

/** Keys and values of a table by what they belong to. */
export function grouped(db: ForeignDatabase, table: string, owner: (row: ForeignRow) => string, columns: readonly [key: string, value: string], more: readonly string[]): Map<string, KeyValue[]> {
  const groups = new Map<string, KeyValue[]>();
  for (const row of db.rows(table, { columns: [...columns, ...more] })) {
    const name = owner(row);
    const one = { key: textOf(row, columns[0]) ?? "", value: textOf(row, columns[1]) ?? "" };
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

/** Logged models. */
export function* readDbModels(db: ForeignDatabase, folder: string): Generator<SourceRecord> {
  const byModel = (row: ForeignRow): string => textOf(row, "model_id") ?? "";
  const params = grouped(db, "logged_model_params", byModel, ["param_key", "param_value"], ["model_id"]);
  const tags = grouped(db, "logged_model_tags", byModel, ["tag_key", "tag_value"], ["model_id"]);
  const told = new Set<string>();
  const columns = ["model_id", "experiment_id", "name", "artifact_location", "creation_timestamp_ms", "last_updated_timestamp_ms", "status", "lifecycle_stage", "model_type", "source_run_id", "status_message"];
  for (const row of db.rows("logged_models", { columns, text: ["experiment_id"] })) {
    const model = textOf(row, "model_id");
    if (model === null) continue;
    const created = numberOf(row, "creation_timestamp_ms") ?? 0;
    yield {
      k: "model",
      model,
      experiment: textOf(row, "experiment_id") ?? "0",
      name: textOf(row, "name") ?? model,
      created,
      updated: numberOf(row, "last_updated_timestamp_ms") ?? created,
      status: modelStatuses[numberOf(row, "status") ?? 0] ?? "LOGGED_MODEL_PENDING",
      statusMessage: textOf(row, "status_message"),
      modelType: textOf(row, "model_type"),
      run: textOf(row, "source_run_id"),
      params: params.get(model) ?? [],
      tags: tags.get(model) ?? [],
      deleted: textOf(row, "lifecycle_stage") === "deleted",
    };
    yield* artifactsOf(textOf(row, "artifact_location"), model, folder, { model }, told);
  }
  for (const row of db.rows("logged_model_metrics", { columns: ["model_id", "metric_name", "metric_timestamp_ms", "metric_step", "metric_value", "run_id", "dataset_name", "dataset_digest"] })) {
    const [model, run, key] = [textOf(row, "model_id"), textOf(row, "run_id"), textOf(row, "metric_name")];
    if (model === null || run === null || key === null) continue;
    const [name, digest] = [textOf(row, "dataset_name"), textOf(row, "dataset_digest")];
    yield {
      k: "metric",
      run,
      key,
      value: numberOf(row, "metric_value") ?? Number.NaN,
      step: numberOf(row, "metric_step") ?? 0,
      time: numberOf(row, "metric_timestamp_ms") ?? 0,
      model,
      ...(name === null || digest === null ? {} : { dataset: { name, digest } }),
    };
  }
}

/** Registered models and their versions. */
export function* readDbRegistry(db: ForeignDatabase): Generator<SourceRecord> {
  const byName = (row: ForeignRow): string => textOf(row, "name") ?? "";
  const byVersion = (row: ForeignRow): string => `${textOf(row, "name")}\0${textOf(row, "version")}`;
  const tags = grouped(db, "registered_model_tags", byName, ["key", "value"], ["name"]);
  const aliases = grouped(db, "registered_model_aliases", byName, ["alias", "version"], ["name"]);
  const versionTags = grouped(db, "model_version_tags", byVersion, ["key", "value"], ["name", "version"]);
  for (const row of db.rows("registered_models", { columns: ["name", "creation_time", "last_updated_time", "description"] })) {
    const name = textOf(row, "name");
    if (name === null) continue;
    const created = numberOf(row, "creation_time") ?? 0;
    yield {
      k: "registeredModel",
      name,
      created,
      updated: numberOf(row, "last_updated_time") ?? created,
      description: textOf(row, "description"),
      tags: tags.get(name) ?? [],
      aliases: (aliases.get(name) ?? []).map(({ key, value }) => ({ alias: key, version: value })),
    };
  }
  const columns = ["name", "version", "creation_time", "last_updated_time", "description", "user_id", "current_stage", "source", "run_id", "status", "status_message", "run_link", "storage_location"];
  for (const row of db.rows("model_versions", { columns })) {
    const [name, version] = [textOf(row, "name"), textOf(row, "version")];
    if (name === null || version === null) continue;
    const created = numberOf(row, "creation_time") ?? 0;
    const status = textOf(row, "status");
    const source = textOf(row, "source") ?? "";
    yield {
      k: "version",
      name,
      version,
      created,
      updated: numberOf(row, "last_updated_time") ?? created,
      stage: textOf(row, "current_stage") ?? "None",
      description: textOf(row, "description"),
      user: textOf(row, "user_id"),
      source,
      storage: textOf(row, "storage_location"),
      run: textOf(row, "run_id"),
      runLink: textOf(row, "run_link"),
      model: /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1] ?? null,
      status: status === "PENDING_REGISTRATION" || status === "FAILED_REGISTRATION" ? status : "READY",
      statusMessage: textOf(row, "status_message"),
      tags: versionTags.get(byVersion(row)) ?? [],
    };
  }
}
