import type { RunKeys } from "../../engine/api/runs.ts";
import { expressionCheck, expressionComplete, type ExpressionName } from "../../engine/api/expressions.ts";
import { rpc } from "../ui/host.ts";
import { ATTRIBUTES } from "./columns.ts";
import type { FilterEngine } from "./filter-box.ts";

const TIMES = ["start", "end"];

/** Checks and completes run filters against the keys that the runs have. */
export function filterEngine(keys: RunKeys): FilterEngine {
  const own = ["run", "status", "starred", ...Object.keys(ATTRIBUTES).filter((id) => id !== "changes")];
  const names: readonly ExpressionName[] = [
    ...keys.metrics.map(({ key }): ExpressionName => ({ entity: "metrics", key, kind: "number" })),
    ...keys.params.map(({ key, values }): ExpressionName => ({ entity: "params", key, kind: "text", values: values.map(({ value }) => value) })),
    ...keys.tags.map(({ key, values }): ExpressionName => ({ entity: "tags", key, kind: "text", values: values.map(({ value }) => value) })),
    ...own.map((key): ExpressionName => ({ entity: null, key, kind: TIMES.includes(key) ? "time" : key === "duration" ? "number" : key === "starred" ? "boolean" : "string", ...(key === "status" ? { values: ["running", "finished", "failed", "killed", "lost"] } : {}) })),
  ];
  return {
    async check(text) {
      const { problems } = await rpc.request(expressionCheck, { text, names, open: true, wants: "predicate" });
      return problems.find(({ severity }) => severity === "error") ?? null;
    },
    async complete(text, offset) {
      return (await rpc.request(expressionComplete, { text, offset, names })).items;
    },
  };
}
