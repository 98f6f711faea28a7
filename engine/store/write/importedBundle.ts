import type { EvaluationSource, LaunchSource, OwnSource } from "../../importers/records.ts";
import { runReads } from "../read/runs.ts";
import type { WriteContext } from "./context.ts";
import type { importedExperiments } from "./importedExperiments.ts";
import type { importedItems } from "./importedItems.ts";
import type { ImportedRun } from "./importedRuns.ts";

/** What a person may change of a run here afterwards. */
type Remembered = Pick<OwnSource, "name" | "nameFrom" | "starred">;

/** Writes of what only a bundle of another Touchstone says: launches, what a person gave a run, evaluations. */
export function importedBundle({ db, keys, dirty }: WriteContext, experiments: ReturnType<typeof importedExperiments>, items: ReturnType<typeof importedItems>) {
  const reads = runReads(db);
  const launchKey = db.prepare<[string], { key: number; runKey: number | null }>("SELECT launch_key AS key, run_key AS runKey FROM launches WHERE launch_id = ?");
  // A prune takes the runs of a launch and leaves its emptied row.
  const emptied = db.prepare<[string], { found: number }>(
    "SELECT 1 AS found FROM launches l WHERE launch_id = ? AND run_key IS NULL AND status NOT IN ('scheduled', 'running') AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.launch_key = l.launch_key)",
  );
  const columns = "experiment_id, command, cwd, script, origin, status, exit_code, signal, pty, adopted, start, end, interpreter, host, packages, environment, code, notes, log_bytes";
  const values = "@experimentId, @command, @cwd, @script, @origin, @status, @exitCode, @signal, @pty, @adopted, @start, @end, @interpreter, @host, @packages, @environment, @code, @notes, @logBytes";
  const insert = db.prepare(`INSERT INTO launches (launch_id, ${columns}) VALUES (@launchId, ${values})`);
  const update = db.prepare(`UPDATE launches SET (${columns}) = (${values}) WHERE launch_id = @launchId`);
  const clear = ["launch_files", "launch_sites", "launch_blobs"].map((table) => db.prepare<[number]>(`DELETE FROM ${table} WHERE launch_key = ?`));
  const putFile = db.prepare(
    `INSERT OR REPLACE INTO launch_files (launch_key, direction, path, bytes, digest, file, line, model, time)
     VALUES (@launchKey, @direction, @path, @bytes, @digest, @file, @line, @model, @time)`,
  );
  const putSite = db.prepare<[number, number, string, number]>("INSERT OR REPLACE INTO launch_sites (launch_key, key_id, file, line) VALUES (?, ?, ?, ?)");
  const putBlob = db.prepare<[number, string, string, string, number]>("INSERT OR REPLACE INTO launch_blobs (launch_key, kind, path, digest, bytes) VALUES (?, ?, ?, ?, ?)");
  const setFirst = db.prepare<[number, number]>("UPDATE launches SET run_key = ? WHERE launch_key = ?");
  const updateRun = db.prepare(
    `UPDATE runs SET name = @name, name_from = @nameFrom, starred = @starred, status = @status, error = @error, progress = @progress, exception = @exception,
       launch_key = coalesce(@launchKey, launch_key) WHERE run_key = @runKey`,
  );
  const remembered = db.prepare<[number, string], { digest: string }>("SELECT digest FROM source_items WHERE source_key = ? AND kind = 'given' AND key = ?");
  const remember = db.prepare<[number, string, string]>("INSERT OR REPLACE INTO source_items (source_key, kind, key, digest) VALUES (?, 'given', ?, ?)");
  const putEvaluation = db.prepare(
    `INSERT OR REPLACE INTO evaluations (evaluation_id, path, run_id, task, n, bytes, modified, created, mapping, metrics, summary)
     VALUES (@evaluationId, @path, @runId, @task, @n, @bytes, @modified, @created, @mapping, @metrics, @summary)`,
  );
  const evaluation = db.prepare<[string], { found: number }>("SELECT 1 AS found FROM evaluations WHERE evaluation_id = ?");

  function write(said: LaunchSource, experimentId: number): void {
    const { launch: launchId, command, cwd, script, origin, status, exitCode, signal, pty, adopted, start, end, interpreter, host, packages, environment, code, notes, logBytes } = said;
    (launchKey.get(launchId) === undefined ? insert : update).run({
      launchId, experimentId, cwd, script, origin, status, exitCode, signal, start, end, interpreter, logBytes,
      pty: Number(pty), adopted: Number(adopted), command: JSON.stringify(command), host: JSON.stringify(host), packages: JSON.stringify(packages),
      environment: JSON.stringify(environment), code: code && JSON.stringify(code), notes: JSON.stringify(notes),
    });
    const key = launchKey.get(launchId)?.key ?? 0;
    for (const one of clear) one.run(key);
    for (const { direction, path, bytes, digest, site, model, time } of said.files) {
      putFile.run({ launchKey: key, direction, path, bytes, digest, file: site?.file ?? null, line: site?.line ?? null, model: model && JSON.stringify(model), time });
    }
    for (const { key: metric, file, line } of said.sites) putSite.run(key, keys.of(metric), file, line);
    for (const { kind, path, digest, bytes } of said.blobs) putBlob.run(key, kind, path, digest, bytes);
    dirty.launches.add(key);
  }

  return {
    /** True where this source brought the launch; one that was tracked here, or that another source brought, stays as it is. */
    launch(sourceKey: number, said: LaunchSource, name: string, time: number): boolean {
      const again = emptied.get(said.launch) !== undefined;
      if (again) items.forget(sourceKey, "launch", said.launch);
      const elsewhere = !again && launchKey.get(said.launch) !== undefined && !items.isOwn(sourceKey, "launch", said.launch);
      const taken = items.take(sourceKey, "launch", said.launch, said, elsewhere, () => write(said, experiments.idOf(sourceKey, said.experiment, name, time)));
      // Another bundle of the same launch: its runs stand under it as well.
      if (elsewhere && taken === "same") items.own(sourceKey, "shared", said.launch);
      return !elsewhere;
    },

    /** What the source says of a run that it brought. A name or a star that a person gave it here since stays. */
    given(sourceKey: number, { runKey, own }: ImportedRun, said: OwnSource): void {
      const now = reads.byKey(runKey);
      const text = JSON.stringify(said);
      const last = remembered.get(sourceKey, said.run)?.digest;
      if (!own || !now || last === text) return;
      // SAFETY: `remember` wrote it.
      const before = last === undefined ? null : (JSON.parse(last) as Remembered);
      const named = now.nameFrom !== "person" || (before?.nameFrom === "person" && now.name === before.name);
      const starred = before === null ? said.starred || now.starred === 1 : (now.starred === 1) === before.starred ? said.starred : now.starred === 1;
      // A launch that was tracked here is nothing that a bundle could add a run to.
      const brought = said.launch !== null && (items.isOwn(sourceKey, "launch", said.launch) || items.isOwn(sourceKey, "shared", said.launch));
      const launch = brought ? launchKey.get(said.launch) : undefined;
      const { status, error, progress, exception } = said;
      updateRun.run({
        runKey, status, error, progress, exception,
        name: named ? said.name : now.name,
        nameFrom: named ? said.nameFrom : now.nameFrom,
        starred: Number(starred),
        launchKey: launch?.key ?? null,
      });
      if (launch && said.first && (launch.runKey === null || items.isOwn(sourceKey, "launch", said.launch ?? ""))) setFirst.run(runKey, launch.key);
      if (launch) dirty.launches.add(launch.key);
      dirty.runs.add(runKey);
      remember.run(sourceKey, said.run, text);
    },

    evaluation(sourceKey: number, { runId, own }: ImportedRun, said: EvaluationSource): void {
      if (!own) return;
      const { evaluationId, path, task, n, bytes, modified, created, mapping, metrics, summary } = said;
      const elsewhere = evaluation.get(evaluationId) !== undefined && !items.isOwn(sourceKey, "evaluation", evaluationId);
      items.take(sourceKey, "evaluation", evaluationId, said, elsewhere, () =>
        putEvaluation.run({ evaluationId, path, runId, task, n, bytes, modified, created, mapping: JSON.stringify(mapping), metrics: JSON.stringify(metrics), summary: JSON.stringify(summary) }),
      );
    },
  };
}
