import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createRunSearch } from "../mlflow/search.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { isLaunchId, launchFiles } from "../launches/files.ts";
import { fileLines } from "../launches/lines.ts";
import { isDiskFull } from "../platform/diskFull.ts";
import { plainSize } from "../platform/filesystems.ts";
import type { Services } from "../services.ts";
import type { ReplayedWrite } from "../store/operations/replay.ts";
import { KeptCalls, type KeptCall, type KeptFrom } from "./calls.ts";

/** Calls whose writes share a commit. */
const TOGETHER = 200;

type Needs = Pick<Services, "folder" | "store" | "artifacts" | "runTable">;

/** The calls that launches kept while no engine was there; each is taken in once, in its order. */
export class Spools {
  readonly #needs: Needs;
  readonly #calls: KeptCalls;
  readonly #turns = new Map<string, Promise<void>>();

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#calls = new KeptCalls({ store: needs.store, artifacts: needs.artifacts, search: createRunSearch(needs.runTable, needs.store.read) });
  }

  /**
   * Resolved once what the launch's file holds is stored. @param position only so many bytes need to be.
   * @throws TouchstoneError the store's own (a full disk): it is tried again with the next call.
   */
  async catchUp(launchId: string, position = Number.POSITIVE_INFINITY): Promise<void> {
    if (!isLaunchId(launchId)) return;
    const { spool, folder } = launchFiles(this.#needs.folder, launchId);
    const behind = (): boolean => this.#needs.store.read.launches.offset(launchId, "spool") < Math.min(position, plainSize(spool));
    if (!behind()) return;
    const runId = this.#needs.store.read.launches.byId(launchId)?.runId;
    if (typeof runId !== "string") return;
    await this.takeIn(spool, { launchId, runId, folder, foreign: false, experiments: new Map() }, false);
  }

  /** One after the other for each launch. @param final the last line counts although nothing ends it. */
  takeIn(file: string, from: KeptFrom, final: boolean): Promise<void> {
    const turn = (this.#turns.get(from.launchId) ?? Promise.resolve()).catch(() => undefined).then(() => this.#read(file, from, final));
    this.#turns.set(from.launchId, turn);
    void turn.catch(() => undefined).then(() => this.#turns.get(from.launchId) === turn && this.#turns.delete(from.launchId));
    return turn;
  }

  async #read(file: string, from: KeptFrom, final: boolean): Promise<void> {
    const { store } = this.#needs;
    for (let more = true; more; ) {
      const start = store.read.launches.offset(from.launchId, "spool");
      const batch = fileLines(file, start, final);
      if (batch.to === start) return;
      const lines = batch.lines.filter(({ text }) => text.trim() !== "");
      let at = start;
      for (let index = 0; index < lines.length; ) {
        const { count, writes, notes, contents } = await this.#some(lines.slice(index, index + TOGETHER).map(({ text }) => text), from);
        index += count;
        const to = lines[index]?.offset ?? batch.to;
        const before = store.read.launches.byId(from.launchId)?.runId;
        await store.write("launch.replay", { launchId: from.launchId, from: at, to, writes, notes });
        await this.#adopted(writes);
        await this.#needs.artifacts.handedOver(before, store.read.launches.byId(from.launchId)?.runId);
        // What a launch of this engine kept is stored now; a folder from elsewhere is left as it is.
        if (!from.foreign) await Promise.all(contents.map((name) => rm(join(from.folder, name), { force: true })));
        at = to;
      }
      if (lines.length === 0) await store.write("launch.replay", { launchId: from.launchId, from: start, to: batch.to, writes: [], notes: [] });
      more = batch.more;
    }
  }

  /** The writes of the first lines that can be told without those before them being stored; at least of one. */
  async #some(lines: readonly string[], from: KeptFrom): Promise<{ count: number; writes: ReplayedWrite[]; notes: string[]; contents: string[] }> {
    const writes: ReplayedWrite[] = [];
    const notes: string[] = [];
    const contents: string[] = [];
    let count = 0;
    for (const line of lines) {
      const call = parseCall(line);
      try {
        if (call === null) notes.push("A call that was kept while the engine was away could not be read: the disk was full, or somebody changed the file.");
        else writes.push(...(await this.#calls.writesOf(call, from)));
        // `writesOf` took only names that lie in the launch's folder.
        if (call !== null && call.file !== null && call.call === "PUT artifact") contents.push(call.file);
      } catch (error) {
        // What it belongs to may be among what waits here.
        if (writes.length > 0) return { count, writes, notes, contents };
        if (isPassing(error)) throw error;
        notes.push(`${call?.call ?? "A call"} was kept while the engine was away and could not be stored: ${error instanceof Error ? error.message : String(error)}`);
      }
      count += 1;
    }
    return { count, writes, notes, contents };
  }

  async #adopted(writes: readonly ReplayedWrite[]): Promise<void> {
    for (const { op, input } of writes) {
      if (op !== "run.create" || input.adopts !== true) continue;
      const launch = this.#needs.store.read.launches.byId(input.launchId ?? "");
      if (launch) await this.#needs.artifacts.moved(input.runId, this.#needs.store.read.experiments.idOf(launch.experimentId));
    }
  }
}

/** A full disk has room again later. */
function isPassing(error: unknown): boolean {
  return isDiskFull(error) || error instanceof TouchstoneError && ["DISK_FULL", "STORE_FAILED", "STORE_READ_ONLY"].includes(error.shape.code);
}

/** Null for what is no kept call. */
export function parseCall(line: string): KeptCall | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { t, call, body, id, path, file, bytes, sha256 } = value as Readonly<Record<string, unknown>>; // SAFETY: an object reads as unknown values by name.
  if (typeof call !== "string") return null;
  const text = (given: unknown): string | null => (typeof given === "string" ? given : null);
  return { time: typeof t === "number" && t >= 0 ? Math.trunc(t) : 0, call, body: text(body) ?? "{}", id: text(id), path: text(path), file: text(file), bytes: typeof bytes === "number" ? bytes : null, sha256: text(sha256) };
}
