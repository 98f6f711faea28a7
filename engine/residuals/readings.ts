import type { ResidualTest } from "../api/evaluation.ts";
import { moments, Running } from "../statistics/mean.ts";
import { selectRank } from "../statistics/quantiles.ts";
import { tTwoSided } from "../statistics/distributions.ts";
import { autocorrelations, breuschPagan, durbinWatson, jarqueBera, ljungBox, reset, white, type TestValue } from "./tests.ts";

export interface TestInput {
  readonly residual: Float64Array;
  readonly prediction: Float64Array;
  /** Residuals in the named order. */
  readonly ordered: Float64Array;
  readonly order: string;
  /** Complete numeric features, by name. */
  readonly features: readonly { readonly name: string; readonly values: Float64Array }[];
}

const ALPHA = 0.05;
/** Fewer rows than this say nothing about an assumption. */
const LEAST = 8;
/** White's terms grow with the square of the features, and the work with the square of the terms. */
const MOST_FOR_WHITE = 10;
const WHITE_WORK = 2e8;
const MOST_FOR_BREUSCH_PAGAN = 60;

/** The assumptions behind intervals and least squares, each with a verdict in words and one thing to do. */
export function readTests(input: TestInput): readonly ResidualTest[] {
  const { residual, prediction, ordered, order, features } = input;
  const n = residual.length;
  if (n < LEAST) return [unknownTest("Breusch–Pagan", "Too few rows to test", `${n} rows are too few for any of these tests.`)];
  const m = moments(residual);
  if (!(m.variance > 0)) return [unknownTest("Breusch–Pagan", "Nothing varies", "All residuals are equal: there is nothing to test.")];
  const r1 = autocorrelations(ordered, 1)[0]!;
  const lags = Math.max(1, Math.min(10, Math.floor(n / 5)));
  const normal = jarqueBera(residual);
  const t = m.mean / Math.sqrt(m.variance / n);
  const quarters = spreadByPrediction(residual, prediction);
  const columns = features.map((feature) => feature.values);
  const many = columns.length > 0 && columns.length <= MOST_FOR_BREUSCH_PAGAN && n > 2 * columns.length + 2;
  const whiteColumns = many && columns.length <= MOST_FOR_WHITE && n > columns.length * columns.length && n * (columns.length * (columns.length + 3)) ** 2 < 4 * WHITE_WORK ? columns : [prediction];
  return [
    many
      ? judged("Breusch–Pagan", breuschPagan(residual, columns), "Spread depends on the features", "Spread does not depend on the features", `The size of the errors goes with the ${columns.length} numeric features: intervals of one width do not fit all rows.`, "One width of interval fits all rows.")
      : unknownTest("Breusch–Pagan", "Spread by features not tested", columns.length === 0 ? "There is no complete numeric feature." : `${n} rows are too few for ${columns.length} features.`),
    judged("Breusch–Pagan on the prediction", breuschPagan(residual, [prediction]), "Spread changes with the prediction", "Spread is even along the prediction", `The standard deviation is ${short(quarters.high)} in the highest quarter of predictions, ${short(quarters.low)} in the lowest. ${quarters.high > quarters.low ? "Try a log target." : "Weight the rows by their precision."}`, "The errors are as wide for small predictions as for large ones."),
    judged("White", white(residual, whiteColumns), "Spread has a pattern", "Spread has no pattern", `The squared error follows ${whiteColumns === columns ? "the features, their squares or products" : "the prediction or its square"}.`, `Neither ${whiteColumns === columns ? "the features, their squares nor their products explain" : "the prediction nor its square explains"} the size of the errors.`),
    judged("Durbin–Watson", durbinWatson(ordered), "Neighbouring rows err together", "Neighbouring rows err independently", `In ${order}, one residual predicts the next (r = ${r1.toFixed(2)}): intervals that assume independence are too ${r1 > 0 ? "narrow" : "wide"}.`, `In ${order}, one residual says nothing about the next (normal approximation).`),
    judged(`Ljung–Box (${lags} lags)`, ljungBox(ordered, lags), "Errors repeat over time", "No autocorrelation", `Some of the first ${lags} autocorrelations, in ${order}, are more than chance: add lags or calendar features.`, `The first ${lags} autocorrelations, in ${order}, are within chance.`),
    judged("Jarque–Bera", normal, "Tails differ from normal", "Close to normal", `Skewness ${normal.skewness.toFixed(2)}, kurtosis ${normal.kurtosis.toFixed(2)} (normal: 0 and 3): ${normal.kurtosis > 3 ? "large errors are more common than a normal law says" : "large errors are rarer than a normal law says"}.`, "Skewness and kurtosis are those of a normal law, within chance."),
    judged("RESET", reset(residual, prediction), "A bend is left in the fit", "No bend left in the fit", "The residual depends on the square or cube of the prediction: the model misses a curve.", "The residual does not depend on powers of the prediction."),
    judged("t test of the mean", { statistic: t, p: tTwoSided(t, n - 1) }, m.mean > 0 ? "Predicts too little" : "Predicts too much", "No bias", `The mean residual is ${short(m.mean)}: predictions are ${m.mean > 0 ? "too low" : "too high"} on average.`, `The mean residual, ${short(m.mean)}, cannot be told from zero.`),
  ];
}

function judged(name: string, { statistic, p }: TestValue, bad: string, good: string, badReading: string, goodReading: string): ResidualTest {
  if (!Number.isFinite(statistic) || Number.isNaN(p)) return unknownTest(name, good, "This cannot be computed here: something does not vary.");
  const look = p < ALPHA;
  return { name, statistic, p, title: look ? bad : good, reading: look ? badReading : goodReading, verdict: look ? "look" : "passed" };
}

function unknownTest(name: string, title: string, reading: string): ResidualTest {
  return { name, statistic: null, p: null, title, reading, verdict: "unknown" };
}

/** Standard deviations in the lowest and in the highest quarter of predictions. */
function spreadByPrediction(residual: Float64Array, prediction: Float64Array): { low: number; high: number } {
  const n = prediction.length;
  const values = prediction.slice();
  const [q1, q3] = [selectRank(values, Math.floor(n / 4)), selectRank(values, Math.floor((3 * n) / 4))];
  const [lowest, highest] = [new Running(), new Running()];
  for (let i = 0; i < n; i++) {
    if (prediction[i]! <= q1) lowest.add(residual[i]!);
    if (prediction[i]! >= q3) highest.add(residual[i]!);
  }
  return { low: Math.sqrt(lowest.moments.variance), high: Math.sqrt(highest.moments.variance) };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
