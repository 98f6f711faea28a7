import type { ExperimentRecord } from "../store/records.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { experimentScope } from "./experimentScope.ts";
import { findItems } from "./find.ts";
import { checkedExperimentName, page, tagOf } from "./limits.ts";
import type { DoorServices, Routes } from "./route.ts";
import { experimentShape, listed } from "./shapes.ts";

const views = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"];

/** MLflow's name or number of a view. */
export function viewOf(value: string): "active" | "deleted" | "all" {
  const name = value === "" ? "ACTIVE_ONLY" : /^[123]$/.test(value) ? views[Number(value) - 1] : value;
  if (name === "ACTIVE_ONLY") return "active";
  if (name === "DELETED_ONLY") return "deleted";
  if (name === "ALL") return "all";
  throw invalid(`Invalid value ${JSON.stringify(value)} for parameter 'view_type' supplied.`);
}

/** Routes of experiments. */
export function experimentRoutes({ store }: DoorServices): Routes {
  const scope = experimentScope(store.read);
  const byId = (id: string): ExperimentRecord => {
    if (!/^\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
    const found = store.read.experiments.find(id);
    if (!found) throw missing(`No Experiment with id=${id} exists`);
    return found;
  };

  return {
    async "POST experiments/create"({ fields }) {
      const name = checkedExperimentName(fields.text("name"));
      const deleted = store.read.experiments.byName(name)?.deleted ?? null;
      if (deleted !== null) throw invalid(`Experiment '${name}' exists, but is deleted. Restore it, or choose another name.`);
      const tags = fields.list("tags", tagOf);
      const { experimentId } = await store.write("experiment.create", { name, time: Date.now(), tags });
      return { experiment_id: experimentId };
    },
    "GET experiments/get": ({ fields }) => ({ experiment: experimentShape(byId(fields.text("experiment_id")), store.read) }),
    "GET experiments/get-by-name"({ fields }) {
      const name = fields.text("experiment_name");
      const found = store.read.experiments.byName(name);
      if (!found) throw missing(`Could not find experiment with name '${name}'`);
      return { experiment: experimentShape(found, store.read) };
    },
    "POST experiments/search": search,
    "GET experiments/search": search,
    async "POST experiments/update"({ fields }) {
      const name = checkedExperimentName(fields.text("new_name"));
      await store.write("experiment.update", { experimentId: experimentId(fields.text("experiment_id")), time: Date.now(), name });
      return {};
    },
    async "POST experiments/delete"({ fields }) {
      await store.write("experiment.update", { experimentId: experimentId(fields.text("experiment_id")), time: Date.now(), deleted: true });
      return {};
    },
    async "POST experiments/restore"({ fields }) {
      await store.write("experiment.update", { experimentId: experimentId(fields.text("experiment_id")), time: Date.now(), deleted: false });
      return {};
    },
    async "POST experiments/set-experiment-tag"({ fields }) {
      const { key, value } = tagOf(fields);
      await store.write("experiment.update", { experimentId: experimentId(fields.text("experiment_id")), time: Date.now(), setTags: [{ key, value }] });
      return {};
    },
    async "POST experiments/delete-experiment-tag"({ fields }) {
      await store.write("experiment.update", { experimentId: experimentId(fields.text("experiment_id")), time: Date.now(), deleteTags: [fields.text("key")] });
      return {};
    },
  };

  function experimentId(id: string): string {
    return byId(id).id;
  }

  function search({ fields }: { fields: Fields }): object {
    const view = viewOf(fields.enumeration("view_type"));
    const all = store.read.experiments.all().filter(({ deleted }) => view === "all" || (deleted === null) === (view === "active"));
    const found = findItems(all, scope, { filter: fields.anyText("filter"), orderBy: fields.texts("order_by") });
    const { items, next } = page(found, fields, 1000, 50_000, ({ id }) => id);
    return { ...listed("experiments", items.map((experiment) => experimentShape(experiment, store.read))), ...next };
  }
}
