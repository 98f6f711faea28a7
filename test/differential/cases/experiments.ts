import { anExperiment, type Case, get, post } from "../case.ts";

const tagged = [
  post("experiments/create", { name: "$new:tagged", tags: [{ key: "a", value: "1" }, { key: "mlflow.note.content", value: "täxt" }] }, { keep: { exp: "experiment_id" } }),
] as const;

export const cases: readonly Case[] = [
  {
    name: "created, then found by id and by name",
    calls: [...tagged, get("experiments/get", { experiment_id: "$exp" }), get("experiments/get-by-name", { experiment_name: "$new:tagged" }), get("/ajax-api/2.0/mlflow/experiments/get", { experiment_id: "$exp" })],
  },
  { name: "a name that is taken", calls: [...anExperiment, post("experiments/create", { name: "$new:experiment" })] },
  { name: "the default experiment", calls: [get("experiments/get", { experiment_id: "0" }), get("experiments/get-by-name", { experiment_name: "Default" })] },
];
