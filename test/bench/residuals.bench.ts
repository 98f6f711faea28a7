import type { Prepared } from "../../engine/evaluation/prepared.ts";
import { residualsOf } from "../../engine/residuals/residuals.ts";
import { createRandom } from "../../engine/statistics/random.ts";
import { NumberColumn } from "../../engine/tables/columns.ts";
import { type Benchmark, timed } from "./benchmark.ts";

/** Everything that the residual page shows, from arrays in memory to the answer. */
const benchmark: Benchmark = {
  title: "residual page, 1M rows × 10 features",
  async run() {
    const data = million();
    const { clock, processor } = timed(5, () => residualsOf({ data, predicted: null, tags: [] }, [], null));
    return [
      { what: "plots, tests and ranking", value: clock, unit: "ms", budget: "< 1 s to the first paint" },
      { what: "the same, processor time", value: processor, unit: "ms" },
    ];
  },
};
export default benchmark;

function million(): Prepared {
  const random = createRandom(1);
  const n = 1_000_000;
  const column = (): Float64Array => Float64Array.from({ length: n }, () => random() + random() + random() - 1.5);
  const names = Array.from({ length: 10 }, (_, i) => `x${i}`);
  const columns = Object.fromEntries(names.map((name) => [name, new NumberColumn(column())]));
  const fitted = column();
  const residual = columns["x0"]!.toFloat64().map((x) => x * x + random() - 0.5);
  return {
    path: "bench.csv",
    task: "regression",
    mapping: { task: "regression", positive: null, columns: names.map((name) => ({ column: name, role: "feature" as const })) },
    n,
    rows: null,
    answers: { kind: "numbers", actual: new NumberColumn(fitted.map((value, i) => value + residual[i]!)), fitted: new NumberColumn(fitted), weight: null },
    loss: new NumberColumn(residual.map((e) => e * e)),
    lossName: "squared error",
    columns,
    asText: [],
    wholeNumbers: new Set(),
    notes: [],
  };
}
