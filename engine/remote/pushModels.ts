import { type Beside, grouped } from "../exporters/beside.ts";
import type { KeyValue } from "../importers/records.ts";
import type { ModelRecord } from "../store/read/models.ts";
import { type Became, cut, digestOf, DIGEST_TAG, METRICS, PARAM_LENGTH, parts, sendFiles, type Sending, TAG_LENGTH, VALUES } from "./pushed.ts";
import { isNotes, Notes } from "./pushNotes.ts";
import { MODEL_TAG } from "./read.ts";

/** Names of the versions that were made of a model: the server says its own. */
const VERSIONS_TAG = "mlflow.modelVersions";

/** A logged model on the server. */
interface ModelThere {
  readonly id: string;
  readonly root: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly mark: string | null;
  readonly params: ReadonlySet<string>;
}

/** Sends a logged model, once: a tag there says which of ours it is. Gives its id there and what became of it; null where it is not sent. */
export async function pushModel(sending: Sending, { model, run }: Beside["models"][number]): Promise<{ readonly id: string; readonly became: Became } | null> {
  const { store, server, signal, left } = sending;
  const { read } = store;
  if (model.deleted !== null) return (left.add("logged models that are deleted here", run), null);
  const params = read.models.values(model.modelKey, "param").map(({ key, value }) => ({ key, value: cut(value, PARAM_LENGTH, run, left) }));
  const own = read.models.values(model.modelKey, "tag").filter(({ key }) => ![MODEL_TAG, DIGEST_TAG, VERSIONS_TAG].includes(key) && !isNotes(key));
  const tags = [...own.map(({ key, value }) => ({ key, value: cut(value, TAG_LENGTH, run, left) })), { key: MODEL_TAG, value: model.modelId }];
  const metrics = read.models.metrics(model.modelKey);
  const source = model.sourceRun === null ? undefined : sending.runThere(model.sourceRun);
  if (metrics.some(({ runId }) => sending.runThere(runId) === undefined)) left.add("values that other runs measured with their logged models", run);
  const files = read.artifacts.under(`model:${model.modelId}`, "").map(({ path, digest }) => [path, digest]);
  const mark = digestOf([model.name, model.status, params, tags, files, source, metrics.map((one) => [one.key, one.step, one.time, String(one.value), sending.runThere(one.runId), one.datasetName, one.datasetDigest])]);
  const known = await find(sending, model);
  const notes = sending.notesOf(run);
  const made = `model ${model.modelId}`;
  if (known === null && notes.has(made)) return (left.add("logged models that somebody deleted there", run), null);
  const there = known ?? (await create(sending, model, source));
  notes.set(made);
  const noted = new Notes(there.tags);
  const newTags = noted.toSend("tag", tags, there.tags, (key) => left.add(`the tag ${key} of a logged model, which somebody changed there`, run));
  if (there.mark === mark) return { id: there.id, became: "same" };
  const path = `logged-models/${there.id}`;
  for (const part of parts(params.filter(({ key }) => !there.params.has(key)), VALUES)) await server.post(`${path}/params`, { model_id: there.id, params: part }, signal);
  const tag = async (all: readonly KeyValue[]): Promise<void> => {
    for (const part of parts(all, VALUES)) await server.patch(`${path}/tags`, { model_id: there.id, tags: part }, signal);
  };
  await tag([...newTags, ...noted.take()]);
  for (const [runId, measured] of grouped(metrics, (one) => sending.runThere(one.runId))) {
    if (runId === undefined) continue;
    const points = measured.map(({ key, value, step, time, datasetName, datasetDigest }) => ({
      key, value, step, timestamp: time, model_id: there.id, ...(datasetName === null ? {} : { dataset_name: datasetName }), ...(datasetDigest === null ? {} : { dataset_digest: datasetDigest }),
    }));
    for (const part of parts(points, METRICS)) await server.post("runs/log-batch", { run_id: runId, metrics: part, params: [], tags: [] }, signal);
  }
  const whole = await sendFiles(sending, { kind: "model", id: model.modelId }, there.root, run, { notes: noted, write: () => tag(noted.take()) }, `The logged model ${model.name}: `);
  if (model.status !== "LOGGED_MODEL_PENDING") await server.patch(path, { model_id: there.id, status: model.status }, signal);
  // Last: a push that broke off is gone on with.
  await tag([...noted.take(), ...(whole ? [{ key: DIGEST_TAG, value: mark }] : [])]);
  return { id: there.id, became: known === null ? "created" : "updated" };
}

async function find({ groups, server, signal }: Sending, { modelId }: ModelRecord): Promise<ModelThere | null> {
  for (const group of await groups()) {
    const answer = await server.post("logged-models/search", { experiment_ids: group, filter: `tags.\`${MODEL_TAG}\` = '${modelId}'`, max_results: 1 }, signal);
    const [found] = answer.list("models", (one): ModelThere => {
      const info = one.message("info");
      const tags = new Map(info.list("tags", (tag) => [tag.text("key"), tag.anyText("value")] as const));
      return { id: info.text("model_id"), root: info.anyText("artifact_uri"), tags, mark: tags.get(DIGEST_TAG) ?? null, params: new Set(one.message("data").list("params", (param) => param.anyText("key"))) };
    });
    if (found) return found;
  }
  return null;
}

async function create({ experimentThere, server, signal }: Sending, model: ModelRecord, source: string | undefined): Promise<ModelThere> {
  const experiment = await experimentThere(model.experimentId);
  // The tag stands with the first call: a push that breaks off after it finds the model again.
  const answer = await server.post("logged-models", { experiment_id: experiment, name: model.name, tags: [{ key: MODEL_TAG, value: model.modelId }], ...(model.modelType === null ? {} : { model_type: model.modelType }), ...(source === undefined ? {} : { source_run_id: source }) }, signal);
  const info = answer.message("model").message("info");
  return { id: info.text("model_id"), root: info.anyText("artifact_uri"), tags: new Map([[MODEL_TAG, model.modelId]]), mark: null, params: new Set() };
}

/** Ties a run there to logged models there; a link that is there is not made again. @param models - Ids there, by ours @param refused - Ours that the server refused, which was said */
export async function pushLinks({ store, server, signal, left }: Sending, { runKey, runId }: { readonly runKey: number; readonly runId: string }, there: string, models: ReadonlyMap<string, string>, refused: ReadonlySet<string>): Promise<void> {
  const [made, used] = (["output", "input"] as const).map((direction) => store.read.models.links(runKey, direction));
  if (!made || !used || made.length + used.length === 0) return;
  const run = (await server.get("runs/get", { run_id: there }, signal)).message("run");
  const ids = (part: "inputs" | "outputs"): Set<string> => new Set(run.message(part).list(part === "inputs" ? "model_inputs" : "model_outputs", (one) => one.text("model_id")));
  const missing = (list: typeof made, known: ReadonlySet<string>) => list.flatMap(({ modelId, step }) => {
    const model_id = models.get(modelId);
    if (model_id === undefined && !refused.has(modelId)) left.add("links to logged models that do not stand there", runId);
    return model_id === undefined || known.has(model_id) ? [] : [{ model_id, step }];
  });
  const outputs = missing(made, ids("outputs"));
  const inputs = missing(used, ids("inputs"));
  if (outputs.length > 0) await server.post("runs/outputs", { run_id: there, models: outputs }, signal);
  if (inputs.length > 0) await server.post("runs/log-inputs", { run_id: there, models: inputs.map(({ model_id }) => ({ model_id })) }, signal);
}
