import { artifactRoutes } from "./artifactRoutes.ts";
import { assessmentRoutes } from "./assessments.ts";
import { evaluationDatasetRoutes } from "./evaluationDatasets.ts";
import { experimentRoutes } from "./experiments.ts";
import { modelRoutes } from "./models.ts";
import { modelVersionRoutes } from "./modelVersions.ts";
import { registeredModelRoutes } from "./registeredModels.ts";
import type { DoorServices, Routes } from "./route.ts";
import { runRoutes } from "./runs.ts";
import { traceRoutes } from "./traces.ts";

/** Every JSON route of the protocol, one file an entity. */
export function createRoutes(services: DoorServices): Routes {
  return {
    ...artifactRoutes(services),
    ...experimentRoutes(services),
    ...runRoutes(services),
    ...modelRoutes(services),
    ...registeredModelRoutes(services),
    ...modelVersionRoutes(services),
    ...evaluationDatasetRoutes(services),
    ...traceRoutes(services),
    ...assessmentRoutes(services),
  };
}
