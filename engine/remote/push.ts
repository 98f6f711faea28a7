import type { PushResult } from "../api/remote.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { besideRuns } from "../exporters/beside.ts";
import { LeftOut } from "../exporters/leftOut.ts";
import type { Missing } from "../runs/elsewhere.ts";
import { chosenParams } from "../exporters/source.ts";
import { isCheckedKey } from "../mlflow/limits.ts";
import type { Fields } from "../mlflow/fields.ts";
import { statusName } from "../mlflow/shapes.ts";
import type { ImportedItem } from "../store/operations/imports.ts";
import { type RunRecord, SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { placeOfServer, type RemoteServer } from "./client.ts";
import { CURVES_TAG, sendCurves } from "./pushCurves.ts";
import { isNotes, Notes } from "./pushNotes.ts";
import { type Became, cut, DIGEST_TAG, digestOf, isAbsent, isDamaged, PARAM_LENGTH, parts, sendFiles, type Sending, TAG_LENGTH, VALUES } from "./pushed.ts";
import { pushLinks, pushModel } from "./pushModels.ts";
import { pushTrace } from "./pushTraces.ts";
import { pushVersion } from "./pushVersions.ts";
import { groupsOf, PUSHED_TAG, remoteExperiments } from "./read.ts";

const PARENT_TAG = "mlflow.parentRunId";
const NOTE_TAG = "mlflow.note.content";
/** The server makes it of the name. */
const NAME_TAG = "mlflow.runName";
/** On the server: when the run was made there, in UTC ms: it keeps no such time itself. */
const MADE_TAG = "touchstone.pushed.made";
/** Runs that may have been made of one of ours by pushes at the same time. */
const DOUBLES = 10;

interface PushOptions {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly server: RemoteServer;
  /** Fetches all of runs that stand on another server. Gives, by run, what is not here. */
  readonly whole: (runIds: readonly string[]) => Promise<ReadonlyMap<string, Missing>>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

type Attempt = (runId: string, what: string, send: () => Promise<void>) => Promise<boolean>;

interface There {
  readonly id: string;
  readonly root: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
  /** Its `name` and `status`. */
  readonly info: ReadonlyMap<string, string>;
  readonly mark: string | null;
  readonly curves: string | null;
  readonly isDeleted: boolean;
}

/** Sends runs to a server, each once: a tag there says which run of ours it is. What belongs to them and stands beside them follows. */
export class Push {
  readonly #options: PushOptions;
  /** Ids there, by ours. */
  readonly #ids = new Map<string, string>();
  /** Of runs that stand there, by our ids. */
  readonly #notes = new Map<string, Notes>();
  readonly #experiments = new Map<number, string>();
  /** Ids of the experiments there. */
  #all: readonly string[] | null = null;
  readonly #left = new LeftOut();
  readonly #failed: { runId: string; reason: string }[] = [];
  readonly #sending: Sending;

  constructor(options: PushOptions) {
    this.#options = options;
    this.#sending = { ...options, left: this.#left, failed: (runId, reason) => void this.#failed.push({ runId, reason }), runThere: (runId) => this.#ids.get(runId), notesOf: (runId) => this.#notesOf(runId), experimentThere: (experimentId) => this.#experiment(experimentId), groups: () => this.#groups() };
  }

  /** Throws `REMOTE_OFFLINE` and `REMOTE_REFUSED`; what was sent until then is there, and the next push goes on. */
  async run(runIds: readonly string[]): Promise<PushResult> {
    const { store, server, whole, signal, progress } = this.#options;
    const result = { created: 0, updated: 0, same: 0, theirs: 0 };
    const runs = runIds.flatMap((id): RunRecord[] => {
      const run = store.read.runs.byId(id);
      if (!run) this.#failed.push({ runId: id, reason: "There is no such run." });
      return run ? [run] : [];
    });
    /** Without the server the others fail alike; what it refuses costs itself only. Gives whether it did not refuse. */
    const attempt: Attempt = async (runId, what, send) => {
      signal.throwIfAborted();
      try {
        await send();
        return true;
      } catch (error) {
        if (!(error instanceof TouchstoneError) || (error.shape.code !== "REMOTE_ANSWER" && !isDamaged(error))) throw error;
        this.#failed.push({ runId, reason: what + error.shape.message });
        return false;
      }
    };
    const sent: RunRecord[] = [];
    // A child names its parent there, so parents go first; they are the older ones.
    for (const [index, run] of runs.toSorted((a, b) => a.runKey - b.runKey).entries()) {
      progress({ done: index, total: runs.length, unit: "runs" });
      await attempt(run.runId, "", async () => {
        if (run.deleted !== null) return this.#left.add("runs that are deleted here", run.runId);
        const from = store.read.sources.placeOfRun(run.runId, SERVER_FORMAT);
        if (from !== undefined && placeOfServer(from) === placeOfServer(server.uri)) return void result.theirs++;
        const missing = from === undefined ? undefined : (await whole([run.runId])).get(run.runId);
        for (const what of missing?.words ?? []) this.#left.add(missing?.isApart === true ? `runs that are not all here: ${what}` : what, run.runId);
        if (missing?.isApart === true) return;
        const became = await this.#one(run);
        if (became === "deleted") return this.#left.add("runs that somebody deleted there", run.runId);
        result[became]++;
        sent.push(run);
      });
    }
    const beside = await this.#beside(sent, attempt);
    return { uri: server.uri, ...result, ...beside, failed: this.#failed, leftOut: this.#left.words };
  }

  /** Logged models, registered versions and traces. A server of before them has no place for them. */
  async #beside(runs: readonly RunRecord[], attempt: Attempt): Promise<Pick<PushResult, "models" | "versions" | "traces">> {
    const all = besideRuns(this.#options.store.read, runs);
    const models = all.models.filter(({ model, run }) => this.#isOurs({ kind: "model", key: model.modelId }, "logged models", run));
    const versions = all.versions.filter(({ version: { name, version }, run }) => this.#isOurs({ kind: "version", key: `${name}/${version}` }, "versions of registered models", run));
    const traces = all.traces.filter(({ trace, run }) => this.#isOurs({ kind: "trace", key: trace.traceId }, "traces", run));
    const none = (): Record<Became, number> => ({ created: 0, updated: 0, same: 0 });
    const counts = { models: none(), versions: none(), traces: none() };
    const count = (kind: keyof typeof counts, became: Became | undefined | null): void => {
      if (became != null) counts[kind][became]++;
    };
    const lacking = new Set<string>();
    const orLeftOut = async (what: string, run: string, send: () => Promise<void>): Promise<void> => {
      if (!lacking.has(what)) {
        try {
          return await send();
        } catch (error) {
          if (!isAbsent(error)) throw error;
          lacking.add(what);
        }
      }
      this.#left.add(`${what}: the server keeps none`, run);
    };
    const there = new Map(all.models.flatMap(({ model: { modelId } }) => (this.#standsThere({ kind: "model", key: modelId }) ? [[modelId, modelId] as const] : [])));
    /** Logged models that the server refused: what is made of them fails likewise. */
    const refused = new Set<string>();
    for (const one of models) {
      const isDone = await attempt(one.run, `The logged model ${one.model.name}: `, () => orLeftOut("logged models", one.run, async () => {
        const sent = await pushModel(this.#sending, one);
        if (sent !== null) there.set(one.model.modelId, sent.id);
        count("models", sent?.became);
      }));
      if (!isDone) refused.add(one.model.modelId);
    }
    for (const run of runs) await attempt(run.runId, "Its links to logged models: ", () => orLeftOut("links to logged models", run.runId, () => pushLinks(this.#sending, run, this.#ids.get(run.runId) ?? "", there, refused)));
    for (const one of versions) {
      const what = `Version ${one.version.version} of ${one.version.name}: `;
      if (refused.has(one.version.modelId ?? "")) this.#failed.push({ runId: one.run, reason: `${what}its logged model could not be sent.` });
      else await attempt(one.run, what, () => orLeftOut("versions of registered models", one.run, async () => count("versions", await pushVersion(this.#sending, one, there))));
    }
    for (const one of traces) await attempt(one.run, `The trace ${one.trace.traceId}: `, () => orLeftOut("traces", one.run, async () => count("traces", await pushTrace(this.#sending, one))));
    for (const { runId } of runs) await attempt(runId, "What was sent with it: ", () => this.#note(runId));
    return counts;
  }

  /** Not what the server itself has brought here; nor, which is said, what another one has: here stands what was looked at of it. */
  #isOurs(item: ImportedItem, what: string, run: string): boolean {
    const from = this.#options.store.read.sources.serverOf(item);
    if (from !== undefined && !this.#standsThere(item)) this.#left.add(`${what} of ${from}, where they stand`, run);
    return from === undefined;
  }

  #standsThere(item: ImportedItem): boolean {
    const { store, server } = this.#options;
    const from = store.read.sources.serverOf(item);
    return from !== undefined && placeOfServer(from) === placeOfServer(server.uri);
  }

  async #one(run: RunRecord): Promise<"created" | "updated" | "same" | "deleted"> {
    const { store, server, signal } = this.#options;
    const { read } = store;
    const latest = read.runs.latest(run.runKey);
    const files = read.artifacts.under(`run:${run.runId}`, "");
    const params = this.#params(run);
    const tags = this.#tags(run);
    const mark = digestOf([run.status, run.end, run.name, params, tags, latest.map(({ key, points, step, time }) => [key, points, step, time]), files.map(({ path, digest }) => [path, digest])]);
    const experiment = await this.#experiment(run.experimentId);
    const known = await this.#find(run);
    if (known?.isDeleted === true) return "deleted";
    const { isNew, ...there } = known === null ? await this.#create(run, experiment, tags) : { ...known, isNew: false };
    this.#ids.set(run.runId, there.id);
    const notes = new Notes(there.tags);
    this.#notes.set(run.runId, notes);
    const stays = (key: string): void => this.#left.add(`the ${key}, which somebody changed there`, run.runId);
    const info = (key: string, value: string): string | undefined => notes.toSend("info", [{ key, value }], there.info, stays)[0]?.value;
    const name = run.name === "" ? undefined : info("name", run.name);
    const newTags = notes.toSend("tag", tags, there.tags, (key) => stays(key === NOTE_TAG ? "note" : `tag ${key}`));
    // A server refuses the whole call for one param that it keeps with another value: a run that was resumed, or was sent before it had ended.
    const newParams = params.filter(({ key, value }) => {
      const stands = there.params.get(key);
      if (stands !== undefined && stands !== value) this.#left.add(`another value of the param ${key}: the server keeps the first`, run.runId);
      return stands === undefined;
    });
    if (there.mark === mark) {
      info("status", statusName(run));
      return "same";
    }
    const send = (body: object): Promise<unknown> => server.post("runs/log-batch", { run_id: there.id, metrics: [], params: [], tags: [], ...body }, signal);
    for (const part of parts(newParams, VALUES)) await send({ params: part });
    if (name !== undefined) await server.post("runs/update", { run_id: there.id, run_name: name }, signal);
    // Values and what is noted of them in one call where they fit: who breaks off between the two takes the new ones for somebody's.
    for (const part of parts([...newTags, ...notes.take()], VALUES)) await send({ tags: part });
    const curves = await sendCurves({ store, runKey: run.runKey, keys: latest.map(({ key }) => key).filter((key) => this.#named(key, run)), said: there.curves, send: (metrics) => send({ metrics }), note: (value) => send({ tags: [{ key: CURVES_TAG, value }] }) });
    const datasets = read.models.datasets(run.runKey).map(({ tags: own, ...one }) => ({ dataset: { name: one.name, digest: one.digest, source_type: one.sourceType, source: one.source, ...(one.schema === null ? {} : { schema: one.schema }), ...(one.profile === null ? {} : { profile: one.profile }) }, tags: own }));
    if (datasets.length > 0) await server.post("runs/log-inputs", { run_id: there.id, datasets }, signal);
    const whole = await sendFiles(this.#sending, { kind: "run", id: run.runId }, there.root, run.runId, { notes, write: () => send({ tags: notes.take() }) });
    const { end } = run;
    const status = info("status", statusName(run));
    if (status !== undefined) await server.post("runs/update", { run_id: there.id, status, ...(end === null ? {} : { end_time: end }) }, signal);
    // Last: a push that broke off is gone on with.
    await send({ tags: [...notes.take(), { key: CURVES_TAG, value: curves }, ...(whole ? [{ key: DIGEST_TAG, value: mark }] : [])] });
    this.#leftOut(run);
    return isNew ? "created" : "updated";
  }

  #notesOf(runId: string): Notes {
    const notes = this.#notes.get(runId) ?? new Notes([]);
    this.#notes.set(runId, notes);
    return notes;
  }

  async #note(runId: string): Promise<void> {
    const { server, signal } = this.#options;
    for (const part of parts(this.#notesOf(runId).take(), VALUES)) await server.post("runs/log-batch", { run_id: this.#ids.get(runId), metrics: [], params: [], tags: part }, signal);
  }

  async #experiment(experimentId: number): Promise<string> {
    const { store, server, signal } = this.#options;
    const known = this.#experiments.get(experimentId);
    if (known !== undefined) return known;
    const name = store.read.experiments.byId(experimentId)?.name ?? "Default";
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
    this.#experiments.set(experimentId, id);
    return id;
  }

  async #groups(): Promise<Iterable<readonly string[]>> {
    const { server, signal } = this.#options;
    this.#all ??= (await remoteExperiments(server, signal)).map(({ experiment }) => experiment);
    return groupsOf([...new Set([...this.#experiments.values(), ...this.#all])]);
  }

  /** Looks in every experiment: the run, or its experiment, may have been renamed or moved since it was sent. */
  async #find(run: RunRecord): Promise<There | null> {
    for (const group of await this.#groups()) {
      const found = await this.#search(run, group);
      if (found) return found;
    }
    return null;
  }

  /** Of several that were made of one run of ours, the one that all pushes go on with: one that is not deleted, and was made first. */
  async #search({ runId }: RunRecord, experiments: readonly string[]): Promise<There | undefined> {
    const { server, signal } = this.#options;
    const answer = await server.post("runs/search", { experiment_ids: experiments, filter: `tags.\`${PUSHED_TAG}\` = '${runId}'`, max_results: DOUBLES, run_view_type: "ALL" }, signal);
    return answer.list("runs", thereOf).toSorted((a, b) => Number(a.isDeleted) - Number(b.isDeleted) || Number(a.tags.get(MADE_TAG) ?? 0) - Number(b.tags.get(MADE_TAG) ?? 0) || (a.id < b.id ? -1 : 1))[0];
  }

  /** Makes a run there. Where another engine, with a copy of this store, made one of it meanwhile, the older one is gone on with. */
  async #create(run: RunRecord, experiment: string, tags: readonly { key: string; value: string }[]): Promise<There & { readonly isNew: boolean }> {
    const { server, signal } = this.#options;
    // The tag that names our run stands with the first call, and what is noted of it: a push that breaks off after it finds the run again.
    const first = tags.filter(({ key }) => key === PUSHED_TAG || key === PARENT_TAG);
    const notes = new Notes([]);
    notes.set("info status", "RUNNING");
    if (run.name !== "") notes.set("info name", run.name);
    for (const { key, value } of first) notes.set(`tag ${key}`, value);
    first.push(...notes.take(), { key: MADE_TAG, value: (performance.timeOrigin + performance.now()).toFixed(3) });
    const answer = await server.post("runs/create", { experiment_id: experiment, start_time: run.start, tags: first, ...(run.user === null ? {} : { user_id: run.user }), ...(run.name === "" ? {} : { run_name: run.name }) }, signal);
    const info = answer.message("run").message("info");
    const made: There = { id: info.text("run_id"), root: info.anyText("artifact_uri"), tags: new Map(first.map(({ key, value }) => [key, value])), params: new Map(), info: infoOf(info), mark: null, curves: null, isDeleted: false };
    const kept = await this.#search(run, [experiment]);
    if (kept === undefined || kept.id === made.id) return { ...made, isNew: true };
    await server.post("runs/delete-tag", { run_id: made.id, key: PUSHED_TAG }, signal);
    await server.post("runs/delete", { run_id: made.id }, signal);
    return { ...kept, isNew: false };
  }

  #params(run: RunRecord): { key: string; value: string }[] {
    return chosenParams(this.#options.store, run, this.#left).filter(({ key }) => this.#named(key, run)).map(({ key, value }) => ({ key, value: cut(value, PARAM_LENGTH, run.runId, this.#left) }));
  }

  #tags(run: RunRecord): { key: string; value: string }[] {
    const { read } = this.#options.store;
    const own = read.runs.tags(run.runKey).filter(({ key }) => ![PUSHED_TAG, MADE_TAG, DIGEST_TAG, CURVES_TAG, PARENT_TAG, ...(run.name === "" ? [] : [NAME_TAG])].includes(key) && !isNotes(key) && this.#named(key, run));
    const parent = run.parentKey === null ? undefined : read.runs.byKey(run.parentKey)?.runId;
    const parentThere = parent === undefined ? undefined : (this.#ids.get(parent) ?? parent);
    const { note } = read.runs.words(run.runKey);
    return [
      ...own.map(({ key, value }) => ({ key, value: cut(value, TAG_LENGTH, run.runId, this.#left) })),
      { key: PUSHED_TAG, value: run.runId },
      ...(parentThere === undefined ? [] : [{ key: PARENT_TAG, value: parentThere }]),
      ...(note === "" || own.some(({ key }) => key === NOTE_TAG) ? [] : [{ key: NOTE_TAG, value: cut(note, TAG_LENGTH, run.runId, this.#left) }]),
    ];
  }

  /** A server refuses the whole call for one name that it does not like. */
  #named(key: string, run: RunRecord): boolean {
    const named = isCheckedKey(key);
    if (!named) this.#left.add("params, tags and metrics whose names MLflow refuses", run.runId);
    return named;
  }

  #leftOut(run: RunRecord): void {
    if (run.status === "lost") this.#left.add("that a run was lost: it is written as failed", run.runId);
    if (run.starred === 1) this.#left.add("stars", run.runId);
    if (run.launchKey !== null) this.#left.add("log, code, environment and files of the launch", run.runId);
  }
}

function thereOf(one: Fields): There {
  const info = one.message("info");
  const valuesOf = (list: "tags" | "params") => new Map(one.message("data").list(list, (value) => [value.text("key"), value.anyText("value")] as const));
  const tags = valuesOf("tags");
  return { id: info.text("run_id"), root: info.anyText("artifact_uri"), tags, params: valuesOf("params"), info: infoOf(info), mark: tags.get(DIGEST_TAG) ?? null, curves: tags.get(CURVES_TAG) ?? null, isDeleted: info.anyText("lifecycle_stage") === "deleted" };
}

function infoOf(info: Fields): Map<string, string> {
  return new Map([["name", info.anyText("run_name")], ["status", info.enumeration("status")]]);
}
