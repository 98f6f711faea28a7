import type { MetricRow, Slice, SliceResult } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import type { Classified } from "./prepared.ts";
import { predicateText } from "./selection.ts";

/** One decimal, as people say shares. */
export function percent(share: number): string {
  // 1 − 0.8395 is a little less than 321 of 2,000: both are 16.1 %. Halves go up, which `toFixed` does as its binary digits fall.
  return `${(Math.round(Number((share * 1000).toPrecision(12))) / 10).toFixed(1)} %`;
}

function significant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))));
  return Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4 ? value.toExponential(3) : value.toFixed(Math.min(digits, 8));
}

/** "Error **14.2 %** [13.8 – 14.6]; always answering **no** would err on 24.1 %." */
export function answerClasses(metrics: readonly MetricRow[], majority: string, picked: Classified, cells: Float64Array): string {
  const accuracy = metrics.find((metric) => metric.key === "accuracy");
  if (accuracy?.estimate.value == null) return "No row can be measured.";
  const { value, low, high, n } = accuracy.estimate;
  const few = n < 30 ? ` Only ${n} rows: the interval says how little that tells.` : "";
  const against = accuracy.baseline === null ? "" : `; always answering **${majority}** would err on ${percent(1 - accuracy.baseline)}`;
  return `${picked.weight ? "Weighted error" : "Error"} **${percent(1 - value)}** [${((1 - high) * 100).toFixed(1)} – ${((1 - low) * 100).toFixed(1)}]${against}.${kinds(picked, cells)}${few}`;
}

/** Binary: how the errors divide into misses and false alarms. */
function kinds({ positive, classes, weight }: Classified, cells: Float64Array): string {
  if (positive === null || classes.length !== 2) return "";
  const n = cells.reduce((sum, count) => sum + count, 0);
  const negative = 1 - positive;
  return ` Misses ${percent(cells[positive * 2 + negative]! / n)} of ${weight ? "the weight" : "rows"}, false alarms ${percent(cells[negative * 2 + positive]! / n)}.`;
}

/** "RMSE **4.151** [4.074 – 4.228]; always answering the mean would give 9.21." */
export function answerNumbers(metrics: readonly MetricRow[], n: number): string {
  const rmse = metrics.find((metric) => metric.key === "rmse");
  if (rmse?.estimate.value == null) return n === 1 ? "One row is too few to measure an error." : "No row can be measured.";
  const { value, low, high } = rmse.estimate;
  const against = rmse.baseline === null ? "" : `; always answering the mean would give ${significant(rmse.baseline)}`;
  return `RMSE **${significant(value)}** [${significant(low)} – ${significant(high)}]${against}.`;
}

/** "The worst slice, **a & b**, is 7.7 % of rows and makes 18.4 % of the errors." */
export function answerSlices(result: Pick<SliceResult, "slices" | "n" | "reason" | "measure">): string {
  const worst = result.slices[0];
  if (!worst) return result.reason ?? "";
  const chance = worst.q !== null && worst.q >= 0.1 ? ` This may be chance (q ${worst.q.toFixed(2)}).` : "";
  return `The worst slice, **${sliceText(worst)}**, is ${percent(worst.size / result.n)} of rows and makes ${percent(worst.errorShare)} of the ${result.measure === "errors" ? "errors" : "loss"}.${chance}`;
}

/** A slice in a sentence: a word stands for its feature where it cannot be mistaken. */
export function sliceText(slice: Pick<Slice, "predicates">): string {
  return slice.predicates.map((predicate) => (typeof predicate.value === "string" && /\p{L}{3}/u.test(predicate.value) ? predicate.value : predicateText(predicate))).join(" & ");
}

/** `acc 0.934 ± 0.012`, for a CodeLens or a tree. */
export function shortMetric(label: string, estimate: Estimated): string {
  if (estimate.value === null) return `${label} —`;
  return `${label} ${significant(estimate.value)} ± ${((estimate.high - estimate.low) / 2).toPrecision(2)}`;
}
