import { resolve } from "node:path";
import type { ExperimentRecord } from "../store/records.ts";
import { invalid, missing, MlflowError } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { experimentScope } from "./experimentScope.ts";
import { findInTurns } from "./find.ts";
import { checkedExperimentName, checkedExperimentTag, checkedLocation, page, plainTagOf } from "./limits.ts";
import { pageOf } from "./listJson.ts";
import type { DoorServices, Routes } from "./route.ts";
import { experimentShape, listed } from "./shapes.ts";

const views = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"];

/** MLflow's name or number of a view. */
export function viewOf(fields: Fields, field: string): "active" | "deleted" | "all" {
  const value = fields.enumeration(field);
  const name = value === "" ? "ACTIVE_ONLY" : /^[123]$/.test(value) ? views[Number(value) - 1] : value;
  if (name === "ACTIVE_ONLY") return "active";
  if (name === "DELETED_ONLY") return "deleted";
  if (name === "ALL") return "all";
  throw fields.refused(field);
}

/** The experiment that a call names. Throws MLflow's messages where there is none. */
export function experimentOf(read: DoorServices["store"]["read"], id: string): ExperimentRecord {
  if (!/^-?\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  const found = read.experiments.find(id);
  if (!found) throw missing(`No Experiment with id=${id} exists`);
  return found;
}

/** Throws where an experiment is deleted. */
export function checkActive(experiment: ExperimentRecord): ExperimentRecord {
  if (experiment.deleted !== null) throw invalid(`The experiment ${experiment.id} must be in the 'active' state. Current state is deleted.`);
  return experiment;
}

/** How many data sets one answer holds, and experiments one call may name. */
const MAX_SUMMARIES = 1000;
const MAX_EXPERIMENTS = 20;

/** Routes of experiments. */
export function experimentRoutes({ store }: DoorServices): Routes {
  const scope = experimentScope(store.read);
  const byId = (fields: Fields): ExperimentRecord => experimentOf(store.read, fields.text("experiment_id"));
  const update = async (id: string, change: { name?: string; setTags?: { key: string; value: string }[]; deleteTags?: string[]; deleted?: boolean }): Promise<object> => {
    await store.write("experiment.update", { experimentId: id, time: Date.now(), ...change });
    return {};
  };

  return {
    async "POST experiments/create"({ fields }) {
      const name = checkedExperimentName(fields.text("name"));
      const location = checkedLocation(fields.anyText("artifact_location"));
      const tags = fields.list("tags", plainTagOf).map(checkedExperimentTag);
      const { experimentId } = await store.write("experiment.create", { name, time: Date.now(), tags, ...place(location) });
      return { experiment_id: experimentId };
    },
    "GET experiments/get": ({ fields }) => ({ experiment: experimentShape(byId(fields), store.read) }),
    "GET experiments/get-by-name"({ fields }) {
      const name = fields.text("experiment_name");
      const found = store.read.experiments.byName(name);
      if (!found) throw missing(`Could not find experiment with name '${name}'`);
      return { experiment: experimentShape(found, store.read) };
    },
    "POST experiments/search": search,
    "GET experiments/search": search,
    "POST experiments/update"({ fields }) {
      const id = fields.text("experiment_id");
      const name = checkedExperimentName(fields.text("new_name"));
      const found = experimentOf(store.read, id);
      if (found.deleted !== null) throw new MlflowError("INVALID_STATE", "Cannot rename a non-active experiment.");
      return update(found.id, { name });
    },
    "POST experiments/delete"({ fields }) {
      const found = byId(fields);
      if (found.deleted !== null) throw missing(`No Experiment with id=${found.id} exists`);
      return update(found.id, { deleted: true });
    },
    "POST experiments/restore"({ fields }) {
      const found = byId(fields);
      if (found.deleted === null) throw missing(`No Experiment with id=${found.id} exists`);
      return update(found.id, { deleted: false });
    },
    "POST experiments/set-experiment-tag"({ fields }) {
      const id = fields.text("experiment_id");
      const tag = checkedExperimentTag({ key: fields.text("key"), value: fields.anyText("value") });
      return update(checkActive(experimentOf(store.read, id)).id, { setTags: [tag] });
    },
    "POST experiments/delete-experiment-tag"({ fields }) {
      const [id, key] = [fields.text("experiment_id"), fields.text("key")];
      return update(checkActive(experimentOf(store.read, id)).id, { deleteTags: [key] });
    },
    "POST experiments/search-datasets"({ fields }) {
      const ids = fields.texts("experiment_ids");
      if (ids.length === 0) throw invalid("SearchDatasets request must specify at least one experiment_id.");
      if (ids.length > MAX_EXPERIMENTS) throw invalid(`SearchDatasets request cannot specify more than ${MAX_EXPERIMENTS} experiment_ids. Received ${ids.length} experiment_ids.`);
      const found = ids.flatMap((id) => {
        if (!/^-?\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
        return store.read.experiments.find(id) ?? [];
      });
      const summaries = found.flatMap(({ id, experimentId }) => store.read.experiments.datasets(experimentId).map((summary) => ({ experiment_id: id, ...summary })));
      return listed("dataset_summaries", summaries.slice(0, MAX_SUMMARIES));
    },
  };

  /** This store's own door is no place of its own; a path means a folder of this machine. */
  function place(location: string): { artifactLocation?: string } {
    if (location === "" || location.startsWith("mlflow-artifacts:")) return {};
    return { artifactLocation: /^[a-z][\w+.-]+:/i.test(location) ? location.replace(/\/+$/, "") : resolve(store.folder, location) };
  }

  async function search({ fields }: { fields: Fields }): Promise<object> {
    const view = viewOf(fields, "view_type");
    const all = store.read.experiments.all().filter(({ deleted }) => view === "all" || (deleted === null) === (view === "active"));
    // MLflow has no standard size: without one it refuses.
    const found = await findInTurns([all], scope, { filter: fields.anyText("filter"), orderBy: fields.texts("order_by") });
    const { items, next } = page(found, fields, 0, 50_000, ({ id }) => id);
    return pageOf("experiments", items, (experiment) => experimentShape(experiment, store.read), next);
  }
}
