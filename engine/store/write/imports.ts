import type { RunSource } from "../../importers/records.ts";
import type { ImportedCounts, ImportedValues } from "../operations/imports.ts";
import { experimentReads } from "../read/experiments.ts";
import { modelReads } from "../read/models.ts";
import { registryReads } from "../read/registry.ts";
import { runReads } from "../read/runs.ts";
import { traceReads } from "../read/traces.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { importedBundle } from "./importedBundle.ts";
import { importedExperiments } from "./importedExperiments.ts";
import { importedItems } from "./importedItems.ts";
import { importedModels } from "./importedModels.ts";
import { type ImportedRun, importedRuns } from "./importedRuns.ts";
import { importedTraces } from "./importedTraces.ts";
import { importedVersions, wholeRegistered } from "./importedVersions.ts";
import type { MetricWrites } from "./metrics.ts";
import type { ModelWrites } from "./models.ts";
import type { RegistryWrites } from "./registry.ts";
import { isRefused } from "./pieces.ts";
import type { TraceWrites } from "./traces.ts";
import type { ValueWrites } from "./values.ts";

/** Writes of what was read from foreign sources (engine/importers). */
export function importWrites(
  context: WriteContext,
  { metrics, values, models, registry, traces }: { readonly metrics: MetricWrites; readonly values: ValueWrites; readonly models: ModelWrites; readonly registry: RegistryWrites; readonly traces: TraceWrites },
) {
  const { db, keys, dirty } = context;
  const experiments = importedExperiments(context);
  const runs = importedRuns(context, experiments, values);
  const items = importedItems(context);
  const bundled = importedBundle(context, experiments, items);
  const modelSources = importedModels(context);
  const traceSources = importedTraces(traces);
  const reads = runReads(db);
  const registryRead = registryReads(db);
  const traceRead = traceReads(db);
  const modelRead = modelReads(db);
  const placed = importedVersions({ runs: reads, models: modelRead, experiments: experimentReads(db) });
  const sourceKey = db.prepare<[string, string], { key: number }>("SELECT source_key AS key FROM sources WHERE path = ? AND format = ?");
  const insertSource = db.prepare<[string, string, number]>("INSERT INTO sources (path, format, imported) VALUES (?, ?, ?)");
  const touchSource = db.prepare<[number, number]>("UPDATE sources SET imported = ? WHERE source_key = ?");
  const setFollow = db.prepare<[number, number]>("UPDATE sources SET follow = ? WHERE source_key = ?");
  const putPlace = db.prepare<[number, string, string, number, string | null]>("INSERT OR REPLACE INTO source_files (source_key, file, inode, offset, state) VALUES (?, ?, ?, ?, ?)");
  const revive = db.prepare<[number]>("UPDATE OR REPLACE source_items SET kind = 'revived' WHERE source_key = ? AND kind = 'pruned'");
  const forgetPlaces = db.prepare<[number]>("DELETE FROM source_files WHERE source_key = ?");
  // What is here no more is told anew; what is here stays as a person may have changed it.
  const forgetGone = [
    "kind = 'model' AND key NOT IN (SELECT model_id FROM models)",
    "kind = 'trace' AND key NOT IN (SELECT trace_id FROM traces)",
    "kind = 'evaluation' AND key NOT IN (SELECT evaluation_id FROM evaluations)",
    "kind = 'version' AND key NOT IN (SELECT m.name || '/' || v.version FROM model_versions v JOIN registered_models m USING (registered_key))",
    "kind = 'given' AND key NOT IN (SELECT key FROM source_runs s WHERE s.source_key = source_items.source_key)",
  ].map((which) => db.prepare<[number]>(`DELETE FROM source_items WHERE source_key = ? AND ${which}`));
  const param = db.prepare<[number, number, string], { value: string }>("SELECT value FROM params WHERE run_key = ? AND key_id = ? AND source = ?");

  function keyOf({ path, format }: { readonly path: string; readonly format: string }, time: number): number {
    const found = sourceKey.get(path, format)?.key;
    if (found === undefined) return Number(insertSource.run(path, format, time).lastInsertRowid);
    touchSource.run(time, found);
    return found;
  }

  function putParams(runKey: number, said: ImportedValues["params"]): number {
    let added = 0;
    for (const { key, value, source = "client" } of said) {
      if (param.get(runKey, keys.of(key), source)?.value === value) continue;
      values.putParam(runKey, { key, value, source });
      added++;
    }
    return added;
  }

  function putPoints(runKey: number, said: ImportedValues): number {
    let added = 0;
    for (const { keys: names, origin, key, value, step, time } of said.points) {
      const points = Array.from(key, (index, at) => ({ key: names[index] ?? "", value: value[at] ?? Number.NaN, step: step[at] ?? 0, time: time[at] ?? 0 }));
      added += metrics.put(runKey, points, origin);
    }
    for (const point of said.modelPoints) models.putMetric(runKey, point.modelId, point);
    return added;
  }

  return {
    handlers: {
      "import.write"(input) {
        const { batch, source, time } = input;
        const key = keyOf(source, time);
        const added: { -readonly [K in keyof ImportedCounts]: number } = { runs: 0, points: 0, params: 0, tags: 0, models: 0, versions: 0, traces: 0 };
        const refused: string[] = [];
        const seen = new Map<string, ImportedRun>();
        /** What one thing holds must not cost the others; the store's own trouble (a full disk) is thrown. */
        const attempt = (what: string, body: () => void): void => {
          const mark = dirty.mark();
          db.exec("SAVEPOINT imported");
          try {
            body();
          } catch (error) {
            if (!db.inTransaction || !isRefused(error)) throw error;
            db.exec("ROLLBACK TO imported");
            keys.forget();
            dirty.undo(mark);
            refused.push(`${what} is not stored: ${error.message}`);
          }
          db.exec("RELEASE imported");
        };
        /** What is here from elsewhere is left as it is: another folder must not say what a name of this one stands for. */
        const here = (what: string): number => refused.push(`${what} is not taken in: one of that name is here already, which this source did not bring.`);
        const ownModels: string[] = [];
        const ownLaunches: string[] = [];
        const putRun = (run: RunSource): ImportedRun => {
          const put = runs.put(key, input, run);
          if (put.added) added.runs++;
          runs.close(put, input);
          if (put.differs === true) refused.push(`The run ${run.name ?? run.run} (${put.runId}) stays as it is: another source brought it, and this one says otherwise of it.`);
          seen.set(run.run, put);
          return put;
        };

        for (const experiment of batch.experiments) attempt(`The experiment ${experiment.name ?? experiment.experiment}`, () => void experiments.put(key, experiment, time));
        const isPruned = (run: string): boolean => items.isOwn(key, "pruned", run);
        for (const run of batch.runs) if (!isPruned(run.run)) attempt(`The run ${run.run}`, () => void putRun(run));
        for (const model of batch.models) {
          attempt(`The model ${model.name}`, () => {
            const experimentId = experiments.idOf(key, model.experiment, source.name, time);
            const sourceRun = model.run === null ? null : (runs.idOf(key, model.run) ?? model.run);
            const elsewhere = modelRead.byId(model.model) !== undefined && !items.isOwn(key, "model", model.model);
            const taken = items.take(key, "model", model.model, model, elsewhere, () => modelSources.put(model, experimentId, sourceRun, input.exact));
            if (taken === "new") added.models++;
            if (taken === "here") here(`The model ${model.name} (${model.model})`);
            if (items.isOwn(key, "model", model.model)) ownModels.push(model.model);
          });
        }
        for (const model of batch.registered) {
          attempt(`The registered model ${model.name}`, () => {
            const elsewhere = registryRead.byName(model.name) !== undefined && !items.isOwn(key, "registered", model.name);
            if (items.take(key, "registered", model.name, model, elsewhere, () => registry.takeOver(wholeRegistered(model), input.exact)) === "here") here(`The registered model ${model.name}`);
          });
        }
        for (const version of batch.versions) {
          const name = `${version.name}/${version.version}`;
          attempt(`The version ${name}`, () => {
            const runId = version.run === null ? null : (runs.idOf(key, version.run) ?? version.run);
            const exists = registryRead.byName(version.name) !== undefined;
            const { whole, problem } = placed(version, runId);
            // A version more would be the newest one of a model that is another's.
            const taken = items.take(key, "version", name, version, exists && !items.isOwn(key, "registered", version.name), () => registry.takeOverVersion(version.name, whole, input.exact));
            if (taken === "here") here(`The version ${name}`);
            if (taken !== "new") return;
            added.versions++;
            if (problem !== null) refused.push(problem);
            if (!exists) items.own(key, "registered", version.name);
          });
        }
        for (const said of batch.values) {
          if (isPruned(said.run)) continue;
          attempt(`What belongs to the run ${said.run}`, () => {
            const run = seen.get(said.run) ?? putRun({ k: "run", run: said.run });
            if (!run.own) return;
            const params = putParams(run.runKey, said.params);
            const tags = runs.putTags(key, run, said.tags);
            const points = putPoints(run.runKey, said);
            const record = said.datasets.length === 0 ? undefined : reads.byKey(run.runKey);
            for (const { name, digest, sourceType, source: at, schema, profile, tags: of } of said.datasets) {
              if (record) models.putDataset(record, { name, digest, sourceType, source: at, schema, profile, tags: of });
            }
            for (const { direction, model, step } of said.links) models.link(run.runKey, direction, model, step);
            if (points > 0 || params > 0) runs.close(run, input);
            added.params += params;
            added.tags += tags;
            added.points += points;
          });
        }
        for (const said of batch.own) {
          if (said.k === "launch") {
            attempt(`The launch ${said.launch}`, () => {
              if (bundled.launch(key, said, source.name, time)) ownLaunches.push(said.launch);
            });
          } else if (!isPruned(said.run)) {
            attempt(`What belongs to the run ${said.run}`, () => {
              const run = seen.get(said.run) ?? putRun({ k: "run", run: said.run });
              if (said.k === "own") bundled.given(key, run, said);
              else bundled.evaluation(key, run, said);
            });
          }
        }
        for (const trace of batch.traces) {
          attempt(`The trace ${trace.trace}`, () => {
            const experimentId = experiments.idOf(key, trace.experiment, source.name, time);
            const elsewhere = traceRead.byId(trace.trace) !== undefined && !items.isOwn(key, "trace", trace.trace);
            const taken = items.take(key, "trace", trace.trace, trace.mark ?? trace, elsewhere, () => traceSources.put(trace, experimentId, input.exact));
            if (taken === "new") added.traces++;
            if (taken === "here") here(`The trace ${trace.trace}`);
          });
        }
        for (const { file, inode, offset, state } of batch.places) putPlace.run(key, file, String(inode), offset, state ?? null);
        return { added, refused, models: ownModels, launches: ownLaunches, runs: [...seen.values()].map(({ key: run, runId, own }) => ({ key: run, runId, own })) };
      },

      "import.again"({ path, format }) {
        const key = sourceKey.get(path, format)?.key;
        if (key === undefined || revive.run(key).changes === 0) return null;
        forgetPlaces.run(key);
        for (const one of forgetGone) one.run(key);
        return null;
      },

      "import.gone"({ path, format, time, items: gone }) {
        const key = sourceKey.get(path, format)?.key;
        for (const { kind, key: name } of key === undefined ? [] : gone) {
          if (key === undefined || !items.isOwn(key, kind, name)) continue;
          if (kind === "registered") for (const version of registryRead.versionsOf(registryRead.byName(name)?.registeredKey ?? -1)) items.forget(key, "version", `${name}/${version.version}`);
          if (kind === "registered") registry.drop(name);
          else if (kind === "version") registry.drop(name.slice(0, name.lastIndexOf("/")), Number(name.slice(name.lastIndexOf("/") + 1)));
          else if (kind === "trace") traces.drop(name);
          else modelSources.markDeleted(name, time);
          // A model stays as one of the source's: said again, it is there again.
          if (kind === "model") items.own(key, kind, name);
          else items.forget(key, kind, name);
        }
        return null;
      },

      "import.settle"({ path, format, before }) {
        runs.settle(path, format, before);
        return null;
      },

      "import.follow"({ path, format, follow, time }) {
        setFollow.run(follow ? 1 : 0, keyOf({ path, format }, time));
        return null;
      },
    } satisfies Pick<Handlers, "import.write" | "import.again" | "import.gone" | "import.settle" | "import.follow">,
  };
}
