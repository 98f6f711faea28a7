import { traceKeys } from "./keys.ts";
import { type PythonValue, isMap, pythonDumps, pythonLoadsOr } from "./pythonJson.ts";

const tokens = ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation_input_tokens_above_1hr"];
const costs = ["input_cost", "output_cost", "total_cost"];

/** Metadata of a trace as MLflow's store gives it back: of tokens and cost only the numbers that it knows, in its order. */
export function metadataAsKept(metadata: readonly { key: string; value: string }[]): { key: string; value: string }[] {
  return metadata.flatMap(({ key, value }) => {
    if (key !== traceKeys.tokenUsage && key !== traceKeys.cost) return [{ key, value }];
    const kept = key === traceKeys.tokenUsage ? known(value, tokens, tokenCount) : known(value, costs, finite);
    return kept.size === 0 ? [] : [{ key, value: pythonDumps(kept) }];
  });
}

function known(json: string, names: readonly string[], read: (value: PythonValue) => PythonValue): Map<string, PythonValue> {
  const given = pythonLoadsOr(json);
  const found = names.map((name) => [name, isMap(given) ? read(given.get(name) ?? null) : null] as const);
  return new Map(found.filter(([, value]) => value !== null));
}

/** A whole number, however it is written. */
function tokenCount(value: PythonValue): bigint | null {
  if (typeof value === "bigint") return value;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? BigInt(number) : null;
}

function finite(value: PythonValue): number | null {
  if (value === null || typeof value === "boolean" || typeof value === "object") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
