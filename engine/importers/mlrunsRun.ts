import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { entriesOf, filesBelow, isLink, readText, reasonOf, statOf } from "./files.ts";
import { isMadeUp } from "./mlflowNames.ts";
import { metricLines } from "./mlflowMetrics.ts";
import { type Meta, readMeta } from "./mlflowYaml.ts";
import type { FilePlace, KeyValue, ProblemSource, RunSource, SourceRecord } from "./records.ts";

/** Values of params and tags end at 8,000 characters in MLflow; older ones were longer. */
const VALUE_LIMIT = 1_000_000;
const statuses = [undefined, "running", "scheduled", "finished", "failed", "killed"] as const;

/** A folder of an mlruns source; `shown` is its path relative to the source. */
export interface Place {
  readonly folder: string;
  readonly shown: string;
}

export const within = ({ folder, shown }: Place, name: string): Place => ({ folder: join(folder, name), shown: shown === "" ? name : `${shown}/${name}` });

export const problemAt = (file: string, reason: string, line?: number): ProblemSource => ({ k: "problem", file, reason, ...(line === undefined ? {} : { line }) });

const LINK = "It is a link, which is not followed.";

/** Says of what lies in a folder as a link that it is not read: `params` may lead to anything that this person may read. */
export function* linksIn(place: Place): Generator<ProblemSource> {
  for (const entry of entriesOf(place.folder)) if (entry.isSymbolicLink()) yield problemAt(place.shown === "" ? entry.name : `${place.shown}/${entry.name}`, LINK);
}

/** Files whose name is a key and whose content is the value. */
export function* readValues(place: Place): Generator<KeyValue | ProblemSource> {
  for (const { name, file, link } of filesBelow(place.folder)) {
    const shown = `${place.shown}/${name}`;
    if (link) {
      yield problemAt(shown, LINK);
      continue;
    }
    try {
      const value = readText(file, VALUE_LIMIT);
      yield value === null ? problemAt(shown, `It has more than ${VALUE_LIMIT} bytes.`) : { key: name, value };
    } catch (error) {
      yield problemAt(shown, reasonOf(error));
    }
  }
}

export function* readArtifacts(place: Place, owner: { readonly run: string } | { readonly model: string }): Generator<SourceRecord> {
  for (const { name, file, link } of filesBelow(place.folder)) {
    // A link may lead to a file of the source; whether it does is looked at before it is opened.
    if (link && (statOf(file)?.isDirectory() ?? false)) yield problemAt(`${place.shown}/${name}`, "It is a link to a folder, which is not followed.");
    else yield { k: "artifact", ...owner, name, file };
  }
}

/** Where artifacts lie that do not stand beside the meta.yaml. */
export function artifactsElsewhere(place: Place, uri: string | null): ProblemSource | null {
  if (existsSync(join(place.folder, "artifacts")) || uri === null) return null;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1];
  if (scheme !== undefined && scheme !== "file" && scheme.length > 1) return problemAt(`${place.shown}/meta.yaml`, `Its artifacts lie at ${uri}, which is not read.`);
  return null;
}

interface RunState {
  /** Of meta.yaml, params and tags. */
  values: string;
  /** Bytes read of each metric's file, and its inode: another one is another file. */
  metrics: Record<string, readonly [bytes: number, inode: number]>;
}

function stateOf(place: FilePlace | undefined): RunState {
  if (place?.state === undefined) return { values: "", metrics: {} };
  // SAFETY: this reader wrote it.
  return JSON.parse(place.state) as RunState;
}

/** Sizes and times of change: what looks the same is not read again. */
function lookOf(place: Place): string {
  const hash = createHash("sha256");
  for (const part of ["params", "tags", "inputs", "outputs"]) {
    for (const { name, file } of filesBelow(join(place.folder, part))) {
      const found = statOf(file);
      hash.update(`${part}/${name}\0${found?.size}\0${found?.mtimeMs}\n`);
    }
  }
  const meta = statOf(join(place.folder, "meta.yaml"));
  return hash.update(`${meta?.size}\0${meta?.mtimeMs}`).digest("base64url");
}

/** What MLflow writes of every run: where one of these is missing, the file was cut off. Its experiment is the folder's. */
const ALWAYS = ["start_time", "status"];

