import type { ParamSource } from "../../api/runs.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { shownParams } from "../shownParams.ts";
import { launchReads } from "../read/launches.ts";
import { metricReads } from "../read/metrics.ts";
import { runReads } from "../read/runs.ts";
import type { RunRecord } from "../records.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { handoverWrites } from "./handover.ts";
import type { MetricWrites } from "./metrics.ts";
import type { ValueWrites } from "./values.ts";

/** A run that goes on in another launch than the one that it belonged to. */
export function resumeWrites(context: WriteContext, metrics: MetricWrites, values: ValueWrites) {
  const { db, dirty } = context;
  const handOver = handoverWrites(context);
  const launches = launchReads(db);
  const runs = runReads(db);
  const points = metricReads(db);
  // What ended it last time is over; so is the error of that time.
  const reopen = db.prepare<[number, string, number]>("UPDATE runs SET launch_key = ?, status = ?, end = NULL, error = NULL, exception = NULL, progress = NULL WHERE run_key = ?");
  const takeOver = db.prepare<[number, number]>("UPDATE launches SET run_key = ?, adopted = 1 WHERE launch_key = ?");
  const discard = db.prepare<[number, number]>("UPDATE runs SET deleted = ?, launch_key = NULL, status = 'finished', end = start WHERE run_key = ?");
  const note = db.prepare<[string, number]>("UPDATE launches SET notes = json_insert(notes, '$[#]', ?) WHERE launch_key = ?");
  const forget = db.prepare<[number, ParamSource | ""]>("DELETE FROM params WHERE run_key = ? AND source <> ?");

  function existing(runId: string): RunRecord {
    const run = runs.byId(runId);
    if (!run) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `Run with id=${runId} not found` });
    return run;
  }

  /** True while the launch that it belongs to has not ended. */
  function isLive(run: RunRecord): boolean {
    const launch = run.launchKey === null ? undefined : launches.byKey(run.launchKey);
    return launch !== undefined && launch.end === null;
  }

  /** Each param keeps the one value that it had, as an earlier session's: what the new one says of it is the run's from now on. */
  function age({ runKey }: RunRecord, kept: ParamSource | ""): void {
    const before = runs.params(runKey);
    const said = shownParams(before.filter(({ source }) => source !== kept));
    forget.run(runKey, kept);
    for (const { key, value } of said.values()) {
      if (!before.some((one) => one.key === key && one.source === kept && one.value === value)) values.putParam(runKey, { key, value, source: "earlier" });
    }
    dirty.anewParams.add(runKey);
  }

  /** What the launch recorded of itself before its script said which run it goes on with. */
  function hand(from: RunRecord, to: RunRecord, launchKey: number): void {
    for (const { key, value, source } of runs.params(from.runKey)) values.putParam(to.runKey, { key, value, source });
    for (const { key, value } of runs.tags(from.runKey)) values.putTag(to.runKey, { key, value });
    for (const { key, origin } of runs.latest(from.runKey)) metrics.put(to.runKey, points.points(from.runKey, key).map(({ value, step, time }) => ({ key, value, step, time })), origin);
    for (const path of handOver(from, to)) note.run(`The artifact ${path}, kept before the script said which run it goes on with, stays with the run that the launch began with: of the two names, one is a folder and the other a file.`, launchKey);
  }

  const handlers: Pick<Handlers, "run.resume"> = {
    "run.resume"({ launchId, runId }) {
      const launch = launches.byId(launchId);
      const run = existing(runId);
      if (launch === undefined || run.launchKey === launch.launchKey || isLive(run)) return null;
      reopen.run(launch.launchKey, "running", run.runKey);
      const placeholder = launch.adopted || launch.runKey === null ? undefined : runs.byKey(launch.runKey);
      if (placeholder) {
        // The script knows which run it is: as for any of MLflow's clients, what was logged to it does not change.
        age(run, "client");
        hand(placeholder, run, launch.launchKey);
        takeOver.run(run.runKey, launch.launchKey);
        discard.run(Date.now(), placeholder.runKey);
        dirty.runs.add(placeholder.runKey);
      }
      dirty.runs.add(run.runKey);
      dirty.launches.add(launch.launchKey);
      return null;
    },
  };

  return {
    handlers,
    /** The run that a new launch goes on with. Throws `RUN_NOT_FOUND`, `RUN_DELETED`, `RUN_LIVE`. */
    resumable(runId: string): RunRecord {
      const run = existing(runId);
      if (run.deleted !== null) throw new TouchstoneError({ code: "RUN_DELETED", message: `The run ${runId} is deleted.`, hint: "Restore it first." });
      if (isLive(run)) throw new TouchstoneError({ code: "RUN_LIVE", message: `The run ${runId} is still running.`, hint: "Stop it first, or wait for its end." });
      return run;
    },
    /** Its script believes that the run is new: params that its client logs again may have other values than last time. */
    continueIn(launchKey: number, run: RunRecord, status: string): void {
      age(run, "");
      reopen.run(launchKey, status, run.runKey);
      dirty.runs.add(run.runKey);
    },
  };
}

export type ResumeWrites = ReturnType<typeof resumeWrites>;
