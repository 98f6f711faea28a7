import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import type { RunStatus } from "../../api/runs.ts";
import type { WatchedLaunch } from "../../launches/hooks.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "./log.ts";
import { labelOf } from "./names.ts";
import { placeOf } from "./place.ts";

/** The launch's own run; which one that is may change, when the script goes on with an earlier run. */
export const OWN = "own";

/** Formats whose logs say themselves what their run is called. */
const NAMED = new Set(["wandb", "trackio"]);
/** Formats that say truly how their run ended. */
const TOLD = new Set(["wandb", "tensorboard"]);

/**
 * Which run of the launch the values of a log go to: the run of MLflow's client, or of the other log, that was active where it was
 * begun; else that of its unit (place.ts). The first unit is the launch's own run, later ones stand beside it, as later runs of
 * MLflow's client do.
 */
export class LogRuns {
  readonly #store: Store;
  readonly #watched: WatchedLaunch;

  constructor(store: Store, watched: WatchedLaunch) {
    this.#store = store;
    this.#watched = watched;
  }

  /**
   * `OWN`, or the id of a run that stands beside it; null as long as it cannot be told.
   * @param key the first metric's name; null where something else came first
   */
  choose(log: Log, key: string | null, logs: readonly Log[], final: boolean): string | null {
    log.place ??= placeOf(log, key, logs, final);
    if (log.run !== null || log.place === null) return log.run;
    log.unit = log.place.unit;
    if (log.rank > 0) return OWN;
    if (log.within !== null) {
      const other = logs.find(({ path }) => path === log.within);
      if (other !== undefined) return other.run ?? (final ? OWN : null);
      const { runs, launches } = this.#store.read;
      const run = runs.byId(log.within);
      if (run !== undefined && run.launchKey === launches.keyOf(this.#watched.launchId)) return run.runId === this.#watched.runId ? OWN : run.runId;
    }
    const { unit } = log;
    const units = new Map(logs.flatMap((other) => (other !== log && isUnit(other) ? [[other.unit, other.run] as const] : []))); // SAFETY: pairs of a map.
    if (unit === null) {
      const around = [...units.keys()].filter((folder) => log.by.path.startsWith(folder + sep)).sort((a, b) => b.length - a.length)[0];
      return (around === undefined ? undefined : units.get(around)) ?? OWN;
    }
    return units.get(unit) ?? ([...units.values()].includes(OWN) ? idOf(this.#watched.launchId, unit) : OWN);
  }

  /** Makes the run of a log that stands beside the launch's own, where it is not there yet. */
  async ensure(log: Log, logs: readonly Log[], start: number): Promise<void> {
    const { run } = log;
    const { launchId, runId } = this.#watched;
    if (run === null || run === OWN || this.#store.read.runs.byId(run) !== undefined) return;
    const own = this.#store.read.runs.byId(runId);
    const user = own?.user ?? null;
    const name = this.#nameOf(log);
    // With a second folder, the first one's name says something too.
    const first = logs.find((other) => other.run === OWN && isUnit(other));
    if (first !== undefined && own?.nameFrom === "none" && !NAMED.has(first.by.reader.format)) await this.#store.write("run.update", { runIds: [runId], name: this.#nameOf(first), nameFrom: "client" });
    await this.#store.write("run.create", { runId: run, experimentId: "0", launchId, adopts: false, name, named: true, user, start: log.said?.start ?? start, tags: [] });
  }

  #nameOf({ by, said, unit }: Log): string {
    if (NAMED.has(by.reader.format)) return said?.name ?? labelOf(by.group);
    return relative(this.#watched.cwd, unit ?? "").split(sep).join("/");
  }

  /** What a log says of its run itself: its name, and how it ended; the launch's own run ends with the launch. */
  async tell(log: Log): Promise<void> {
    const { said, run } = log;
    if (said === null || run === null || log.rank > 0) return;
    const record = this.#store.read.runs.byId(run === OWN ? this.#watched.runId : run);
    if (record === undefined) return;
    const { format } = log.by.reader;
    const name = NAMED.has(format) && record.nameFrom !== "person" && log.within === null && said.name !== undefined && said.name !== record.name && (run !== OWN || record.nameFrom === "none") ? said.name : undefined;
    const ends = run !== OWN && log.within === null && TOLD.has(format) && said.status !== undefined && said.status !== record.status;
    const fate: { status?: RunStatus; end?: number | null } = ends ? { status: said.status, end: said.status === "running" ? null : (said.end ?? Date.now()) } : {};
    log.said = null;
    if (name !== undefined || ends) await this.#store.write("run.update", { runIds: [record.runId], ...fate, ...(name === undefined ? {} : { name, nameFrom: "client" }) });
  }
}

/** A log that has a run for itself, and not as a part of another one's. */
function isUnit(log: Log): log is Log & { readonly unit: string; readonly run: string } {
  return log.unit !== null && log.run !== null && log.within === null;
}

/** The same after a restart. */
function idOf(launchId: string, unit: string): string {
  return createHash("sha256").update(`${launchId}\n${unit}`).digest("hex").slice(0, 32);
}
