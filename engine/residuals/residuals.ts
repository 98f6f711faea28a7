import type { Residuals, Screened, Selection } from "../api/evaluation.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { argsort } from "../statistics/argsort.ts";
import { normalQuantile } from "../statistics/distributions.ts";
import { moments } from "../statistics/mean.ts";
import { quantileOfSorted } from "../statistics/quantiles.ts";
import { pickInto, type Column, type NumberColumn } from "../tables/columns.ts";
import { answerNumbers, percent } from "../evaluation/answer.ts";
import { pickColumn } from "../evaluation/columns.ts";
import { residualOf, toFloat64, type Prepared } from "../evaluation/prepared.ts";
import { rmseOf } from "../evaluation/regression.ts";
import { selectRows, type Rows } from "../evaluation/selection.ts";
import { pickRegressed } from "../evaluation/view.ts";
import { densityOf } from "./density.ts";
import { readTests } from "./readings.ts";
import { screen } from "./screening.ts";
import { autocorrelations } from "./tests.ts";

/** Plots, tests and the ranking of features for the residuals of the selected rows. */
export function residualsOf(rows: Rows, selection: Selection, feature: string | null): Residuals {
  const { data } = rows;
  if (data.answers.kind !== "numbers") throw new TouchstoneError({ code: "NO_RESIDUALS", message: "Residuals exist for numbers; this file holds classes.", file: data.path });
  const selected = selectRows(rows, selection);
  const answers = pickRegressed(data.answers, selected);
  const fitted = toFloat64(answers.fitted);
  const residual = toFloat64(residualOf(answers));
  if (residual.length === 0) throw new TouchstoneError({ code: "NO_ROWS", message: "No row is in this selection.", file: data.path });
  const features = searched(data).map(({ name, column }) => ({ name, column: pickColumn(column, selected) }));
  const { order, name } = serialOrder(data, selected);
  const ordered = order === null ? residual : pickInto(residual, order, new Float64Array(order.length));
  const screening = screen(residual, features);
  const complete = features.flatMap(({ name: feature, column }) => (column.kind === "number" && isComplete(column) ? [{ name: feature, values: column.toFloat64() }] : []));
  const chosen = features.find((each) => each.name === (feature ?? screening[0]?.feature));
  const lags = Math.max(1, Math.min(40, Math.floor(residual.length / 4)));
  return {
    n: residual.length,
    answer: `${answerNumbers([rmseOf(answers)], residual.length)} ${dependence(screening)}`,
    order: name,
    tests: readTests({ residual, prediction: fitted, ordered, order: name, features: complete }),
    screening,
    byPrediction: densityOf(fitted, residual),
    byFeature: chosen ? featurePlot(chosen.name, chosen.column, residual) : null,
    qq: quantilePlot(residual),
    autocorrelation: { values: [...autocorrelations(ordered, lags)], band: 1.959963984540054 / Math.sqrt(residual.length) },
    histogram: histogramOf(residual),
  };
}

function dependence(screening: readonly Screened[]): string {
  const first = screening[0];
  if (!first) return "No feature column stands beside the predictions.";
  if (first.q >= 0.05 || first.association < 0.005) return "No feature explains what is left.";
  return `The residual still depends on **${first.feature}**: it explains ${percent(first.association)} of what is left.`;
}

/** Feature, group and split columns, in the order of the file. */
export function searched(data: Prepared): readonly { readonly name: string; readonly column: Column }[] {
  return data.mapping.columns.filter(({ role }) => role === "feature" || role === "group" || role === "split").flatMap(({ column: name }) => (data.columns[name] ? [{ name, column: data.columns[name] }] : []));
}

function isComplete(column: NumberColumn): boolean {
  for (let row = 0; row < column.length; row++) if (!Number.isFinite(column.at(row))) return false;
  return true;
}

/** The time column's order where there is one, else the order of the rows. */
function serialOrder(data: Prepared, rows: Uint32Array | null): { order: Uint32Array | null; name: string } {
  const time = data.mapping.columns.find(({ role }) => role === "time")?.column;
  const column = time === undefined ? undefined : data.columns[time];
  if (column?.kind !== "number") return { order: null, name: "row order" };
  return { order: argsort(column.pick(rows).toFloat64()), name: `the order of ${time}` };
}

function featurePlot(name: string, column: Column, residual: Float64Array): Residuals["byFeature"] {
  if (column.kind === "number") return { feature: name, categories: null, ...densityOf(column.toFloat64(), residual) };
  if (column.kind !== "coded") return null;
  const counts = new Float64Array(column.values.length);
  for (const code of column.codes) if (code >= 0) counts[code]!++;
  const frequent = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]!).slice(0, 12);
  const place = new Map(frequent.map((code, at) => [code, at]));
  const x = Float64Array.from(column.codes, (code) => place.get(code) ?? Number.NaN);
  return { feature: name, categories: frequent.map((code) => column.values[code]!), ...densityOf(x, residual), smooth: { x: [], y: [] }, smoothNote: "" };
}

/** Standardised residuals against normal quantiles at (i − a)/(n + 1 − 2a), a = 3/8 up to 10 rows, else 1/2, as R does; line through the quartiles. At most 400 points, all of the tails. */
function quantilePlot(residual: Float64Array): Residuals["qq"] {
  const { mean, variance } = moments(residual);
  const sd = Math.sqrt(variance);
  const sorted = new Float64Array(residual.length);
  for (let i = 0; i < sorted.length; i++) sorted[i] = (residual[i]! - mean) / sd;
  sorted.sort();
  const n = sorted.length;
  const a = n <= 10 ? 3 / 8 : 1 / 2;
  const kept: number[] = [];
  const step = n <= 400 ? 1 : Math.ceil(n / 320);
  for (let i = 0; i < n; i += i < 40 || i >= n - 40 ? 1 : Math.min(step, n - 40 - i)) kept.push(i);
  const slope = (quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25)) / (normalQuantile(0.75) - normalQuantile(0.25));
  return { x: kept.map((i) => normalQuantile((i + 1 - a) / (n + 1 - 2 * a))), y: kept.map((i) => sorted[i]!), slope, intercept: quantileOfSorted(sorted, 0.25) - slope * normalQuantile(0.25) };
}

function histogramOf(values: Float64Array): Residuals["histogram"] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < low) low = values[i]!;
    if (values[i]! > high) high = values[i]!;
  }
  if (!(low < high)) return { edges: [low - 0.5, low + 0.5], counts: [values.length] };
  const bins = Math.max(1, Math.min(40, Math.ceil(Math.sqrt(values.length))));
  const width = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * width));
  const counts = new Array<number>(bins).fill(0);
  // A quotient may round over an edge; the edges decide, so that a bar opens as many rows as it counts.
  for (const value of values) {
    let bin = Math.min(bins - 1, Math.floor((value - low) / width));
    if (value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { edges, counts };
}
