import { createHash, randomUUID } from "node:crypto";
import { dumpPython } from "../store/pythonJson.ts";
import type { DatasetRecord } from "../store/read/evaluationDatasets.ts";
import type { Readers } from "../store/store.ts";
import { USER_TAG, datasetTags, recordsOf, recordsText } from "./datasetRecords.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { type FindScope, findItems } from "./find.ts";
import { page } from "./limits.ts";
import { madeJustNow } from "./retries.ts";
import type { DoorServices, Routes } from "./route.ts";
import { listed } from "./shapes.ts";

/** Records of one page where none is asked. */
const RECORDS_A_PAGE = 1000;

/** Routes of evaluation datasets. Their records and tags travel as JSON texts. */
export function evaluationDatasetRoutes({ store, retries }: DoorServices): Routes {
  const read = store.read.evaluationDatasets;
  const scope = datasetScope(store.read);

  const known = (fields: Fields): DatasetRecord | undefined => read.byId(fields.text("dataset_id"));
  const existing = (fields: Fields, message: (id: string) => string): DatasetRecord => {
    const found = known(fields);
    if (!found) throw missing(message(fields.text("dataset_id")));
    return found;
  };
  const shape = (dataset: DatasetRecord, experimentIds: readonly string[] = []): object => ({ dataset: datasetShape(dataset, store.read, experimentIds) });
  const changed = (dataset: DatasetRecord): object => shape(read.byId(dataset.datasetId) ?? dataset);

  return {
    async "POST 3.0/datasets/create"({ fields, digest, response }) {
      const request = digest();
      const name = fields.text("name");
      const experimentIds = fields.texts("experiment_ids");
      const given = fields.anyText("tags");
      const tags = given === "" ? [] : datasetTags(given);
      const made = await retries.once(request, response, () => madeJustNow(read.byRequest(request)), async () => {
        const [datasetId, time] = [`d-${randomUUID().replaceAll("-", "")}`, Date.now()];
        const user = tags.find(({ key }) => key === USER_TAG)?.value ?? null;
        await store.write("dataset.create", { datasetId, name, digest: stateDigest(name, time), time, user, tags, experimentIds, request });
        const found = read.byId(datasetId);
        if (!found) throw missing(`Evaluation dataset with id '${datasetId}' not found`);
        return found;
      });
      return shape(made, experimentIds);
    },
    "GET 3.0/datasets/search": search,
    "POST 3.0/datasets/search": search,
    "GET 3.0/datasets/:dataset_id": ({ fields }) => shape(existing(fields, (id) => `Evaluation dataset with id '${id}' not found`)),
    async "DELETE 3.0/datasets/:dataset_id"({ fields }) {
      await store.write("dataset.delete", { datasetId: fields.text("dataset_id") });
      return {};
    },

    async "PATCH 3.0/datasets/:dataset_id/tags"({ fields }) {
      const setTags = datasetTags(fields.text("tags"));
      const { datasetId } = existing(fields, (id) => `Could not find evaluation dataset with ID ${id}`);
      await store.write("dataset.update", { datasetId, setTags });
      return {};
    },
    async "DELETE 3.0/datasets/:dataset_id/tags/:key"({ fields }) {
      const found = known(fields);
      if (found) await store.write("dataset.update", { datasetId: found.datasetId, deleteTags: [fields.text("key")] });
      return {};
    },

    async "POST 3.0/datasets/:dataset_id/records"({ fields }) {
      const records = recordsOf(fields.text("records"));
      const { datasetId, name } = existing(fields, (id) => `Evaluation dataset with id '${id}' not found`);
      const time = Date.now();
      const user = records.findLast((record) => record.user !== null)?.user ?? null;
      const { inserted, updated } = await store.write("dataset.records", { datasetId, time, digest: stateDigest(name, time), user, records });
      return { inserted_count: inserted, updated_count: updated };
    },
    "GET 3.0/datasets/:dataset_id/records"({ fields }) {
      const size = fields.optionalInteger("max_results") || RECORDS_A_PAGE;
      if (size < 0) throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer`);
      const after = placeOf(fields.anyText("page_token"));
      const found = known(fields);
      const records = found ? read.records(found.datasetKey, size + 1, after) : [];
      const shown = records.slice(0, size);
      const last = records.length > size ? shown.at(-1) : undefined;
      const next = last === undefined ? {} : { next_page_token: Buffer.from(`${last.created}:${last.recordId}`).toString("base64") };
      return { records: recordsText(fields.text("dataset_id"), shown), ...next };
    },
    async "DELETE 3.0/datasets/:dataset_id/records"({ fields }) {
      const { deleted } = await store.write("dataset.deleteRecords", { datasetId: fields.text("dataset_id"), recordIds: fields.texts("dataset_record_ids") });
      return { deleted_count: deleted };
    },

    "GET 3.0/datasets/:dataset_id/experiment-ids"({ fields }) {
      const found = known(fields);
      return listed("experiment_ids", found ? read.experiments(found.datasetKey) : []);
    },
    async "POST 3.0/datasets/:dataset_id/add-experiments"({ fields }) {
      const dataset = existing(fields, (id) => `Dataset '${id}' not found`);
      const addExperiments = fields.texts("experiment_ids");
      const unknown = addExperiments.find((id) => !/^\d+$/.test(id) || !store.read.experiments.byId(Number(id)));
      if (unknown !== undefined) throw missing(`No Experiment with id=${unknown}`);
      await store.write("dataset.update", { datasetId: dataset.datasetId, time: Date.now(), addExperiments });
      return changed(dataset);
    },
    async "POST 3.0/datasets/:dataset_id/remove-experiments"({ fields }) {
      const dataset = existing(fields, (id) => `Dataset '${id}' not found`);
      const linked = new Set(read.experiments(dataset.datasetKey));
      const removeExperiments = fields.texts("experiment_ids").filter((id) => linked.has(id));
      if (removeExperiments.length > 0) await store.write("dataset.update", { datasetId: dataset.datasetId, time: Date.now(), removeExperiments });
      return changed(dataset);
    },
  };

  function search({ fields }: { fields: Fields }): object {
    const ids = new Set(fields.texts("experiment_ids"));
    const all = read.all().filter(({ datasetKey }) => ids.size === 0 || read.experiments(datasetKey).some((id) => ids.has(id)));
    const found = findItems(all, scope, { filter: fields.anyText("filter_string"), orderBy: fields.texts("order_by") });
    const { items, next } = page(found, fields, 1000, 50_000, ({ datasetId }) => datasetId);
    return { ...listed("datasets", items.map((dataset) => datasetShape(dataset, store.read, []))), ...next };
  }
}

function datasetScope(read: Readers): FindScope<DatasetRecord> {
  return {
    what: "An evaluation dataset",
    attributes: {
      name: { kind: "string", get: ({ name }) => name },
      created_time: { kind: "time", get: ({ created }) => created },
      last_update_time: { kind: "time", get: ({ updated }) => updated },
      created_by: { kind: "string", get: ({ createdBy }) => createdBy, unordered: true },
      last_updated_by: { kind: "string", get: ({ updatedBy }) => updatedBy, unordered: true },
      dataset_id: { kind: "string", get: ({ datasetId }) => datasetId, unordered: true, unfiltered: true },
    },
    entities: { tags: { kind: "text", get: ({ datasetKey }, key) => read.evaluationDatasets.tags(datasetKey).find((tag) => tag.key === key)?.value ?? null, unordered: true } },
    aliases: {},
    order: ["created_time DESC", "dataset_id DESC"],
    ties: ["dataset_id DESC"],
  };
}

/** As MLflow answers: the experiments stand in the answer to the making only. */
function datasetShape(dataset: DatasetRecord, read: Readers, experimentIds: readonly string[]): object {
  const tags = dumpPython(new Map(read.evaluationDatasets.tags(dataset.datasetKey).map(({ key, value }) => [key, value])));
  return {
    dataset_id: dataset.datasetId,
    name: dataset.name,
    tags,
    ...(dataset.schema === null ? {} : { schema: dataset.schema }),
    ...(dataset.profile === null ? {} : { profile: dataset.profile }),
    digest: dataset.digest,
    created_time: dataset.created,
    last_update_time: dataset.updated,
    ...(dataset.createdBy === null ? {} : { created_by: dataset.createdBy }),
    ...(dataset.updatedBy === null ? {} : { last_updated_by: dataset.updatedBy }),
    ...listed("experiment_ids", experimentIds),
  };
}

/** MLflow's digest of a data set's state: of its name and the time of its last change. */
function stateDigest(name: string, time: number): string {
  return createHash("sha256").update(`${name}:${time}`).digest("hex").slice(0, 8);
}

function placeOf(token: string): { created: number; recordId: string } | undefined {
  if (token === "") return undefined;
  const [, created, recordId] = /^(\d+):(.+)$/.exec(Buffer.from(token, "base64").toString("utf8")) ?? [];
  if (created === undefined || recordId === undefined) throw invalid("Invalid page token, could not base64-decode");
  return { created: Number(created), recordId };
}
