import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { artifactsAloneIn } from "./artifactsAlone.ts";
import { entriesOf } from "./files.ts";
import { mlflowDb } from "./mlflowDb.ts";
import { fieldNames, readMeta } from "./mlflowYaml.ts";
import { readModels, readRegistry } from "./mlrunsModels.ts";
import { linksIn, type Place, problemAt, readRun, readValues, within } from "./mlrunsRun.ts";
import { readTraces } from "./mlrunsTraces.ts";
import type { Detected, Reader } from "./reader.ts";
import type { FilePlace, KeyValue, ProblemSource, SourceRecord } from "./records.ts";

/** Folders of an experiment that are no runs. */
const PARTS = new Set(["tags", "datasets", "models", "traces", "artifacts"]);

/** Names of files that may be MLflow's database. */
const DATABASE = /\.(db|sqlite3?)$/i;

/** What MLflow's file store writes: https://mlflow.org/docs/latest/tracking/backend-stores.html, mlflow/store/tracking/file_store.py. */
export const mlruns: Reader = {
  format: "mlruns",
  title: "MLflow folder",

  async detect(path) {
    for (const candidate of [path, ...(isInside(path) ? [dirname(path), dirname(dirname(path))] : [])]) {
      if (await isStore(candidate)) return { path: candidate } satisfies Detected;
    }
    return null;
  },

  async *read(path, from, { signal }) {
    const root: Place = { folder: path, shown: "" };
    const all = [...experimentsOf(root), ...experimentsOf(within(root, ".trash"))].map((place) => ({ place, alone: artifactsAloneIn(place) }));
    const experiments = all.flatMap(({ place, alone }) => (alone.whole ? [] : [place]));
    const alone = all.flatMap((one) => one.alone.places);
    const passed = new Set(alone.map(({ folder }) => folder));
    const runs = experiments.map(({ folder }) => entriesOf(folder).filter(({ name }) => !PARTS.has(name) && name !== "meta.yaml" && !passed.has(join(folder, name))));
    const total = runs.reduce((sum, list) => sum + list.length, 0);
    let done = 0;
    yield* linksIn(root);
    yield* artifactsOfNoDatabase(path, alone);
    for (const [index, experiment] of experiments.entries()) {
      yield* readExperiment(experiment);
      const key = basename(experiment.folder);
      yield* readModels(key, within(experiment, "models"));
      for (const entry of runs[index] ?? []) {
        if (signal.aborted) return;
        const place = within(experiment, entry.name);
        if (entry.isDirectory()) yield* readRun(entry.name, place, experiment, from.get(place.shown) ?? movedFrom(from, place.shown));
        yield { k: "progress", done: ++done, total, unit: "runs" };
      }
      yield* readTraces(key, within(experiment, "traces"));
    }
    yield* readRegistry(within(root, "models"));
  },
};

/** Says in one line that artifacts are not taken in, where no database stands beside the source: the one that does brings them itself. */
async function* artifactsOfNoDatabase(source: string, places: readonly Place[]): AsyncGenerator<ProblemSource> {
  const [first] = places;
  if (first === undefined) return;
  const folder = dirname(source);
  for (const { name } of entriesOf(folder)) if (DATABASE.test(name) && (await mlflowDb.detect(join(folder, name))) !== null) return;
  yield problemAt(first.shown, `${places.length === 1 ? "It holds" : `It and ${places.length - 1} more hold`} artifacts and no meta.yaml, as MLflow keeps what a database describes; such a database is not beside ${source}.`);
}

/** An experiment that was deleted or restored took its runs along. */
function movedFrom(from: ReadonlyMap<string, FilePlace>, shown: string): FilePlace | undefined {
  return from.get(shown.startsWith(".trash/") ? shown.slice(".trash/".length) : `.trash/${shown}`);
}

function isInside(path: string): boolean {
  return /^(\d+|[0-9a-f]{32}|models)$/.test(basename(path));
}

/** Whether folders named by numbers hold a meta.yaml of an experiment; or, in an `mlruns` without one, whether there is a registry. */
async function isStore(path: string): Promise<boolean> {
  const names: readonly string[] = await readdir(path).catch(() => []);
  for (const name of names.filter((one) => /^\d+$/.test(one)).slice(0, 20)) {
    if (fieldNames(join(path, name, "meta.yaml")).some((field) => field === "experiment_id" || field === "artifact_location")) return true;
  }
  return names.some((name) => name === "models") && basename(path) === "mlruns" && entriesOf(join(path, "models")).some(({ name }) => existsSync(join(path, "models", name, "meta.yaml")));
}

function experimentsOf(place: Place): Place[] {
  return entriesOf(place.folder).flatMap((entry) => (entry.isDirectory() && /^\d+$/.test(entry.name) ? [within(place, entry.name)] : []));
}

function* readExperiment(place: Place): Generator<SourceRecord> {
  yield* linksIn(place);
  const experiment = basename(place.folder);
  const found = readMeta(join(place.folder, "meta.yaml"), `${place.shown}/meta.yaml`);
  const deleted = place.shown.startsWith(".trash/");
  if ("problem" in found) {
    yield found.problem;
    return yield { k: "experiment", experiment, deleted };
  }
  const { meta } = found;
  const tags: KeyValue[] = [];
  for (const one of readValues(within(place, "tags"))) {
    if ("k" in one) yield one;
    else tags.push(one);
  }
  const [created, updated] = [meta.number("creation_time"), meta.number("last_update_time")];
  yield {
    k: "experiment",
    experiment,
    name: meta.text("name") ?? experiment,
    tags,
    ...(created === null ? {} : { created }),
    ...(updated === null ? {} : { updated }),
    deleted: deleted || meta.text("lifecycle_stage") === "deleted",
  };
}
