import { artifactRoutes } from "./artifactRoutes.ts";
import { assessmentRoutes } from "./assessments.ts";
import { experimentRoutes } from "./experiments.ts";
import { modelRoutes } from "./models.ts";
import type { DoorServices, Routes } from "./route.ts";
import { runRoutes } from "./runs.ts";
import { traceRoutes } from "./traces.ts";

/** Every JSON route of the protocol, one file an entity. */
export function createRoutes(services: DoorServices): Routes {
  return { ...artifactRoutes(services), ...experimentRoutes(services), ...runRoutes(services), ...modelRoutes(services), ...traceRoutes(services), ...assessmentRoutes(services) };
}
