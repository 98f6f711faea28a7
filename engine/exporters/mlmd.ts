import { open } from "node:fs/promises";
import type { KeyValue } from "../importers/records.ts";
import type { ExportedRun } from "./source.ts";
import type { Writer, Written } from "./writer.ts";

/** A value in ML Metadata's own form (ml_metadata/proto/metadata_store.proto, `Value`). */
type Value = { readonly stringValue: string } | { readonly doubleValue: number | string } | { readonly intValue: number };

const states = { scheduled: "NEW", running: "RUNNING", finished: "COMPLETE", failed: "FAILED", killed: "CANCELED" } as const;
/** https://github.com/google/ml-metadata/blob/master/ml_metadata/proto/metadata_store.proto: Execution, Artifact, Context and Event by these names. */
export const MLMD_SCHEMA = "touchstone-mlmd-1";

const text = (value: string): Value => ({ stringValue: value });
const number = (value: number): Value => ({ doubleValue: Number.isFinite(value) ? value : String(value) });
const texts = (prefix: string, list: readonly KeyValue[]): [string, Value][] => list.map(({ key, value }) => [`${prefix}${key}`, text(value)]);

/**
 * One JSON file in ML Metadata's terms: a run is an Execution, an experiment a Context, data sets and artifacts are Artifacts, and
 * Events tie them. Of a curve it holds the last value: ML Metadata has no place for points.
 */
export async function mlmdWriter(file: string): Promise<Writer> {
  const handle = await open(file, "wx");
  const contexts = new Map<string, number>();
  const artifacts = new Map<string, number>();
  const lists: Record<"contexts" | "executions" | "artifacts" | "events" | "associations", string[]> = { contexts: [], executions: [], artifacts: [], events: [], associations: [] };

  function artifact(type: string, name: string, uri: string, digest: string, properties: Readonly<Record<string, Value>>): number {
    const key = `${type}\0${uri}\0${digest}`;
    const known = artifacts.get(key);
    if (known !== undefined) return known;
    const id = artifacts.size + 1;
    artifacts.set(key, id);
    lists.artifacts.push(JSON.stringify({ id, type, name, uri, state: "LIVE", properties: { digest: text(digest) }, customProperties: properties }));
    return id;
  }
  const event = (executionId: number, artifactId: number, type: "INPUT" | "OUTPUT", name: string): void =>
    void lists.events.push(JSON.stringify({ executionId, artifactId, type, path: { steps: [{ key: name }] } }));

  async function execution(id: number, { run, params, tags, metrics, datasets, listed }: ExportedRun): Promise<Written> {
    const last = metrics.flatMap(({ key, last: { value, step } }): [string, Value][] => [[`metric/${key}`, number(value)], [`metric/${key}/step`, { intValue: step }]]);
    lists.executions.push(JSON.stringify({
      id, type: "Run", name: run.run, lastKnownState: states[run.status ?? "running"], createTimeSinceEpoch: run.start ?? 0, lastUpdateTimeSinceEpoch: run.end ?? run.start ?? 0,
      properties: { run_name: text(run.name ?? ""), ...(run.user === undefined ? {} : { user: text(run.user) }) },
      customProperties: Object.fromEntries([...texts("param/", params), ...texts("tag/", tags), ...last]),
    }));
    for (const one of datasets) event(id, artifact("DataSet", one.name, one.source, one.digest, { source_type: text(one.sourceType) }), "INPUT", one.name);
    for (const { name, digest, size } of listed()) event(id, artifact("File", name, `touchstone:${run.run}/${name}`, digest, { bytes: { intValue: size } }), "OUTPUT", name);
    return { points: 0, artifacts: 0, bytes: 0 };
  }

  return {
    add(experiment, exported) {
      let context = contexts.get(experiment.experiment);
      if (context === undefined) {
        context = contexts.size + 1;
        contexts.set(experiment.experiment, context);
        lists.contexts.push(JSON.stringify({ id: context, type: "Experiment", name: experiment.name ?? experiment.experiment, createTimeSinceEpoch: experiment.created ?? 0, customProperties: Object.fromEntries(texts("tag/", experiment.tags ?? [])) }));
      }
      const id = lists.executions.length + 1;
      lists.associations.push(JSON.stringify({ executionId: id, contextId: context }));
      return execution(id, exported);
    },
    async close() {
      const parts = Object.entries(lists).map(([name, list]) => `"${name}":[\n${list.join(",\n")}\n]`);
      await handle.writeFile(`{"schema":"${MLMD_SCHEMA}",\n${parts.join(",\n")}}\n`);
      await handle.sync();
      await handle.close();
    },
    abort: () => handle.close(),
  };
}
