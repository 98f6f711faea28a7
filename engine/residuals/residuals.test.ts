// Golden values: statsmodels 0.15.0 and SciPy 1.17.1 through test/python/evaluation_golden.py; some also stand in the literature.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createRandom } from "../statistics/random.ts";
import { NumberColumn } from "../tables/columns.ts";
import { densityOf } from "./density.ts";
import { kruskal, screen } from "./screening.ts";
import { breuschPagan, durbinWatson, jarqueBera, ljungBox, reset, white } from "./tests.ts";

interface Fit {
  readonly y: number[];
  readonly x: number[][];
  readonly predicted: number[];
  readonly durbin_watson: number;
  readonly breusch_pagan: number[];
  readonly breusch_pagan_prediction: number[];
  readonly white_prediction: number[];
  readonly white?: number[];
  readonly jarque_bera: number[];
  readonly ljung_box: Record<string, number[]>;
  readonly reset: number;
}
// SAFETY: the file is written by the script named above, in this shape.
const golden = JSON.parse(readFileSync(new URL("../../test/fixtures/evaluation/golden.json", import.meta.url), "utf8")) as { longley: Fit; stackloss: Fit; tests: { kruskal: { groups: number[]; values: number[]; h: number; p: number } } };

function close(actual: number, expected: number, relative = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
}

for (const name of ["longley", "stackloss"] as const) {
  test(`${name}: Durbin–Watson, Breusch–Pagan, White, Jarque–Bera, Ljung–Box, RESET`, () => {
    const fit = golden[name];
    const prediction = Float64Array.from(fit.predicted);
    const e = prediction.map((value, i) => fit.y[i]! - value);
    const x = fit.x.map((column) => Float64Array.from(column));
    close(durbinWatson(e).statistic, fit.durbin_watson);
    const bp = breuschPagan(e, x);
    close(bp.statistic, fit.breusch_pagan[0]!);
    close(bp.p, fit.breusch_pagan[1]!);
    close(breuschPagan(e, [prediction]).statistic, fit.breusch_pagan_prediction[0]!);
    const w = white(e, [prediction]);
    close(w.statistic, fit.white_prediction[0]!, 1e-5);
    const jb = jarqueBera(e);
    close(jb.statistic, fit.jarque_bera[0]!);
    close(jb.p, fit.jarque_bera[1]!);
    close(jb.skewness, fit.jarque_bera[2]!);
    close(jb.kurtosis, fit.jarque_bera[3]!);
    for (const [lag, [statistic, p]] of Object.entries(fit.ljung_box)) {
      close(ljungBox(e, Number(lag)).statistic, statistic!);
      close(ljungBox(e, Number(lag)).p, p!);
    }
    if (fit.white) {
      const all = white(e, x);
      close(all.statistic, fit.white[0]!);
      close(all.p, fit.white[1]!);
    }
    close(reset(e, prediction).statistic, fit.reset);
  });
}

test("Kruskal–Wallis with ties is SciPy's", () => {
  const { groups, values, h } = golden.tests.kruskal;
  close(kruskal(Uint32Array.from(groups), 4, Float64Array.from(values)).h, h, 1e-10);
});

test("screening sees a U that a correlation cannot, ranks words with it, and leaves noise within chance", () => {
  const random = createRandom(12);
  const n = 3000;
  const u = Float64Array.from({ length: n }, () => random() * 2 - 1);
  const noise = Float64Array.from({ length: n }, () => random());
  const codes = Int32Array.from({ length: n }, () => Math.floor(random() * 3));
  const residual = Float64Array.from(u, (x, i) => x * x * 2 - 2 / 3 + (codes[i] === 1 ? 0.3 : 0) + (random() - 0.5));
  const [first, second, third] = screen(residual, [
    { name: "noise", column: new NumberColumn(noise) },
    { name: "u", column: new NumberColumn(u) },
    { name: "site", column: { kind: "coded", codes, values: ["a", "b", "c"] } },
  ]);
  assert.deepEqual([first?.feature, second?.feature, third?.feature], ["u", "site", "noise"]);
  assert.ok(first!.association > 0.5 && first!.q < 1e-12 && second!.q < 1e-6 && third!.q > 0.01);
});

test("hexagons hold every point once, also where they do not vary", () => {
  const random = createRandom(2);
  const x = Float64Array.from({ length: 20000 }, () => random());
  const y = x.map((value) => value + random());
  assert.equal(densityOf(x, y).count.reduce((a, b) => a + b, 0), 20000);
  assert.equal(densityOf(new Float64Array(50).fill(3), new Float64Array(50)).count.reduce((a, b) => a + b, 0), 50);
});
