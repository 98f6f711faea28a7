import { join } from "node:path";
import { holdsArtifactsAlone } from "./artifactsAlone.ts";
import { entriesOf, filesBelow, reasonOf, statOf } from "./files.ts";
import { metricLines } from "./mlflowMetrics.ts";
import { type Meta, readMeta } from "./mlflowYaml.ts";
import { artifactsElsewhere, linksIn, type Place, problemAt, readArtifacts, readValues, within } from "./mlrunsRun.ts";
import type { KeyValue, ModelSource, ProblemSource, RegisteredModelSource, SourceRecord, VersionSource } from "./records.ts";

const modelStatuses = [undefined, "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"] as const;

/** All values of a folder at once; problems go into `problems`. */
function valuesOf(place: Place, problems: ProblemSource[]): KeyValue[] {
  const values: KeyValue[] = [];
  for (const one of readValues(place)) "k" in one ? problems.push(one) : values.push(one);
  return values;
}

/** A folder with its meta.yaml. */
interface Described {
  readonly name: string;
  readonly place: Place;
  readonly meta: Meta;
}

/** The folders within a folder that have a meta.yaml, in the order of their names; what cannot be read, and links, are problems; artifacts alone are a database's. */
function* describedIn(parent: Place): Generator<Described | ProblemSource> {
  yield* linksIn(parent);
  for (const entry of entriesOf(parent.folder)) if (entry.isDirectory() && !holdsArtifactsAlone(join(parent.folder, entry.name))) yield* described(entry.name, within(parent, entry.name));
}

function* described(name: string, place: Place): Generator<Described | ProblemSource> {
  const found = readMeta(join(place.folder, "meta.yaml"), `${place.shown}/meta.yaml`);
  if ("problem" in found) return yield found.problem;
  yield* linksIn(place);
  yield { name, place, meta: found.meta };
}

/** The logged models of an experiment. */
export function* readModels(experiment: string, models: Place): Generator<SourceRecord> {
  for (const one of describedIn(models)) {
    if ("k" in one) {
      yield one;
      continue;
    }
    const { name: id, place, meta } = one;
    const problems: ProblemSource[] = [];
    const created = meta.number("creation_timestamp") ?? 0;
    const model: ModelSource = {
      k: "model",
      model: id,
      experiment,
      name: meta.text("name") ?? id,
      created,
      updated: meta.number("last_updated_timestamp") ?? created,
      status: modelStatuses[meta.number("status") ?? 0] ?? "LOGGED_MODEL_PENDING",
      statusMessage: meta.text("status_message"),
      modelType: meta.text("model_type"),
      run: meta.text("source_run_id"),
      params: valuesOf(within(place, "params"), problems),
      tags: valuesOf(within(place, "tags"), problems),
      deleted: meta.text("lifecycle_stage") === "deleted",
    };
    yield model;
    yield* problems;
    yield* readModelMetrics(id, within(place, "metrics"));
    const elsewhere = artifactsElsewhere(place, meta.text("artifact_location"));
    if (elsewhere) yield elsewhere;
    yield* readArtifacts(within(place, "artifacts"), { model: id });
  }
}

function* readModelMetrics(model: string, place: Place): Generator<SourceRecord> {
  for (const { name: key, file, link } of filesBelow(place.folder)) {
    if (link || (statOf(file)?.size ?? 0) === 0) continue;
    try {
      for (const one of metricLines(file, 0, "model", true)) {
        if ("reason" in one) yield problemAt(`${place.shown}/${key}`, one.reason, one.line);
        else if (one.run !== null) yield { k: "metric", run: one.run, key, value: one.value, step: one.step, time: one.time, model, ...(one.dataset ? { dataset: one.dataset } : {}) };
      }
    } catch (error) {
      yield problemAt(`${place.shown}/${key}`, reasonOf(error));
    }
  }
}

/** The registry: `models/` at the top. */
export function* readRegistry(registry: Place): Generator<SourceRecord> {
  for (const one of describedIn(registry)) {
    if ("k" in one) {
      yield one;
      continue;
    }
    const { place, meta } = one;
    const problems: ProblemSource[] = [];
    const created = meta.number("creation_timestamp") ?? 0;
    const name = meta.text("name") ?? one.name;
    const registered: RegisteredModelSource = {
      k: "registeredModel",
      name,
      created,
      updated: meta.number("last_updated_timestamp") ?? created,
      description: meta.text("description"),
      tags: valuesOf(within(place, "tags"), problems),
      aliases: valuesOf(within(place, "aliases"), problems).map(({ key, value }) => ({ alias: key, version: value.trim() })),
    };
    yield registered;
    yield* problems;
    for (const inner of entriesOf(place.folder)) if (inner.isDirectory() && inner.name.startsWith("version-")) for (const version of described(inner.name, within(place, inner.name))) yield* "k" in version ? [version] : readVersion(name, version);
  }
}

function* readVersion(name: string, { place, meta }: Described): Generator<SourceRecord> {
  const version = meta.text("version") ?? "";
  if (!/^\d+$/.test(version)) return yield problemAt(`${place.shown}/meta.yaml`, `\`${version}\` is no version of a model.`);
  const problems: ProblemSource[] = [];
  const created = meta.number("creation_timestamp") ?? 0;
  const status = meta.text("status");
  const record: VersionSource = {
    k: "version",
    name,
    version,
    created,
    updated: meta.number("last_updated_timestamp") ?? created,
    stage: meta.text("current_stage") ?? "None",
    description: meta.text("description"),
    user: meta.text("user_id"),
    source: meta.text("source") ?? "",
    storage: meta.text("storage_location"),
    run: meta.text("run_id"),
    runLink: meta.text("run_link"),
    model: meta.text("model_id"),
    status: status === "PENDING_REGISTRATION" || status === "FAILED_REGISTRATION" ? status : "READY",
    statusMessage: meta.text("status_message"),
    tags: valuesOf(within(place, "tags"), problems),
  };
  yield record;
  yield* problems;
}
