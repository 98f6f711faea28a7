/** Names of MLflow's own tags and metadata of a trace (mlflow/tracing/constant.py). */
export const traceKeys = {
  name: "mlflow.traceName",
  artifactLocation: "mlflow.artifactLocation",
  spansLocation: "mlflow.trace.spansLocation",
  archiveLocation: "mlflow.trace.archiveLocation",
  archivalFailure: "mlflow.trace.archivalFailure",
  linkedPrompts: "mlflow.linkedPrompts",
  sourceRun: "mlflow.sourceRun",
  sizeStats: "mlflow.trace.sizeStats",
  tokenUsage: "mlflow.trace.tokenUsage",
  cost: "mlflow.trace.cost",
  finalized: "mlflow.trace.infoFinalized",
  user: "mlflow.trace.user",
  session: "mlflow.trace.session",
} as const;

/** Where the spans of a trace are: here, or in its `traces.json`. */
export const IN_STORE = "TRACKING_STORE";

/** Names of MLflow's own attributes of a span. */
export const spanKeys = {
  traceId: "mlflow.traceRequestId",
  type: "mlflow.spanType",
  inputs: "mlflow.spanInputs",
  outputs: "mlflow.spanOutputs",
  usage: "mlflow.chat.tokenUsage",
  cost: "mlflow.llm.cost",
  model: "mlflow.llm.model",
  provider: "mlflow.llm.provider",
  traceTag: "mlflow.traceTag.",
} as const;
