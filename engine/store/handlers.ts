import type { Handlers, WriteContext } from "./write/context.ts";
import { artifactWrites } from "./write/artifacts.ts";
import { evaluationDatasetWrites } from "./write/evaluationDatasets.ts";
import { evaluationWrites } from "./write/evaluations.ts";
import { experimentWrites } from "./write/experiments.ts";
import { importWrites } from "./write/imports.ts";
import { launchWrites } from "./write/launches.ts";
import { metricWrites } from "./write/metrics.ts";
import { modelWrites } from "./write/models.ts";
import { pruneWrites } from "./write/prune.ts";
import { resumeWrites } from "./write/resume.ts";
import { replayWrites } from "./write/replay.ts";
import { registryWrites } from "./write/registry.ts";
import { runWrites } from "./write/runs.ts";
import { traceWrites } from "./write/traces.ts";
import { valueWrites } from "./write/values.ts";

/** Every operation of the store. An owner of another aggregate adds its file under write/ and spreads it here. */
export function createHandlers(context: WriteContext): Handlers {
  const metrics = metricWrites(context);
  const values = valueWrites(context);
  const models = modelWrites(context);
  const experiments = experimentWrites(context);
  const artifacts = artifactWrites(context);
  const traces = traceWrites(context);
  const registry = registryWrites(context, models);
  const resume = resumeWrites(context, metrics, values);
  const all = {
    ...launchWrites(context, { metrics, values, experiments, artifacts, resume }),
    ...resume.handlers,
    ...runWrites(context, metrics, values, models, experiments),
    ...metrics.handlers,
    ...experiments.handlers,
    ...models.handlers,
    ...artifacts.handlers,
    ...evaluationWrites(context).handlers,
    ...traces.handlers,
    ...importWrites(context, { metrics, values, models, registry, traces }).handlers,
    ...registry.handlers,
    ...evaluationDatasetWrites(context).handlers,
    ...pruneWrites(context),
  };
  return { ...all, ...replayWrites(context, all) };
}
