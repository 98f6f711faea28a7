import { createHash } from "node:crypto";
import { ServerResponse, IncomingMessage } from "node:http";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Socket } from "node:net";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import { artifactPath, pathOfUrl } from "../artifacts/paths.ts";
import { isSecretFile } from "../capture/secrets.ts";
import { invalid } from "../mlflow/errors.ts";
import { bodyFields, type Fields } from "../mlflow/fields.ts";
import { tagOf } from "../mlflow/limits.ts";
import type { DoorServices, Handler } from "../mlflow/route.ts";
import { Retries } from "../mlflow/retries.ts";
import { createRoutes } from "../mlflow/routes.ts";
import { defaultRunName } from "../mlflow/shapes.ts";
import { isOwnPlainFile, realPathIn } from "../platform/filesystems.ts";
import type { ReplayedWrite } from "../store/operations/replay.ts";
import type { OperationInput } from "../store/operations.ts";
import type { Store } from "../store/store.ts";

/** A line of spool.jsonl: `call` as engine/mlflow names its routes, or `PUT artifact`. */
export interface KeptCall {
  /** UTC ms. */
  readonly time: number;
  readonly call: string;
  /** JSON as the client sent it. */
  readonly body: string;
  /** Of the run, logged model or experiment that the call makes. */
  readonly id: string | null;
  /** Of an artifact: `<experiment>/<run>/artifacts/<path>` as in the URL, and where its content lies, relative to the launch's folder. */
  readonly path: string | null;
  readonly file: string | null;
  /** Length and SHA-256 (hex) of that content as it was kept; null from a bootstrap that did not say. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}

/** Routes that only log: what they write may come late. Everything else in a spool is left out. */
const LOGGED = [
  "POST runs/log-metric", "POST runs/log-batch", "POST runs/log-parameter", "POST runs/set-tag", "POST runs/delete-tag", "POST runs/update",
  "POST runs/log-inputs", "POST runs/outputs", "POST runs/log-model", "POST experiments/set-experiment-tag",
  "PATCH logged-models/:model_id", "POST logged-models/:model_id/params", "PATCH logged-models/:model_id/tags",
];

/** Whose calls are read, and where what they name lies. */
export interface KeptFrom {
  readonly launchId: string;
  readonly runId: string;
  readonly folder: string;
  /** The folder came from elsewhere: its calls reach runs and models of this launch only. */
  readonly foreign: boolean;
  /** Experiments that were made without an engine: their number there → the one here. */
  readonly experiments: ReadonlyMap<string, string>;
}

/** Turns kept calls into writes, with the checks and messages of the door. */
export class KeptCalls {
  readonly #store: Store;
  readonly #artifacts: Artifacts;
  readonly #routes: readonly { readonly name: string; readonly pattern: RegExp; readonly handler: Handler }[];
  #writes: ReplayedWrite[] = [];
  #what = "";

