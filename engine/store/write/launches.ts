import type { RunStatus } from "../../api/runs.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import type { LaunchEvents, LaunchUpdate } from "../operations.ts";
import { type LaunchDetail, launchReads } from "../read/launches.ts";
import { outranks, type Raised } from "../raised.ts";
import { runReads } from "../read/runs.ts";
import { changedParams } from "../shownParams.ts";
import type { ArtifactWrites } from "./artifacts.ts";
import { type Handlers, NEXT_RUN_KEY, type WriteContext } from "./context.ts";
import type { ExperimentWrites } from "./experiments.ts";
import type { ResumeWrites } from "./resume.ts";
import type { MetricWrites } from "./metrics.ts";
import { isRefused, piecesOf } from "./pieces.ts";
import type { ValueWrites } from "./values.ts";

/** So many notes at most say what of a piece of a stream was refused. */
const MOST_REFUSALS = 20;

interface Needs {
  readonly metrics: MetricWrites;
  readonly values: ValueWrites;
  readonly experiments: ExperimentWrites;
  readonly artifacts: ArtifactWrites;
  readonly resume: ResumeWrites;
}

/** Operations on launches. */
export function launchWrites(context: WriteContext, { metrics, values, experiments, artifacts, resume }: Needs) {
  const { db, keys, dirty } = context;
  const reads = launchReads(db);
  const runs = runReads(db);
  const insert = db.prepare(
    `INSERT INTO launches (launch_id, experiment_id, command, cwd, script, origin, status, pty, start)
     VALUES (@launchId, @experimentId, @command, @cwd, @script, @origin, @status, @pty, @start)`,
  );
  const insertRun = db.prepare(
    `INSERT INTO runs (run_key, run_id, experiment_id, launch_key, name, name_from, user, status, start, color)
     VALUES (${NEXT_RUN_KEY}, @runId, @experimentId, @launchKey, @name, @nameFrom, @user, @status, @start, (SELECT coalesce(max(run_key), 0) FROM runs))`,
  );
  const setRun = db.prepare<[number, number]>("UPDATE launches SET run_key = ? WHERE launch_key = ?");
  const update = db.prepare(
    `UPDATE launches SET status = coalesce(@status, status), exit_code = coalesce(@exitCode, exit_code), signal = coalesce(@signal, signal),
       pid = coalesce(@pid, pid), pty = coalesce(@pty, pty), end = coalesce(max(@end, start), end), interpreter = coalesce(@interpreter, interpreter),
       host = coalesce(@host, host), packages = coalesce(@packages, packages), environment = coalesce(@environment, environment),
       code = coalesce(@code, code), notes = coalesce(@notes, notes), log_bytes = coalesce(@logBytes, log_bytes)
     WHERE launch_key = @launchKey`,
  );
  const putBlob = db.prepare("INSERT OR REPLACE INTO launch_blobs (launch_key, kind, path, digest, bytes) VALUES (@launchKey, @kind, @path, @digest, @bytes)");
  // A clock that was set back meanwhile makes no run end before it began.
  const closeRun = db.prepare("UPDATE runs SET status = @status, end = coalesce(end, max(@end, start)), error = @error WHERE run_key = @runKey");
  const setStatus = db.prepare<[string, number]>("UPDATE runs SET status = ? WHERE run_key = ? AND end IS NULL");
  const putOffset = db.prepare<[number, string, number]>(
    "INSERT INTO launch_offsets (launch_key, stream, offset) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset",
  );
  const addSource = db.prepare<[number, string, number, number, string | null]>("INSERT OR IGNORE INTO launch_sources (launch_key, path, start, rank, within) VALUES (?, ?, ?, ?, ?)");
  const setSource = db.prepare<[string, number | null, number, string]>("UPDATE launch_sources SET keys = ?, run_key = ? WHERE launch_key = ? AND path = ?");
  const putPlace = db.prepare<[number, string, string, string, number, string | null]>(
    "INSERT OR REPLACE INTO launch_source_files (launch_key, path, file, inode, offset, state) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const putFile = db.prepare(
    `INSERT OR REPLACE INTO launch_files (launch_key, direction, path, bytes, digest, file, line, model, time)
     VALUES (@launchKey, @direction, @path, @bytes, @digest, @file, @line, @model, @time)`,
  );
  const dropOutput = db.prepare<[number, string]>("DELETE FROM launch_files WHERE launch_key = ? AND direction = 'output' AND path = ?");
  const putSite = db.prepare(
    `INSERT INTO launch_sites (launch_key, key_id, file, line) VALUES (@launchKey, @keyId, @file, @line)
     ON CONFLICT DO UPDATE SET file = excluded.file, line = excluded.line`,
  );
  const putException = db.prepare<[string | null, number]>("UPDATE runs SET exception = ? WHERE run_key = ?");
  const putProgress = db.prepare<[string, number]>("UPDATE runs SET progress = ? WHERE run_key = ?");

  function existing(launchId: string): LaunchDetail & { runKey: number } {
    const launch = reads.byId(launchId);
    if (!launch || launch.runKey === null) throw new TouchstoneError({ code: "LAUNCH_NOT_FOUND", message: `There is no launch ${launchId} in this store.` });
    return { ...launch, runKey: launch.runKey };
  }

  function raisedIn(runKey: number): Raised | null {
    const { exception } = runs.words(runKey);
    return exception === null ? null : JSON.parse(exception);
  }

  /** Every run that is still open gets the launch's fate; one that its client ended keeps what the client said. */
  function closeRuns(launch: LaunchDetail, input: LaunchUpdate, status: RunStatus, end: number): void {
    const raised = launch.runKey === null ? null : raisedIn(launch.runKey);
    for (const run of runs.ofLaunch(launch.launchKey)) {
      const open = run.status === "running" || run.status === "scheduled";
      const interrupted = status === "killed" && run.status === "failed" && run.runKey === launch.runKey;
      // A rank that raised was not started again: what the others said before they knew is not how it ended.
      const broken = status === "failed" && run.status === "finished" && raised?.rank !== undefined && (run.end ?? 0) >= raised.time;
      const final = open || interrupted || broken ? status : run.status;
      const error = final === "finished" ? null : reason(input, raised);
      closeRun.run({ runKey: run.runKey, status: final, end, error });
      dirty.runs.add(run.runKey);
    }
  }

  /** A run of this launch; any other id stands for the launch's own. */
  function keyIn({ launchKey, runKey }: LaunchDetail & { runKey: number }, runId: string): number {
    const run = runs.byId(runId);
    return run?.launchKey === launchKey ? run.runKey : runKey;
  }

  function putMetrics(runKey: number, all: NonNullable<LaunchEvents["metrics"]>): void {
    for (const origin of ["client", "script", "logger", "printed", "system"] as const) {
      const points = all.filter((metric) => metric.origin === origin);
      if (points.length > 0) metrics.put(runKey, points, origin);
    }
  }

  function putFiles(launchKey: number, files: NonNullable<LaunchEvents["files"]>): void {
    for (const { direction, path, bytes, digest, site, model, time } of files) {
      putFile.run({ launchKey, direction, path, bytes, digest, file: site?.file ?? null, line: site?.line ?? null, model: model && JSON.stringify(model), time });
    }
  }

  function apply(launch: LaunchDetail & { runKey: number }, input: LaunchEvents): void {
    const { runKey, launchKey } = launch;
    const all = input.metrics ?? [];
    putMetrics(runKey, all.filter(({ runId }) => runId === undefined));
    for (const runId of new Set(all.flatMap((metric) => metric.runId ?? []))) putMetrics(keyIn(launch, runId), all.filter((metric) => metric.runId === runId));
    const sites = new Map<string, { file: string; line: number }>();
    for (const { key, file, line } of [...(input.metrics ?? []), ...(input.sites ?? [])]) {
      if (file !== undefined && line !== undefined) sites.set(key, { file, line });
    }
    for (const [key, site] of sites) putSite.run({ launchKey, keyId: keys.of(key), ...site });
    for (const param of input.params ?? []) values.putParam(runKey, param);
    for (const tag of input.tags ?? []) values.putTag(runKey, tag);
    putFiles(launchKey, input.files ?? []);
    if (input.artifacts) artifacts.add(`run:${launch.runId}`, input.artifacts);
    for (const { path, start, rank = 0, within = null } of input.sources ?? []) addSource.run(launchKey, path, start, rank, within);
    if (input.exception && outranks(input.exception, raisedIn(runKey))) {
      putException.run(JSON.stringify(input.exception), runKey);
      // The client closed these while the interpreter unwound; its word may have come before this event was read.
      for (const run of input.exception.rank === undefined ? runs.ofLaunch(launchKey) : []) {
        if (run.status !== "finished" || run.end === null || run.end < input.exception.time) continue;
        closeRun.run({ runKey: run.runKey, status: "failed", end: run.end, error: null });
        dirty.runs.add(run.runKey);
      }
    }
    if (input.progress !== undefined) putProgress.run(input.progress, runKey);
    if (input.exception || input.progress !== undefined) dirty.runs.add(runKey);
    if (input.interpreter !== undefined || input.packages || input.notes) change(launch, { launchId: launch.launchId, ...pick(input) });
  }

  const applyWhole = db.transaction(apply);

  /** Stores all of it, or nothing and tells why the store refuses it. */
  function attempt(launch: LaunchDetail & { runKey: number }, input: LaunchEvents, refused: (error: Error) => void): void {
    const mark = dirty.mark();
    try {
      applyWhole(launch, input);
    } catch (error) {
      if (!db.inTransaction || !isRefused(error)) throw error;
      keys.forget();
      dirty.undo(mark);
      refused(error);
    }
  }

  /** A value that the store refuses costs itself only: its stream would never go on otherwise. */
  function applyPieces(launch: LaunchDetail & { runKey: number }, input: LaunchEvents): void {
    const refusals = new Set<string>();
    for (const { what, effects } of piecesOf(input)) {
      attempt(launch, effects, ({ message }) => refusals.add(`${what} could not be stored: ${message}`));
    }
    change(launch, { launchId: launch.launchId, notes: [...(input.notes ?? []), ...[...refusals].slice(0, MOST_REFUSALS)] });
  }

  function change(launch: LaunchDetail, input: LaunchUpdate): void {
    const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
    const notes = input.notes && [...new Set([...launch.notes, ...input.notes])];
    update.run({
      launchKey: launch.launchKey,
      status: input.status ?? null,
      exitCode: input.exitCode ?? null,
      signal: input.signal ?? null,
      pid: input.pid ?? null,
      pty: input.pty === undefined ? null : Number(input.pty),
      end: input.end ?? null,
      interpreter: input.interpreter ?? null,
      host: json(input.host),
      packages: json(input.packages),
      environment: json(input.environment),
      code: json(input.code),
      notes: json(notes),
      logBytes: input.logBytes ?? null,
    });
    dirty.launches.add(launch.launchKey);
  }

  const handlers: Pick<Handlers, "launch.create" | "launch.update" | "launch.events" | "launch.followed" | "launch.captured"> = {
    "launch.create"(input) {
      const { launchId, runId, cwd, script, origin, start } = input;
      const status = input.status ?? "running";
      const resumed = input.resumes === true ? resume.resumable(runId) : null;
      const experimentId = resumed?.experimentId ?? experiments.ensure(input.experiment, script, start);
      const launchKey = Number(
        insert.run({ launchId, experimentId, command: JSON.stringify(input.command), cwd, script, origin, status, pty: Number(input.pty ?? true), start }).lastInsertRowid,
      );
      const name = input.name ?? "";
      const nameFrom = name === "" ? "none" : "person";
      const runKey = resumed?.runKey ?? Number(insertRun.run({ runId, experimentId, launchKey, name, nameFrom, user: input.user, status, start }).lastInsertRowid);
      if (resumed) resume.continueIn(launchKey, resumed, status);
      setRun.run(runKey, launchKey);
      for (const param of input.params ?? []) values.putParam(runKey, param);
      dirty.launches.add(launchKey);
      dirty.runs.add(runKey);
      return { experimentId: experiments.idOf(experimentId) };
    },

    "launch.update"(input) {
      const launch = existing(input.launchId);
      const changes = input.end === undefined ? [] : changedParams(runs.params(launch.runKey));
      const note = changes.length === 0 ? [] : [`The run went on with other params: ${changes.join("; ")}. What it logged before is of the old ones.`];
      change(launch, note.length === 0 ? input : { ...input, notes: [...(input.notes ?? []), ...note] });
      for (const { kind, path, digest, bytes } of input.blobs ?? []) putBlob.run({ launchKey: launch.launchKey, kind, path, digest, bytes });
      if (input.end !== undefined) closeRuns(launch, input, input.status ?? launch.status, input.end);
      else if (input.status === "running") {
        setStatus.run(input.status, launch.runKey);
        dirty.runs.add(launch.runKey);
      }
      return null;
    },

    "launch.events"(input) {
      const launch = existing(input.launchId);
      const stored = reads.offset(input.launchId, input.stream);
      if (input.from !== stored) return { applied: false, offset: stored };
      attempt(launch, input, () => applyPieces(launch, input));
      putOffset.run(launch.launchKey, input.stream, input.to);
      return { applied: true, offset: input.to };
    },

    "launch.followed"({ path, runId, keys: owned, places, ...said }) {
      const own = existing(said.launchId);
      const beside = runId === undefined ? undefined : runs.byId(runId);
      const launch = beside === undefined ? own : { ...own, runKey: beside.runKey, runId: beside.runId };
      const effects: LaunchEvents = { ...said, stream: "events", from: 0, to: 0 };
      // What belongs to a run that was pruned meanwhile is gone with it.
      if (runId === undefined || beside !== undefined) attempt(launch, effects, () => applyPieces(launch, effects));
      setSource.run(JSON.stringify(owned), beside?.runKey ?? null, launch.launchKey, path);
      for (const { file, inode, offset, state } of places) putPlace.run(launch.launchKey, path, file, String(inode), offset, state ?? null);
      return null;
    },

    "launch.captured"(input) {
      const launch = existing(input.launchId);
      putMetrics(launch.runKey, input.metrics ?? []);
      for (const param of input.params ?? []) values.putParam(launch.runKey, param);
      putFiles(launch.launchKey, input.files ?? []);
      for (const path of input.gone ?? []) dropOutput.run(launch.launchKey, path);
      if (input.artifacts) artifacts.add(`run:${launch.runId}`, input.artifacts);
      dirty.launches.add(launch.launchKey);
      return null;
    },
  };
  return handlers;
}

function pick({ interpreter, packages, notes }: LaunchEvents): Omit<LaunchUpdate, "launchId"> {
  return { ...(interpreter === undefined ? {} : { interpreter }), ...(packages ? { packages } : {}), ...(notes ? { notes } : {}) };
}

/** One line: the exception, else exit code or signal with the last line of the log. */
function reason(input: LaunchUpdate, raised: Raised | null): string | null {
  if (input.exitCode === 0) return null;
  if (input.reason !== undefined) return input.reason;
  if (raised) return `${raised.rank === undefined ? "" : `rank ${raised.rank}: `}${raised.type}${raised.message === "" ? "" : `: ${raised.message.split("\n", 1)[0]}`}`;
  const how =
    typeof input.signal === "string" ? `stopped by ${input.signal}`
    : typeof input.exitCode === "number" ? `exit code ${input.exitCode}`
    : "nobody saw how it ended";
  return input.lastLine === undefined || input.lastLine === "" ? how : `${how}: ${input.lastLine}`;
}