/** Everything of one run that is new since `last`. */
export function* readRun(run: string, place: Place, experiment: Place, last: FilePlace | undefined): Generator<SourceRecord> {
  const meta = readMeta(join(place.folder, "meta.yaml"), `${place.shown}/meta.yaml`);
  if ("problem" in meta) return yield meta.problem;
  const missing = ALWAYS.filter((name) => meta.meta.text(name) === null);
  if (missing.length > 0) return yield problemAt(`${place.shown}/meta.yaml`, `It is cut off or damaged, so the run is not taken in: ${missing.map((name) => `\`${name}\``).join(", ")} ${missing.length === 1 ? "is" : "are"} missing.`);
  yield* linksIn(place);
  const inode = statOf(join(place.folder, "meta.yaml"))?.ino ?? 0;
  const known = stateOf(last);
  const values = lookOf(place);
  const status = statuses[meta.meta.number("status") ?? 0];
  if (known.values !== values) {
    if ((meta.meta.text("run_id") ?? meta.meta.text("run_uuid") ?? run) !== run) return yield problemAt(`${place.shown}/meta.yaml`, `It names another run (${meta.meta.text("run_id") ?? ""}) than its folder.`);
    yield* readHeader(run, place, experiment, meta.meta, status);
  }
  const metrics: RunState["metrics"] = {};
  let bytes = 0;
  for (const { name, file, link } of filesBelow(join(place.folder, "metrics"))) {
    const shown = `${place.shown}/metrics/${name}`;
    if (link) {
      yield problemAt(shown, LINK);
      continue;
    }
    const [before = 0, same] = (Object.hasOwn(known.metrics, name) ? known.metrics[name] : undefined) ?? [];
    const fileInode = statOf(file)?.ino ?? 0;
    const read = yield* readMetric(run, name, file, shown, same === fileInode ? before : 0, status !== "running");
    Object.defineProperty(metrics, name, { value: [read, fileInode], enumerable: true });
    bytes += read;
  }
  yield* readArtifacts(within(place, "artifacts"), { run });
  const state = JSON.stringify({ values, metrics } satisfies RunState);
  if (state !== last?.state || last.inode !== inode) yield { k: "offset", file: place.shown, inode, offset: bytes, state };
}

function* readMetric(run: string, key: string, file: string, shown: string, from: number, complete: boolean): Generator<SourceRecord, number> {
  const size = statOf(file)?.size ?? 0;
  if (size === from) return from;
  try {
    // A file that became shorter is another one.
    const lines = metricLines(file, size < from ? 0 : from, "run", complete);
    let next = lines.next();
    for (; next.done !== true; next = lines.next()) {
      const one = next.value;
      if ("reason" in one) yield problemAt(shown, one.reason, one.line);
      else yield { k: "metric", run, key, value: one.value, step: one.step, time: one.time, ...(one.dataset ? { dataset: one.dataset } : {}) };
    }
    return next.value;
  } catch (error) {
    yield problemAt(shown, reasonOf(error));
    return from;
  }
}

function* readHeader(run: string, place: Place, experiment: Place, meta: Meta, status: RunSource["status"]): Generator<SourceRecord> {
  const tags: KeyValue[] = [];
  const problems: ProblemSource[] = [];
  for (const one of readValues(within(place, "tags"))) "k" in one ? problems.push(one) : tags.push(one);
  const tag = (key: string): string | undefined => tags.find((one) => one.key === key)?.value;
  const name = meta.text("run_name") || meta.text("name") || tag("mlflow.runName") || "";
  const [start, end, parent, note, user] = [meta.number("start_time"), meta.number("end_time"), tag("mlflow.parentRunId"), tag("mlflow.note.content"), meta.text("user_id")];
  yield {
    k: "run",
    run,
    id: run,
    experiment: basename(experiment.folder),
    name,
    named: !isMadeUp(name),
    ...(status === undefined ? {} : { status }),
    ...(start === null ? {} : { start }),
    end,
    ...(user === null ? {} : { user }),
    ...(note === undefined ? {} : { note }),
    ...(parent === undefined ? {} : { parent }),
    deleted: meta.text("lifecycle_stage") === "deleted" ? (meta.number("deleted_time") ?? true) : false,
  };
  yield* problems;
  for (const { key, value } of tags) yield { k: "tag", run, key, value };
  for (const one of readValues(within(place, "params"))) yield "k" in one ? one : { k: "param", run, ...one };
  const elsewhere = artifactsElsewhere(place, meta.text("artifact_uri"));
  if (elsewhere) yield elsewhere;
  yield* readInputs(run, place, experiment);
}

function* readInputs(run: string, place: Place, experiment: Place): Generator<SourceRecord> {
  for (const part of ["inputs", "outputs"] as const) {
    yield* linksIn(within(place, part));
    for (const entry of entriesOf(join(place.folder, part))) {
      if (!entry.isDirectory()) continue;
      const at = within(within(place, part), entry.name);
      const link = readMeta(join(at.folder, "meta.yaml"), `${at.shown}/meta.yaml`);
      if ("problem" in link) yield link.problem;
      else if (part === "outputs") yield { k: "modelLink", run, direction: "output", model: link.meta.text("destination_id") ?? entry.name, step: link.meta.number("step") ?? 0 };
      else if (link.meta.text("source_type") !== "DATASET") yield { k: "modelLink", run, direction: "input", model: link.meta.text("source_id") ?? entry.name, step: 0 };
      else yield datasetOf(run, link.meta, within(experiment, "datasets"));
    }
  }
}

function datasetOf(run: string, link: Meta, datasets: Place): SourceRecord {
  const id = link.text("source_id") ?? "";
  if (!/^[\w-]+$/.test(id)) return problemAt(datasets.shown, `\`${id}\` is no id of a data set.`);
  const at = within(datasets, id);
  for (const { folder, shown } of [datasets, at]) if (isLink(folder)) return problemAt(shown, LINK);
  const found = readMeta(join(at.folder, "meta.yaml"), `${at.shown}/meta.yaml`);
  if ("problem" in found) return found.problem;
  const { meta } = found;
  const tags = link.map("tags");
  return {
    k: "dataset",
    run,
    name: meta.text("name") ?? "",
    digest: meta.text("digest") ?? "",
    sourceType: meta.text("source_type") ?? "",
    source: meta.text("source") ?? "",
    schema: meta.text("schema"),
    profile: meta.text("profile"),
    tags: (tags?.names ?? []).map((key) => ({ key, value: tags?.text(key) ?? "" })),
  };
}
