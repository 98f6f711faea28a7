import type { LaunchMetric } from "../store/operations.ts";
import type { LineEffects, StreamLine } from "./hooks.ts";

const MEGABYTE = 1_000_000;

/** The runner's samples as metrics over time, named as MLflow names a machine's. Lines that are none are passed over. */
export function sampleEffects(lines: readonly StreamLine[]): LineEffects {
  return { metrics: lines.flatMap(({ text }) => metricsOf(text)) };
}

function metricsOf(text: string): LaunchMetric[] {
  const sample = parse(text);
  const time = sample?.["t"];
  if (sample === null || typeof time !== "number" || !Number.isSafeInteger(time) || time < 0) return [];
  const found: LaunchMetric[] = [];
  const add = (key: string, value: unknown, scale: number): void => {
    if (typeof value === "number" && Number.isFinite(value)) found.push({ key: `system/${key}`, value: value / scale, step: null, time, origin: "system" });
  };
  add("process_cpu_percentage", sample["cpu"], 1);
  add("process_memory_megabytes", sample["rss"], MEGABYTE);
  const gpus: readonly unknown[] = Array.isArray(sample["gpu"]) ? sample["gpu"] : [];
  gpus.forEach((gpu, index) => {
    if (typeof gpu !== "object" || gpu === null) return;
    add(`gpu_${index}_utilization_percentage`, "util" in gpu ? gpu.util : null, 1);
    add(`gpu_${index}_memory_usage_megabytes`, "mem" in gpu ? gpu.mem : null, MEGABYTE);
  });
  return found;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    // SAFETY: an object reads as unknown values by name.
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
