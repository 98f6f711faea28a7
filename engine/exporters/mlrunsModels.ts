import { appendFile, mkdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { pathOfUrl } from "../artifacts/paths.ts";
import type { VersionSource } from "../importers/records.ts";
import { placeOfUri } from "../mlflow/artifactPlace.ts";
import { checkedModelName } from "../mlflow/registryChecks.ts";
import { type ExportedModel, type ExportedRegistered, grouped } from "./beside.ts";
import type { LeftOut } from "./leftOut.ts";
import { below, isPart, keyFile, pythonNumber, type Target, writeFiles, writeValues, writeYaml } from "./mlrunsFiles.ts";
import type { Written } from "./writer.ts";

/** MLflow's numbers of a logged model's status. */
const statuses = { LOGGED_MODEL_PENDING: 1, LOGGED_MODEL_READY: 2, LOGGED_MODEL_UPLOAD_FAILED: 3 } as const;

/** A logged model in the folder of its experiment. */
export async function writeModel(place: Target, { model, metrics, files }: ExportedModel, leftOut: LeftOut, signal: AbortSignal): Promise<Written> {
  const { folder } = place;
  const run = model.run ?? model.model;
  await writeYaml(folder, {
    artifact_location: pathToFileURL(below(place, "artifacts").final).href, creation_timestamp: model.created, experiment_id: model.experiment, last_updated_timestamp: model.updated, lifecycle_stage: model.deleted ? "deleted" : "active",
    model_id: model.model, model_type: model.modelType, name: model.name, source_run_id: model.run, status: statuses[model.status], status_message: model.statusMessage,
  });
  const without = (await writeValues(below(place, "params").folder, model.params)) + (await writeValues(below(place, "tags").folder, model.tags));
  if (without > 0) leftOut.add("params and tags of logged models whose names MLflow refuses", run);
  const values = below(place, "metrics").folder;
  await mkdir(values, { recursive: true });
  for (const [key, points] of grouped(metrics, (one) => one.key)) {
    const file = await keyFile(values, key);
    if (file === null) {
      leftOut.add("metrics of logged models whose names MLflow refuses", run);
      continue;
    }
    const lines = points.map(({ time, value, step, run: measured, dataset }) => {
      // MLflow splits the line at its blanks, and does not read the model at all where there are more.
      const fits = dataset !== undefined && !/\s/.test(dataset.name + dataset.digest) && dataset.name !== "" && dataset.digest !== "";
      if (dataset !== undefined && !fits) leftOut.add("on which data set a value of a logged model was measured, where the data set's name has a blank", run);
      return `${time} ${pythonNumber(value)} ${step} ${measured}${fits ? ` ${dataset.name} ${dataset.digest}` : ""}\n`;
    });
    await appendFile(file, lines.join(""));
  }
  return { points: 0, ...(await writeFiles(below(place, "artifacts").folder, await files(leftOut), signal)) };
}

/** A registered model in the registry, which stands among the experiments. `placeOf` gives where runs and models of this export will stand. */
export async function writeRegistered(registry: Target, { registered, versions }: ExportedRegistered, placeOf: (owner: string) => Target | undefined, leftOut: LeftOut): Promise<void> {
  const { name } = registered;
  const run = versions[0]?.run ?? name;
  if (!isName(name)) return leftOut.add("registered models whose names no folder of MLflow may have", run);
  const place = below(registry, name);
  await writeYaml(place.folder, { creation_timestamp: registered.created, deployment_job_id: null, deployment_job_state: null, description: registered.description, last_updated_timestamp: registered.updated, name });
  let without = await writeValues(below(place, "tags").folder, registered.tags);
  await writeValues(below(place, "aliases").folder, registered.aliases.map(({ alias, version }) => ({ key: alias, value: version })));
  for (const version of versions) {
    const at = below(place, `version-${version.version}`);
    await writeYaml(at.folder, {
      creation_timestamp: version.created, current_stage: version.stage, deployment_job_state: null, description: version.description, last_updated_timestamp: version.updated, model_id: version.model, name,
      run_id: version.run, run_link: version.runLink, source: version.source, status: version.status, status_message: version.statusMessage, storage_location: storageOf(version, placeOf, leftOut), user_id: version.user, version: Number(version.version),
    });
    without += await writeValues(below(at, "tags").folder, version.tags);
  }
  if (without > 0) leftOut.add("tags of registered models whose names MLflow refuses", run);
}

/** Where the files of a version will lie: what this store hands out itself has another place then. */
function storageOf({ storage, source, run, model }: VersionSource, placeOf: (owner: string) => Target | undefined, leftOut: LeftOut): string {
  const uri = storage ?? source;
  const found = uri.startsWith("runs:") ? null : placeOfUri(uri);
  if (found === null) return uri;
  const owner = placeOf(`${found.owner.kind}:${found.owner.id}`);
  const names = pathOfUrl(found.path).split("/").filter((name) => name !== "");
  if (owner && names.every(isPart)) return pathToFileURL(below(owner, "artifacts", ...names).final).href;
  leftOut.add("files of registered versions that belong to runs or logged models outside of the choice", run ?? model ?? uri);
  return uri;
}

/** A name that MLflow's registry of files takes. */
function isName(name: string): boolean {
  try {
    checkedModelName(name);
  } catch {
    return false;
  }
  return !/[\\%]/.test(name) && Buffer.byteLength(name) <= 255;
}
