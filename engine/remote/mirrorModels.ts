import { TouchstoneError } from "../api/tokens.ts";
import { dropGone, type Mirroring } from "./mirrored.ts";
import { isAbsent } from "./pushed.ts";
import { groupsOf, type RemoteModel, remoteModel, remoteModels } from "./read.ts";

/** Logged models that are asked for one by one at a look at what is new. */
const MODELS = 50;

/** The logged models of a server's runs. */
export class ModelMirror {
  readonly #mirroring: Mirroring;
  /** Those that runs made and that were not seen yet, or not ready. */
  readonly #waiting = new Set<string>();

  constructor(mirroring: Mirroring) {
    this.#mirroring = mirroring;
  }

  /** A run made these. */
  made(models: readonly string[]): void {
    for (const id of models) if (!this.#isReady(id)) this.#waiting.add(id);
  }

  async everything(experiments: readonly string[], signal: AbortSignal): Promise<void> {
    const { server, store } = this.#mirroring;
    const seen = new Set<string>();
    for (const group of groupsOf(experiments)) {
      for await (const models of remoteModels(server, group, signal)) {
        for (const { id } of models) seen.add(id);
        await this.#take(models);
      }
    }
    await dropGone(this.#mirroring, "model", seen, (id) => remoteModel(server, id, signal), (id) => store.read.models.byId(id)?.deleted === null);
  }

  async news(signal: AbortSignal): Promise<void> {
    for (const id of [...this.#waiting].slice(0, MODELS)) await this.#one(id, signal);
  }

  async #take(models: readonly RemoteModel[]): Promise<void> {
    const { store, pushed, write, owns } = this.#mirroring;
    for (const { id, pushedFrom } of models) {
      if (pushedFrom !== null && store.read.models.byId(pushedFrom) !== undefined) pushed.set(id, pushedFrom);
      else pushed.delete(id);
    }
    const others = models.filter(({ id }) => !pushed.has(id));
    // A value that a run measured which is not shown here would make a run of it.
    await write(others.flatMap(({ source, metrics }) => [source, ...metrics.filter(({ run }) => owns(run))]));
    for (const { id } of models) if (pushed.has(id) || this.#isReady(id)) this.#waiting.delete(id);
  }

  /** One that is gone there is not asked for any more. */
  async #one(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#take([await remoteModel(this.#mirroring.server, id, signal)]);
    } catch (error) {
      if (!(error instanceof TouchstoneError) || error.shape.code !== "REMOTE_ANSWER" || isAbsent(error)) throw error;
      this.#waiting.delete(id);
    }
  }

  /** Whether it stands here, and nothing more comes of it. */
  #isReady(id: string): boolean {
    const found = this.#mirroring.store.read.models.byId(id);
    return found !== undefined && found.status !== "LOGGED_MODEL_PENDING";
  }
}
