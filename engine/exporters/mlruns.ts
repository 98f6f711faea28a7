import { randomUUID } from "node:crypto";
import { appendFile, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import type { ExperimentSource, KeyValue } from "../importers/records.ts";
import type { Written, Writer } from "./writer.ts";
import type { ExportedRun } from "./source.ts";

/** MLflow's numbers of a status, in order from 1. */
const statuses = ["running", "scheduled", "finished", "failed", "killed"] as const;
const CHUNK = 1 << 16;

/** MLflow's folder, as its file store of 3.x writes it and as every client since 1.0 reads it; `final` is where it will stand. */
export function mlrunsWriter(folder: string, final: string): Writer {
  const known = new Set<string>();

  async function experiment({ experiment: id, name, created, updated, deleted, tags = [] }: ExperimentSource): Promise<void> {
    if (known.has(id)) return;
    known.add(id);
    const place = join(folder, ...placeOf(id, deleted));
    await meta(place, { artifact_location: pathToFileURL(join(final, ...placeOf(id, deleted))).href, creation_time: created ?? 0, experiment_id: id, last_update_time: updated ?? 0, lifecycle_stage: deleted === true ? "deleted" : "active", name: name ?? id });
    await values(join(place, "tags"), tags);
  }

  return {
    async add(owner, exported): Promise<Written> {
      await experiment(owner);
      const place = placeOf(owner.experiment, owner.deleted);
      return writeRun(join(folder, ...place), join(final, ...place), exported);
    },
    close: async () => undefined,
  };
}

/** MLflow moves what is deleted aside. */
function placeOf(experiment: string, deleted: boolean | undefined): string[] {
  return deleted === true ? [".trash", experiment] : [experiment];
}

async function writeRun(experiment: string, final: string, { run, params, tags, metrics, datasets, links, files }: ExportedRun): Promise<Written> {
  const place = join(experiment, run.run);
  const name = run.name ?? "";
  await meta(place, {
    artifact_uri: `${pathToFileURL(join(final, run.run)).href}/artifacts`, end_time: run.end ?? null, entry_point_name: "", experiment_id: run.experiment ?? "0", lifecycle_stage: run.deleted === undefined ? "active" : "deleted",
    run_id: run.run, run_name: name, run_uuid: run.run, source_name: "", source_type: 4, source_version: "", start_time: run.start ?? 0, status: statuses.indexOf(run.status === undefined ? "running" : run.status) + 1, tags: [], user_id: run.user ?? "",
    ...(typeof run.deleted === "number" ? { deleted_time: run.deleted } : {}),
  });
  const own = new Map(tags.map(({ key, value }) => [key, value]));
  for (const [key, value] of [["mlflow.runName", name], ["mlflow.parentRunId", run.parent], ["mlflow.note.content", run.note]] as const) if (value !== undefined && value !== "" && !own.has(key)) own.set(key, value);
  await values(join(place, "tags"), [...own].map(([key, value]) => ({ key, value })));
  await values(join(place, "params"), params);
  // A folder without all of these is no run to MLflow.
  await mkdir(join(place, "metrics"), { recursive: true });
  let points = 0;
  for (const { key, read } of metrics) {
    const file = join(place, "metrics", key);
    await mkdir(dirname(file), { recursive: true });
    let text = "";
    for (const { time, value, step, dataset } of read()) {
      points++;
      text += `${time} ${pythonNumber(value)} ${step}${dataset === undefined ? "" : ` ${dataset.name} ${dataset.digest}`}\n`;
      if (text.length < CHUNK) continue;
      await appendFile(file, text);
      text = "";
    }
    await appendFile(file, text);
  }
  for (const one of datasets) {
    const id = randomUUID().replaceAll("-", "");
    await meta(join(experiment, "datasets", id), { digest: one.digest, name: one.name, profile: one.profile, schema: one.schema, source: one.source, source_type: one.sourceType });
    await meta(join(place, "inputs", randomUUID().replaceAll("-", "")), { destination_id: id, destination_type: "RUN", source_id: id, source_type: "DATASET", tags: Object.fromEntries(one.tags.map(({ key, value }) => [key, value])) });
  }
  for (const { direction, model, step } of links) {
    // As MLflow writes it: a link stands on both ends with the model's id.
    if (direction === "output") await meta(join(place, "outputs", model), { destination_id: model, destination_type: "MODEL_OUTPUT", source_id: model, source_type: "RUN_OUTPUT", step, tags: {} });
    else await meta(join(place, "inputs", randomUUID().replaceAll("-", "")), { destination_id: model, destination_type: "RUN", source_id: model, source_type: "MODEL", tags: {} });
  }
  let bytes = 0;
  const listed = await files();
  await mkdir(join(place, "artifacts"), { recursive: true });
  for (const { name: path, file, size } of listed) {
    const target = join(place, "artifacts", ...path.split("/"));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target);
    bytes += size;
  }
  return { points, artifacts: listed.length, bytes };
}

async function meta(folder: string, content: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "meta.yaml"), stringify(content, { lineWidth: 0 }));
}

/** One file a key; a `/` in a key makes folders. */
async function values(folder: string, list: readonly KeyValue[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { key, value } of list) {
    const file = join(folder, ...key.split("/"));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, value);
  }
}

function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}
