/**
 * Routes of MLflow's protocol that Touchstone answers, by entity, as `METHOD path` like in a case; `:name` stands for
 * one part of the path, `*` for all that follows. Each needs three calls in `cases/`.
 */
export const routes: Readonly<Record<string, readonly string[]>> = {
  experiments: [
    "POST experiments/create",
    "GET experiments/get",
    "GET experiments/get-by-name",
    "POST experiments/search",
    "GET experiments/search",
    "POST experiments/update",
    "POST experiments/delete",
    "POST experiments/restore",
    "POST experiments/set-experiment-tag",
    "POST experiments/delete-experiment-tag",
    "POST /ajax-api/2.0/mlflow/experiments/search-datasets",
  ],
  runs: [
    "POST runs/create",
    "GET runs/get",
    "POST runs/update",
    "POST runs/delete",
    "POST runs/restore",
    "POST runs/search",
    "POST runs/log-metric",
    "POST runs/log-parameter",
    "POST runs/set-tag",
    "POST runs/delete-tag",
    "POST runs/log-batch",
    "POST runs/log-inputs",
    "POST runs/outputs",
    "POST runs/log-model",
  ],
  metrics: [
    "GET metrics/get-history",
    "GET /ajax-api/2.0/mlflow/metrics/get-history-bulk",
    "GET metrics/get-history-bulk-interval",
  ],
  artifacts: [
    "GET artifacts/list",
    "POST artifacts/presigned-upload-url",
    "GET /api/2.0/mlflow-artifacts/artifacts",
    "GET /api/2.0/mlflow-artifacts/artifacts/*",
    "PUT /api/2.0/mlflow-artifacts/artifacts/*",
    "DELETE /api/2.0/mlflow-artifacts/artifacts/*",
    "POST /api/2.0/mlflow-artifacts/mpu/create/*",
    "POST /api/2.0/mlflow-artifacts/mpu/complete/*",
    "POST /api/2.0/mlflow-artifacts/mpu/abort/*",
    "GET /api/2.0/mlflow-artifacts/presigned/*",
  ],
  models: [
    "POST logged-models",
    "GET logged-models/:id",
    "PATCH logged-models/:id",
    "DELETE logged-models/:id",
    "POST logged-models/search",
    "POST logged-models/:id/params",
    "PATCH logged-models/:id/tags",
    "DELETE logged-models/:id/tags/:key",
    "GET logged-models/:id/artifacts/directories",
  ],
  registeredModels: [
    "POST registered-models/create",
    "PATCH registered-models/update",
    "POST registered-models/rename",
    "DELETE registered-models/delete",
    "GET registered-models/get",
    "GET registered-models/search",
    "POST registered-models/get-latest-versions",
    "GET registered-models/get-latest-versions",
    "POST registered-models/set-tag",
    "DELETE registered-models/delete-tag",
    "POST registered-models/alias",
    "DELETE registered-models/alias",
    "GET registered-models/alias",
  ],
  modelVersions: [
    "POST model-versions/create",
    "GET model-versions/get",
    "PATCH model-versions/update",
    "DELETE model-versions/delete",
    "POST model-versions/transition-stage",
    "GET model-versions/search",
    "GET model-versions/get-download-uri",
    "POST model-versions/set-tag",
    "DELETE model-versions/delete-tag",
  ],
  traces: [
    "POST 3.0/traces",
    "POST 3.0/traces/search",
    "GET 3.0/traces/:id",
    "GET 3.0/traces/get",
    "GET 3.0/traces/batchGet",
    "POST 3.0/traces/batchGetInfos",
    "POST 3.0/traces/metrics",
    "POST 3.0/traces/calculate-filter-correlation",
    "POST 3.0/traces/delete-traces",
    "POST traces/delete-traces",
    "PATCH traces/:id/tags",
    "DELETE traces/:id/tags",
    "PATCH 3.0/traces/:id/tags",
    "DELETE 3.0/traces/:id/tags",
    "POST traces/link-to-run",
    "POST traces/link-prompts",
    "POST traces",
    "GET traces",
    "PATCH traces/:id",
    "GET traces/:id/info",
    "POST 3.0/traces/:id/assessments",
    "GET 3.0/traces/:id/assessments/:assessment",
    "PATCH 3.0/traces/:id/assessments/:assessment",
    "DELETE 3.0/traces/:id/assessments/:assessment",
    "POST /v1/traces",
    "GET /ajax-api/2.0/mlflow/get-trace-artifact",
    "GET /ajax-api/3.0/mlflow/get-trace-artifact",
  ],
  evaluationDatasets: [
    "POST 3.0/datasets/create",
    "GET 3.0/datasets/search",
    "POST 3.0/datasets/search",
    "GET 3.0/datasets/:id",
    "DELETE 3.0/datasets/:id",
    "GET 3.0/datasets/:id/records",
    "POST 3.0/datasets/:id/records",
    "DELETE 3.0/datasets/:id/records",
    "PATCH 3.0/datasets/:id/tags",
    "DELETE 3.0/datasets/:id/tags/:key",
    "GET 3.0/datasets/:id/experiment-ids",
    "POST 3.0/datasets/:id/add-experiments",
    "POST 3.0/datasets/:id/remove-experiments",
  ],
  server: ["GET /health", "GET /version", "GET 3.0/server-info"],
};

/** Which route a call goes to: the pattern with the fewest open parts, so that `traces/get` is not `traces/:id`. */
export function routeOf(method: string, path: string): string | undefined {
  const short = path.replace(/^\/(?:ajax-)?api\/2\.0\/(?:preview\/)?mlflow\//, "").replace(/^\/(?:ajax-)?api\/3\.0\/mlflow\//, "3.0/");
  const fitting = Object.values(routes).flat().filter((route) => [path, path.replace(/^\/ajax-api\//, "/api/"), short].some((one) => fits(route, method, one)));
  return fitting.sort((a, b) => (a.match(/[:*]/g)?.length ?? 0) - (b.match(/[:*]/g)?.length ?? 0))[0];
}

function fits(route: string, method: string, path: string): boolean {
  const [wanted, pattern = ""] = route.split(" ", 2);
  if (wanted !== method) return false;
  const source = pattern.split("/").map((part) => (part === "*" ? ".+" : part.startsWith(":") ? "[^/]+" : part.replaceAll(/[.]/g, "\\.")));
  return new RegExp(`^${source.join("/")}$`).test(path);
}
