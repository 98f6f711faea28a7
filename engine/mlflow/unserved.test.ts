import assert from "node:assert/strict";
import { test } from "node:test";
import { caller } from "./model.fixture.ts";
import { openDoor } from "./server.fixture.ts";

/** Families of MLflow 3.17 that are not served, by their routes in `mlflow/server/handlers.py`. */
const families: Readonly<Record<string, readonly string[]>> = {
  gateway: ["POST /api/3.0/mlflow/gateway/endpoints/create", "GET /api/3.0/mlflow/gateway/secrets/list", "DELETE /api/3.0/mlflow/gateway/guardrails/delete", "PATCH /api/3.0/mlflow/gateway/guardrails/update-config", "GET /ajax-api/3.0/mlflow/gateway/supported-models", "GET /ajax-api/2.0/mlflow/gateway-proxy"],
  scorers: ["POST /api/3.0/mlflow/scorers/register", "GET /api/3.0/mlflow/scorers/list", "GET /api/3.0/mlflow/scorers/versions", "PUT /api/3.0/mlflow/scorers/online-config", "DELETE /api/3.0/mlflow/scorers/delete", "POST /ajax-api/3.0/mlflow/scorer/invoke"],
  "prompt optimisation": ["POST /api/3.0/mlflow/prompt-optimization/jobs", "GET /api/3.0/mlflow/prompt-optimization/jobs/a", "DELETE /api/3.0/mlflow/prompt-optimization/jobs/a", "POST /api/3.0/mlflow/prompt-optimization/jobs/a/cancel"],
  issues: ["POST /api/3.0/mlflow/issues", "GET /api/3.0/mlflow/issues/a", "PATCH /api/3.0/mlflow/issues/a", "POST /api/3.0/mlflow/issues/search", "POST /ajax-api/3.0/mlflow/issues/invoke"],
  workspaces: ["GET /api/3.0/mlflow/workspaces", "POST /api/3.0/mlflow/workspaces", "GET /api/3.0/mlflow/workspaces/a", "PATCH /api/3.0/mlflow/workspaces/a", "DELETE /api/3.0/mlflow/workspaces/a"],
  // Their stores are Databricks' only: the reference's own has neither.
  "what only Databricks has": ["GET /api/2.0/mlflow/unified-traces", "GET /api/2.0/mlflow/get-online-trace-details"],
  "pages of MLflow": ["POST /graphql", "GET /graphql", "POST /ajax-api/2.0/mlflow/runs/create-promptlab-run", "GET /ajax-api/3.0/mlflow/ui-telemetry"],
};

test("what is not served answers 501 in MLflow's form, with the call named", async () => {
  const door = await openDoor();
  try {
    const call = caller(door);
    for (const [family, routes] of Object.entries(families)) {
      for (const route of routes) {
        const [method = "", path = ""] = route.split(" ", 2);
        const { status, json } = await call(method, path, method === "GET" ? undefined : {});
        assert.deepEqual([status, json], [501, { error_code: "NOT_IMPLEMENTED", message: `Touchstone does not answer ${method} ${path}.` }], `${family}: ${route}`);
      }
    }
  } finally {
    await door.close();
  }
});
