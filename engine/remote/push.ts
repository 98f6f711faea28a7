import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { PushResult } from "../api/remote.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { LeftOut } from "../exporters/leftOut.ts";
import { chosenParams } from "../exporters/source.ts";
import { statusName } from "../mlflow/shapes.ts";
import type { RunRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import { groupsOf, PUSHED_TAG, remoteExperiments } from "./read.ts";

/** MLflow's limits. */
const METRICS = 1_000;
const VALUES = 100;
const PARAM_LENGTH = 6_000;
const TAG_LENGTH = 5_000;
/** On the server: what of the run stands there, as a digest. While it is the same, nothing is sent again. */
const DIGEST_TAG = "touchstone.pushed";
const PARENT_TAG = "mlflow.parentRunId";

interface PushOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly server: RemoteServer;
  /** True for a run of the server itself. */
  readonly theirs: (runId: string) => boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

interface There {
  readonly id: string;
  readonly root: string;
  readonly mark: string | null;
}

/** Sends runs to a server, each once: a tag there says which run of ours it is. */
export class Push {
  readonly #options: PushOptions;
  /** Ids there, by ours. */
  readonly #ids = new Map<string, string>();
  readonly #experiments = new Map<number, string>();
  /** Ids of the experiments there. */
  #all: readonly string[] | null = null;
  /** Runs with traces, by experiment. */
  readonly #traced = new Map<number, ReadonlySet<string>>();
  readonly #left = new LeftOut();

  constructor(options: PushOptions) {
    this.#options = options;
  }

  /** Throws `REMOTE_OFFLINE` and `REMOTE_REFUSED`; what was sent until then is there, and the next push goes on. */
  async run(runIds: readonly string[]): Promise<PushResult> {
    const { store, server, theirs, signal, progress } = this.#options;
    const result = { created: 0, updated: 0, same: 0, theirs: 0 };
    const failed: { runId: string; reason: string }[] = [];
    const runs = runIds.flatMap((id): RunRecord[] => {
      const run = store.read.runs.byId(id);
      if (!run) failed.push({ runId: id, reason: "There is no such run." });
      return run ? [run] : [];
    });
    // A child names its parent there, so parents go first; they are the older ones.
    for (const [index, run] of runs.toSorted((a, b) => a.runKey - b.runKey).entries()) {
      signal.throwIfAborted();
      progress({ done: index, total: runs.length, unit: "runs" });
      try {
        if (run.deleted !== null) this.#left.add("runs that are deleted here", run.runId);
        else result[theirs(run.runId) ? "theirs" : await this.#one(run)]++;
      } catch (error) {
        // Without the server the other runs fail alike.
        if (!(error instanceof TouchstoneError) || error.shape.code !== "REMOTE_ANSWER") throw error;
        failed.push({ runId: run.runId, reason: error.shape.message });
      }
    }
    return { uri: server.uri, ...result, failed, leftOut: this.#left.words };
  }

  async #one(run: RunRecord): Promise<"created" | "updated" | "same"> {
    const { store, server, signal } = this.#options;
    const { read } = store;
    const latest = read.runs.latest(run.runKey);
    const files = read.artifacts.under(`run:${run.runId}`, "");
    const params = this.#params(run);
    const tags = this.#tags(run);
    const mark = createHash("sha256").update(JSON.stringify([run.status, run.end, run.name, params, tags, latest.map(({ key, points, step, time }) => [key, points, step, time]), files.map(({ path, digest }) => [path, digest])])).digest("hex").slice(0, 16);
    const experiment = await this.#experiment(run);
    const known = await this.#find(run);
    if (known) this.#ids.set(run.runId, known.id);
    if (known?.mark === mark) return "same";
    const there = known ?? (await this.#create(run, experiment, tags));
    this.#ids.set(run.runId, there.id);
    const send = (body: object): Promise<unknown> => server.post("runs/log-batch", { run_id: there.id, metrics: [], params: [], tags: [], ...body }, signal);
    for (const part of parts(params, VALUES)) await send({ params: part });
    for (const part of parts(tags, VALUES)) await send({ tags: part });
    for (const { key } of latest) {
      const points = read.metrics.points(run.runKey, key).map(({ value, step, time }) => ({ key, value, step, timestamp: time }));
      for (const part of parts(points, METRICS)) await send({ metrics: part });
    }
    const datasets = read.models.datasets(run.runKey).map(({ tags: own, ...one }) => ({ dataset: { name: one.name, digest: one.digest, source_type: one.sourceType, source: one.source, ...(one.schema === null ? {} : { schema: one.schema }), ...(one.profile === null ? {} : { profile: one.profile }) }, tags: own }));
    if (datasets.length > 0) await server.post("runs/log-inputs", { run_id: there.id, datasets }, signal);
    await this.#files(run, there, files);
    const { end } = run;
    await server.post("runs/update", { run_id: there.id, status: statusName(run), ...(end === null ? {} : { end_time: end }), ...(run.name === "" ? {} : { run_name: run.name }) }, signal);
    // Last: a push that broke off is gone on with.
    await send({ tags: [{ key: DIGEST_TAG, value: mark }] });
    this.#leftOut(run);
    return known ? "updated" : "created";
  }

  async #experiment(run: RunRecord): Promise<string> {
    const { store, server, signal } = this.#options;
    const known = this.#experiments.get(run.experimentId);
    if (known !== undefined) return known;
    const name = store.read.experiments.byId(run.experimentId)?.name ?? "Default";
    const id = await server
      .get("experiments/get-by-name", { experiment_name: name }, signal)
      .then((answer) => {
        const found = answer.message("experiment");
        if (found.anyText("lifecycle_stage") === "deleted") throw new TouchstoneError({ code: "REMOTE_ANSWER", message: `The experiment ${name} is deleted on ${server.uri}.`, hint: "Restore it there first." });
        return found.text("experiment_id");
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof TouchstoneError) || !/not find|does not exist/i.test(error.shape.message)) throw error;
        return (await server.post("experiments/create", { name }, signal)).text("experiment_id");
      });
    this.#experiments.set(run.experimentId, id);
    return id;
  }

  /** Looks in every experiment: the run, or its experiment, may have been renamed or moved since it was sent. */
  async #find(run: RunRecord): Promise<There | null> {
    const { server, signal } = this.#options;
    this.#all ??= (await remoteExperiments(server, signal)).map(({ experiment }) => experiment);
    for (const group of groupsOf([...new Set([...this.#experiments.values(), ...this.#all])])) {
      const answer = await server.post("runs/search", { experiment_ids: group, filter: `tags.\`${PUSHED_TAG}\` = '${run.runId}'`, max_results: 1, run_view_type: "ALL" }, signal);
      const [found] = answer.list("runs", (one): There => {
        const info = one.message("info");
        const mark = one.message("data").list("tags", (tag) => (tag.text("key") === DIGEST_TAG ? tag.anyText("value") : null)).find((value) => value !== null);
        return { id: info.text("run_id"), root: info.anyText("artifact_uri"), mark: mark ?? null };
      });
      if (found) return found;
    }
    return null;
  }

  async #create(run: RunRecord, experiment: string, tags: readonly { key: string; value: string }[]): Promise<There> {
    const { server, signal } = this.#options;
    // The tag that names our run stands with the first call: a push that breaks off after it finds the run again.
    const first = tags.filter(({ key }) => key === PUSHED_TAG || key === PARENT_TAG);
    const answer = await server.post("runs/create", { experiment_id: experiment, start_time: run.start, tags: first, ...(run.user === null ? {} : { user_id: run.user }), ...(run.name === "" ? {} : { run_name: run.name }) }, signal);
    const info = answer.message("run").message("info");
    return { id: info.text("run_id"), root: info.anyText("artifact_uri"), mark: null };
  }

  #params(run: RunRecord): { key: string; value: string }[] {
    return chosenParams(this.#options.store, run, this.#left).map(({ key, value }) => ({ key, value: this.#cut(value, PARAM_LENGTH, run) }));
  }

  #tags(run: RunRecord): { key: string; value: string }[] {
    const { read } = this.#options.store;
    const own = read.runs.tags(run.runKey).filter(({ key }) => ![PUSHED_TAG, DIGEST_TAG, PARENT_TAG].includes(key));
    const parent = run.parentKey === null ? undefined : read.runs.byKey(run.parentKey)?.runId;
    const parentThere = parent === undefined ? undefined : (this.#ids.get(parent) ?? parent);
    const { note } = read.runs.words(run.runKey);
    return [
      ...own.map(({ key, value }) => ({ key, value: this.#cut(value, TAG_LENGTH, run) })),
      { key: PUSHED_TAG, value: run.runId },
      ...(parentThere === undefined ? [] : [{ key: PARENT_TAG, value: parentThere }]),
      ...(note === "" || own.some(({ key }) => key === "mlflow.note.content") ? [] : [{ key: "mlflow.note.content", value: this.#cut(note, TAG_LENGTH, run) }]),
    ];
  }

  async #files(run: RunRecord, there: There, files: readonly { readonly path: string; readonly bytes: number }[]): Promise<void> {
    const { artifacts, server, signal } = this.#options;
    if (files.length === 0) return;
    if (!there.root.startsWith("mlflow-artifacts:")) {
      this.#left.add("artifacts: the server does not take them itself (it runs without --serve-artifacts)", run.runId);
      return;
    }
    for (const { path, bytes } of files) {
      const { file } = await artifacts.locate({ kind: "run", id: run.runId }, path);
      // SAFETY: Node's typings and the DOM's typings of one and the same web stream class.
      await server.upload(there.root, path, Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>, bytes, signal);
    }
  }

  #leftOut(run: RunRecord): void {
    const { read } = this.#options.store;
    if (run.starred === 1) this.#left.add("stars", run.runId);
    if (read.models.links(run.runKey, "output").length + read.models.links(run.runKey, "input").length > 0) this.#left.add("logged models and their links", run.runId);
    const traced = this.#traced.get(run.experimentId) ?? new Set(read.traces.valuesOf([run.experimentId], "metadata", "mlflow.sourceRun").values());
    this.#traced.set(run.experimentId, traced);
    if (traced.has(run.runId)) this.#left.add("traces", run.runId);
    if (run.launchKey !== null) this.#left.add("log, code, environment and files of the launch", run.runId);
  }

  #cut(value: string, length: number, run: RunRecord): string {
    if (value.length > length) this.#left.add(`the end of values longer than ${length} characters`, run.runId);
    return value.slice(0, length);
  }
}

function* parts<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