  constructor(services: Pick<DoorServices, "store" | "artifacts" | "search">) {
    const { store } = services;
    this.#store = store;
    this.#artifacts = services.artifacts;
    const write: Store["write"] = (op, input) => {
      // SAFETY: a route that only logs writes operations of these names, and nobody reads what they answer with.
      this.#writes.push({ what: this.#what, op, input } as ReplayedWrite);
      return Promise.resolve(null as never); // SAFETY: see above.
    };
    const recorder: Store = Object.assign(Object.create(store), { write }); // SAFETY: every other member is the store's own.
    const routes = createRoutes({ ...services, store: recorder, retries: new Retries() });
    this.#routes = LOGGED.flatMap((name) => {
      const handler = routes[name];
      return handler === undefined ? [] : [{ name, pattern: new RegExp(`^${name.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`), handler }];
    });
  }

  /** @throws what the door would have answered: MlflowError, TouchstoneError. */
  async writesOf(call: KeptCall, from: KeptFrom): Promise<ReplayedWrite[]> {
    this.#writes = [];
    this.#what = call.call;
    if (call.call === "PUT artifact") return [await this.#artifact(call, from)];
    const fields = bodyFields(call.body);
    if (call.call === "POST runs/create") return this.#run(call, fields, from);
    if (call.call === "POST logged-models") return this.#model(call, fields, from);
    if (call.call === "POST experiments/create") return [];
    for (const { pattern, handler } of this.#routes) {
      const found = pattern.exec(call.call);
      if (found === null) continue;
      const made = from.experiments.get(fields.optionalText("experiment_id") ?? "");
      const named = made === undefined ? fields : fields.with({ experiment_id: made });
      const all = named.with(Object.fromEntries(Object.entries(found.groups ?? {}).map(([key, value]) => [key, pathOfUrl(value)])));
      this.#allow(all, from);
      await handler({ fields: all, launchId: from.launchId, madeId: undefined, digest: () => "", response: new ServerResponse(new IncomingMessage(new Socket())) });
      return this.#writes;
    }
    throw invalid(`${call.call} is not kept for later.`);
  }

  #allow(fields: Fields, { launchId, foreign, experiments }: KeptFrom): void {
    if (!foreign) return;
    const key = this.#store.read.launches.keyOf(launchId);
    const runId = fields.optionalText("run_id") ?? fields.optionalText("run_uuid");
    if (runId !== undefined && this.#store.read.runs.byId(runId)?.launchKey !== key) throw invalid(`The run ${runId} is none of this launch's.`);
    const modelId = fields.optionalText("model_id");
    const source = modelId === undefined ? undefined : this.#store.read.models.byId(modelId)?.sourceRun;
    if (runId === undefined && typeof source === "string" && this.#store.read.runs.byId(source)?.launchKey !== key) throw invalid(`The model ${modelId} is none of this launch's.`);
    const experiment = fields.optionalText("experiment_id");
    if (experiment !== undefined && ![...experiments.values()].includes(experiment)) throw invalid(`The experiment ${experiment} is none of this launch's.`);
  }

  #run({ id }: KeptCall, fields: Fields, from: KeptFrom): ReplayedWrite[] {
    const { launchId, runId } = from;
    const first = id === runId;
    const before = id === null ? undefined : this.#store.read.runs.byId(id);
    // Its answer was lost, but it was stored.
    if (before !== undefined && !(first && this.#store.read.launches.byId(launchId)?.adopted === false)) return [];
    if (id === null || !/^[0-9a-f]{32}$/.test(id)) throw invalid("A kept run has no id.");
    const tags = fields.list("tags", tagOf);
    const tagged = new Map(tags.map(({ key, value }) => [key, value]));
    const name = fields.anyText("run_name") || tagged.get("mlflow.runName") || "";
    const given = fields.anyText("experiment_id") || "0";
    const parentRunId = tagged.get("mlflow.parentRunId");
    const input: OperationInput<"run.create"> = {
      runId: id,
      experimentId: experimentOf(given, from),
      launchId,
      adopts: first,
      ...(parentRunId === undefined ? {} : { parentRunId }),
      name: name === "" ? defaultRunName(id) : name,
      named: name !== "" && name !== defaultRunName(id),
      user: fields.optionalText("user_id") ?? null,
      start: fields.optionalInteger("start_time") ?? Date.now(),
      tags,
    };
    return [{ what: this.#what, op: "run.create", input }];
  }

  #model({ id, time }: KeptCall, fields: Fields, from: KeptFrom): ReplayedWrite[] {
    const { launchId } = from;
    if (id === null || !/^m-[0-9a-f]{32}$/.test(id)) throw invalid("A kept model has no id.");
    if (this.#store.read.models.byId(id)) return [];
    const pair = (one: Fields) => ({ key: one.text("key"), value: one.anyText("value") });
    const given = fields.text("experiment_id");
    const name = fields.anyText("name");
    const input: OperationInput<"model.create"> = {
      modelId: id,
      experimentId: experimentOf(given, from),
      launchId,
      name: name === "" ? `model-${id.slice(2, 10)}` : name,
      modelType: fields.optionalText("model_type") ?? null,
      sourceRun: fields.optionalText("source_run_id") ?? null,
      time,
      params: fields.list("params", pair),
      tags: fields.list("tags", pair),
    };
    return [{ what: this.#what, op: "model.create", input }];
  }

  async #artifact({ path, file, bytes, sha256 }: KeptCall, { folder, launchId, foreign }: KeptFrom): Promise<ReplayedWrite> {
    const [, models, id, name] = /^[^/]+\/(?:(models)\/)?([\w-]+)\/artifacts\/(.+)$/s.exec(path ?? "") ?? [];
    if (id === undefined || name === undefined || file === null || !/^spool\/[0-9a-f]{32}$/.test(file)) throw invalid(`Invalid path: ${path ?? ""}`);
    const owner: ArtifactOwner = { kind: models === undefined ? "run" : "model", id };
    if (foreign) {
      const runId = owner.kind === "run" ? id : this.#store.read.models.byId(id)?.sourceRun;
      if (typeof runId === "string" && this.#store.read.runs.byId(runId)?.launchKey !== this.#store.read.launches.keyOf(launchId)) throw invalid(`The artifacts of ${id} are none of this launch's.`);
    }
    if (foreign && isSecretFile(pathOfUrl(name))) throw invalid(`The artifact ${name} is not kept: its name says that it holds secrets.`);
    const content = join(folder, file);
    if (realPathIn(folder, content) === null || !isOwnPlainFile(content)) throw invalid(`The content of the artifact ${name} is not there.`);
    const row = await this.#artifacts.stage(owner, artifactPath(pathOfUrl(name)), asKept(createReadStream(content), { name, bytes, sha256 }));
    return { what: `The artifact ${row.path}`, op: "artifact.add", input: { root: `${owner.kind}:${id}`, rows: [row] } };
  }
}

/** The content as it is read, which fails at its end where it is not what was kept: a power cut or a full disk may have cut it off. */
async function* asKept(content: AsyncIterable<Buffer>, { name, bytes, sha256 }: Pick<KeptCall, "bytes" | "sha256"> & { readonly name: string }): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of content) {
    hash.update(piece);
    length += piece.length;
    yield piece;
  }
  if (bytes !== null && length !== bytes) throw invalid(`The content of the artifact ${name} is not whole: ${length} of its ${bytes} bytes are there.`);
  if (sha256 !== null && hash.digest("hex") !== sha256) throw invalid(`The content of the artifact ${name} was changed since it was kept.`);
}

/** Where a run or model goes. An experiment that a folder from elsewhere does not make itself means nothing here. */
function experimentOf(given: string, { experiments, foreign }: KeptFrom): string {
  return experiments.get(given) ?? (foreign ? "0" : given);
}
