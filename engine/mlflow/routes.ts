import { artifactRoutes } from "./artifactRoutes.ts";
import { assessmentRoutes } from "./assessments.ts";
import { evaluationDatasetRoutes } from "./evaluationDatasets.ts";
import { experimentRoutes } from "./experiments.ts";
import { modelRoutes } from "./models.ts";
import { modelVersionRoutes } from "./modelVersions.ts";
import { registeredModelRoutes } from "./registeredModels.ts";
import type { DoorServices, Routes } from "./route.ts";
import { metricHistoryRoutes } from "./metricHistory.ts";
import { runRoutes } from "./runs.ts";
import { runValueRoutes } from "./runValues.ts";
import { traceRoutes } from "./traces.ts";

/** Every JSON route of the protocol, one file an entity. */
export function createRoutes(services: DoorServices): Routes {
  return {
    ...artifactRoutes(services),
    ...experimentRoutes(services),
    ...runRoutes(services),
    ...runValueRoutes(services),
    ...metricHistoryRoutes(services),
    ...modelRoutes(services),
    ...registeredModelRoutes(services),
    ...modelVersionRoutes(services),
    ...evaluationDatasetRoutes(services),
    ...traceRoutes(services),
    ...assessmentRoutes(services),
  };
}
