import { TouchstoneError } from "../../api/tokens.ts";
import type { RunRecord } from "../records.ts";
import { runReads } from "../read/runs.ts";
import { type Handlers, NEXT_RUN_KEY, type WriteContext } from "./context.ts";
import type { ExperimentWrites } from "./experiments.ts";
import type { MetricWrites } from "./metrics.ts";
import type { ModelWrites } from "./models.ts";
import type { ValueWrites } from "./values.ts";

export type RunHandlers = Pick<Handlers, "run.create" | "run.update" | "run.logBatch" | "run.logInputs" | "run.logOutputs">;

/** The tag by which MLflow's client renames a run. */
const NAME_TAG = "mlflow.runName";

export function runNotFound(runId: string): TouchstoneError {
  return new TouchstoneError({ code: "RUN_NOT_FOUND", message: `Run with id=${runId} not found` });
}

/** Operations on runs. */
export function runWrites(context: WriteContext, metrics: MetricWrites, values: ValueWrites, models: ModelWrites, experiments: ExperimentWrites): RunHandlers {
  const { db, dirty } = context;
  const reads = runReads(db);
  const insert = db.prepare(
    `INSERT INTO runs (run_key, run_id, experiment_id, launch_key, parent_key, request, user, status, start, color)
     VALUES (${NEXT_RUN_KEY}, @runId, @experimentId, @launchKey, @parentKey, @request, @user, @status, @start, (SELECT coalesce(max(run_key), 0) FROM runs))`,
  );
  const adoptable = db.prepare<[string], { launchKey: number; runKey: number; experimentId: number; adopted: number }>(
    "SELECT launch_key AS launchKey, run_key AS runKey, experiment_id AS experimentId, adopted FROM launches WHERE launch_id = ?",
  );
  const markAdopted = db.prepare<[number]>("UPDATE launches SET adopted = 1 WHERE launch_key = ?");
  const adopt = db.prepare(
    "UPDATE runs SET experiment_id = @experimentId, user = coalesce(@user, user), status = @status, request = @request WHERE run_key = @runKey",
  );
  const rename = db.prepare<[string, string, number]>("UPDATE runs SET name = ?, name_from = ? WHERE run_key = ?");
  // A clock that was set back, or a client that dates a run back without its start, makes no run end before it began.
  const update = db.prepare(
    `UPDATE runs SET status = coalesce(@status, status), end = CASE WHEN @setEnd THEN max(@end, start) ELSE end END, note = coalesce(@note, note),
       starred = coalesce(@starred, starred), deleted = CASE WHEN @setDeleted THEN @deleted ELSE deleted END WHERE run_key = @runKey`,
  );
  // A rank of a distributed job may be started again: how that ends, its launcher says.
  const raisedAt = db.prepare<[number], { time: number }>(
    `SELECT first.exception ->> 'time' AS time FROM runs r JOIN launches l ON l.launch_key = r.launch_key
     JOIN runs first ON first.run_key = l.run_key WHERE r.run_key = ? AND l.end IS NULL AND first.exception IS NOT NULL AND first.exception ->> 'rank' IS NULL`,
  );

  function existing(runId: string): RunRecord {
    const run = reads.byId(runId);
    if (!run) throw runNotFound(runId);
    return run;
  }

  /** A run that may be written to. */
  function active(runId: string): RunRecord {
    const run = existing(runId);
    if (run.deleted !== null) {
      throw new TouchstoneError({ code: "RUN_DELETED", message: `The run ${runId} must be in the 'active' state. Current state is deleted.` });
    }
    return run;
  }

  /** The client's name never overwrites one that a person gave. */
  function setName(run: RunRecord, name: string, from: "person" | "client" | "none"): void {
    if (run.nameFrom === "person" && from !== "person") return;
    if (from === "none" && run.nameFrom !== "none") return;
    rename.run(name, from, run.runKey);
    dirty.runs.add(run.runKey);
  }

  return {
    "run.create"(input) {
      const launch = input.launchId === undefined ? undefined : adoptable.get(input.launchId);
      const parent = input.parentRunId === undefined ? undefined : reads.byId(input.parentRunId);
      // A script that names no experiment stays in the launch's own.
      const experimentId = launch && input.experimentId === "0" ? launch.experimentId : experiments.existing(input.experimentId).experimentId;
      const status = input.status ?? "running";
      const request = input.request ?? null;
      let run: RunRecord | undefined;
      const adopted = launch !== undefined && launch.adopted === 0 && input.adopts !== false && parent === undefined && input.parentRunId === undefined;
      if (adopted) {
        markAdopted.run(launch.launchKey);
        run = reads.byKey(launch.runKey);
        // A run that ended before its client came (a clock that jumps, a launch taken back) is not opened again.
        adopt.run({ request, runKey: launch.runKey, experimentId, user: input.user, status: run?.end === null ? status : (run?.status ?? status) });
        dirty.launches.add(launch.launchKey);
      } else {
        const { runId, user, start } = input;
        insert.run({ runId, experimentId, launchKey: launch?.launchKey ?? null, parentKey: parent?.runKey ?? null, request, user, status, start });
        run = existing(input.runId);
        if (parent) dirty.runs.add(parent.runKey);
      }
      if (!run) throw runNotFound(input.runId);
      setName(run, input.name, input.named ? "client" : "none");
      for (const tag of input.tags) values.putTag(run.runKey, tag);
      dirty.runs.add(run.runKey);
      return { runId: run.runId, adopted };
    },

    "run.update"(input) {
      for (const runId of input.runIds) {
        const run = input.deleted === undefined ? active(runId) : existing(runId);
        let { status } = input;
        const end = input.end ?? null;
        // A client that closes its run while the interpreter unwinds says "finished" although the script just raised.
        const raised = status === "finished" ? raisedAt.get(run.runKey) : undefined;
        if (raised && end !== null && end >= raised.time) status = "failed";
        update.run({
          runKey: run.runKey,
          status: status ?? null,
          setEnd: input.end === undefined ? 0 : 1,
          end,
          note: input.note ?? null,
          starred: input.starred === undefined ? null : Number(input.starred),
          setDeleted: input.deleted === undefined ? 0 : 1,
          deleted: input.deleted === true ? Date.now() : null,
        });
        if (input.name !== undefined) setName(run, input.name, input.nameFrom ?? "person");
        for (const tag of input.setTags ?? []) values.putTag(run.runKey, tag);
        for (const key of input.deleteTags ?? []) {
          if (!values.dropTag(run.runKey, key) && input.runIds.length === 1) {
            throw new TouchstoneError({ code: "TAG_NOT_FOUND", message: `No tag with name: ${key} in run with id ${runId}` });
          }
        }
        dirty.runs.add(run.runKey);
        if (run.parentKey !== null) dirty.runs.add(run.parentKey);
      }
      return null;
    },

    "run.logBatch"(input) {
      const run = active(input.runId);
      values.putClientParams(run, input.params, input.alone === true);
      metrics.put(run.runKey, input.metrics, "client");
      for (const metric of input.metrics) if (metric.modelId !== undefined) models.putMetric(run.runKey, metric.modelId, metric);
      for (const tag of input.tags) {
        values.putTag(run.runKey, tag);
        if (tag.key === NAME_TAG) setName(run, tag.value, "client");
      }
      return null;
    },

    "run.logInputs"(input) {
      const run = active(input.runId);
      for (const dataset of input.datasets) models.putDataset(run, dataset);
      for (const modelId of input.models) models.link(run.runKey, "input", modelId, 0);
      return null;
    },

    "run.logOutputs"(input) {
      const run = active(input.runId);
      for (const { modelId, step } of input.models) models.link(run.runKey, "output", modelId, step);
      return null;
    },
  };
}
