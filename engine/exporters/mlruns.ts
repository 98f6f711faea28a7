import { createHash } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExperimentSource } from "../importers/records.ts";
import type { LeftOut } from "./leftOut.ts";
import { below, isPart, keyFile, pythonNumber, type Target, writeFiles, writeValues, writeYaml } from "./mlrunsFiles.ts";
import { writeModel, writeRegistered } from "./mlrunsModels.ts";
import { writeTrace } from "./mlrunsTraces.ts";
import type { ExportedRun } from "./source.ts";
import type { Writer, WriterNeeds, Written } from "./writer.ts";

/** MLflow's numbers of a status, in order from 1. */
const statuses = ["running", "scheduled", "finished", "failed", "killed"] as const;
const CHUNK = 1 << 16;
const nothing: Written = { points: 0, artifacts: 0, bytes: 0 };

/** MLflow's folder, as its file store of 3.x writes it and as every client since 1.0 reads it; `final` is where it will stand. */
export function mlrunsWriter(folder: string, final: string, { leftOut, signal }: WriterNeeds): Writer {
  const root: Target = { folder, final };
  const known = new Set<string>();
  /** Where runs and models stand, by `run:<id>` and `model:<id>`. */
  const owners = new Map<string, Target>();

  /** The folder of an experiment, which is made. MLflow moves what is deleted aside. */
  async function experiment({ experiment: id, name, created, updated, deleted, tags = [] }: ExperimentSource): Promise<Target> {
    const place = deleted === true ? below(root, ".trash", id) : below(root, id);
    if (known.has(id)) return place;
    known.add(id);
    await writeYaml(place.folder, { artifact_location: pathToFileURL(place.final).href, creation_time: created ?? 0, experiment_id: id, last_update_time: updated ?? 0, lifecycle_stage: deleted === true ? "deleted" : "active", name: name ?? id });
    await writeValues(below(place, "tags").folder, tags);
    return place;
  }
  const owned = (owner: string, place: Target): Target => (owners.set(owner, place), place);

  return {
    async add(of, exported) {
      const place = await experiment(of);
      return writeRun(place, owned(`run:${exported.run.run}`, below(place, exported.run.run)), exported, leftOut, signal);
    },
    beside: {
      async model(exported) {
        const { model, run } = exported.model;
        if (!isPart(model)) return (leftOut.add("logged models whose ids no folder can have", run ?? model), nothing);
        return writeModel(owned(`model:${model}`, below(await experiment(exported.experiment), "models", model)), exported, leftOut, signal);
      },
      registered: (exported) => writeRegistered(below(root, "models"), exported, (owner) => owners.get(owner), leftOut),
      async trace(exported, run) {
        if (!isPart(exported.trace.trace)) return (leftOut.add("traces whose ids no folder can have", run), nothing);
        return writeTrace(below(await experiment(exported.experiment), "traces", exported.trace.trace), exported, run, leftOut, signal);
      },
    },
    close: async () => undefined,
    abort: async () => undefined,
  };
}

async function writeRun(experiment: Target, place: Target, { run, params, tags, metrics, datasets, links, files }: ExportedRun, leftOut: LeftOut, signal: AbortSignal): Promise<Written> {
  const { folder } = place;
  const name = run.name ?? "";
  await writeYaml(folder, {
    artifact_uri: pathToFileURL(below(place, "artifacts").final).href, end_time: run.end ?? null, entry_point_name: "", experiment_id: run.experiment ?? "0", lifecycle_stage: run.deleted === undefined ? "active" : "deleted",
    run_id: run.run, run_name: name, run_uuid: run.run, source_name: "", source_type: 4, source_version: "", start_time: run.start ?? 0, status: statuses.indexOf(run.status === undefined ? "running" : run.status) + 1, tags: [], user_id: run.user ?? "",
    ...(typeof run.deleted === "number" ? { deleted_time: run.deleted } : {}),
  });
  const own = new Map(tags.map(({ key, value }) => [key, value]));
  for (const [key, value] of [["mlflow.runName", name], ["mlflow.parentRunId", run.parent], ["mlflow.note.content", run.note]] as const) if (value !== undefined && value !== "" && !own.has(key)) own.set(key, value);
  let without = await writeValues(below(place, "tags").folder, [...own].map(([key, value]) => ({ key, value })));
  without += await writeValues(below(place, "params").folder, params);
  // A folder without all of these is no run to MLflow.
  const curves = below(place, "metrics").folder;
  await mkdir(curves, { recursive: true });
  let points = 0;
  for (const { key, slices } of metrics) {
    const file = await keyFile(curves, key);
    if (file === null) {
      without++;
      continue;
    }
    let text = "";
    for await (const slice of slices()) {
      for (const { time, value, step } of slice) {
        points++;
        text += `${time} ${pythonNumber(value)} ${step}\n`;
      }
      if (text.length < CHUNK) continue;
      await appendFile(file, text);
      text = "";
    }
    await appendFile(file, text);
  }
  if (without > 0) leftOut.add("params, tags and metrics whose names MLflow refuses", run.run);
  for (const { name: title, digest, profile, schema, source, sourceType, tags: of } of datasets) {
    // By MLflow's own rule: one data set that several runs read stands once.
    const id = md5(title, digest);
    await writeYaml(join(experiment.folder, "datasets", id), { digest, name: title, profile, schema, source, source_type: sourceType });
    await writeYaml(below(place, "inputs", md5(id, run.run)).folder, { destination_id: id, destination_type: "RUN", source_id: id, source_type: "DATASET", tags: Object.fromEntries(of.map(({ key, value }) => [key, value])) });
  }
  for (const { direction, model, step } of links) {
    // As MLflow writes it: a link stands on both ends with the model's id.
    if (!isPart(model)) leftOut.add("links to logged models whose ids no folder can have", run.run);
    else if (direction === "output") await writeYaml(below(place, "outputs", model).folder, { destination_id: model, destination_type: "MODEL_OUTPUT", source_id: model, source_type: "RUN_OUTPUT", step, tags: {} });
    else await writeYaml(below(place, "inputs", md5(model, run.run)).folder, { destination_id: model, destination_type: "RUN", source_id: model, source_type: "MODEL", tags: {} });
  }
  return { points, ...(await writeFiles(below(place, "artifacts").folder, await files(leftOut), signal)) };
}

function md5(...texts: readonly string[]): string {
  return texts.reduce((hash, text) => hash.update(text), createHash("md5")).digest("hex");
}
