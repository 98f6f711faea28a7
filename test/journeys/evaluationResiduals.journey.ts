import assert from "node:assert/strict";
import { join } from "node:path";
import { expectAccessible } from "../host/accessible.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";
import { assertShown, clearCohort, type ExpectedRows, expectRows, fromExplorer, rowsShown, tableOf } from "./evaluationScreen.ts";
import { readText, runPython } from "./oracle.ts";

export const options = { size: { width: 1600, height: 1000 } };

interface Oracle {
  readonly n: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly histogram: { readonly counts: readonly number[]; readonly edges: readonly number[] };
  readonly bar: ExpectedRows;
  /** The row with the largest residual. */
  readonly top: ExpectedRows;
  /** Its feature `s5`, for the plot by feature. */
  readonly durbin_watson: number;
  readonly qq: readonly (readonly [number, number])[];
}

const MAKE = `
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_predict
data = load_diabetes(as_frame=True, scaled=False)
used = data.data[["age", "sex", "bp", "s1", "s2"]]
out = data.data[["age", "sex", "bmi", "bp", "s5"]].copy()
out.insert(0, "id", [f"p{i:03}" for i in range(len(out))])
out["sex"] = out["sex"].map({1.0: "one", 2.0: "two"})
out["y_true"] = data.target
out["y_pred"] = cross_val_predict(LinearRegression(), used, data.target, cv=5)
out.to_parquet("forecast.parquet")
`;

const SCRIPT = `
import json, sys
import numpy as np, pandas as pd
from scipy.stats import norm
from sklearn import metrics as m
d = pd.read_parquet(sys.argv[1])
d["residual"] = d.y_true - d.y_pred
d["loss"] = d.residual ** 2
d["row"] = np.arange(1, len(d) + 1)
def rows(chosen):
    first = d[chosen].sort_values("loss", ascending=False, kind="stable").iloc[0]
    return {"n": int(chosen.sum()), "first": {"row": int(first["row"]), "truth": first["y_true"], "prediction": first["y_pred"], "residual": first["residual"], "id": first["id"], "bmi": first["bmi"], "sex": first["sex"]}}
counts, edges = np.histogram(d.residual, bins=int(np.ceil(np.sqrt(len(d)))))
last = len(counts) - 1
bar = int(np.argmax(counts))
n = len(d)
e = d.residual.to_numpy()
order = np.sort((e - e.mean()) / e.std(ddof=1))
print(json.dumps({
    "n": n, "metrics": {"rmse": m.root_mean_squared_error(d.y_true, d.y_pred), "mae": m.mean_absolute_error(d.y_true, d.y_pred), "r2": m.r2_score(d.y_true, d.y_pred)},
    "histogram": {"counts": counts.tolist(), "edges": edges.tolist()}, "bar": rows((d.residual >= edges[bar]) & ((d.residual < edges[bar + 1]) | (bar == last))),
    "top": rows(d.residual == d.residual.max()), "durbin_watson": float(np.sum(np.diff(e) ** 2) / np.sum(e ** 2)),
    "qq": list(zip(norm.ppf((np.arange(1, n + 1) - 0.5) / n), order)),
}))
`;

/** Predictions of numbers in a Parquet file: plots of residuals hold NumPy's values, and a point, a bar and a brush open pandas' rows. */
export default async function evaluationResiduals(window: Workbench): Promise<void> {
  runPython(["-c", MAKE], window.folder);
  const file = join(window.folder, "forecast.parquet");
  // SAFETY: printed by the script above, in this shape.
  const oracle = JSON.parse(runPython(["-c", SCRIPT, file])) as Oracle;
  let panel: Panel;

  await window.step("a Parquet file is evaluated from the explorer's menu", async () => {
    await fromExplorer(window, "forecast.parquet", "Evaluate Predictions…");
    panel = await window.panel("Evaluation: forecast.parquet").shown();
    const said = panel.locator("mapping-page .said");
    await said.filter({ hasText: "RMSE" }).waitFor();
    assert.match(await readText(said), new RegExp(`^${oracle.n} rows · RMSE ${oracle.metrics["rmse"]?.toFixed(4)}`));
    await panel.button(/^Evaluate$/).click();
    for (const [key, value] of Object.entries(oracle.metrics)) assertShown(await panel.locator(`tr[data-metric="${key}"] b`).innerText(), value, key);
  });

  await window.step("the residual histogram is NumPy's, and its highest bar opens its rows", async () => {
    const { rows } = await tableOf(panel, "Residuals");
    assert.deepEqual(rows.map((row) => row[2]), oracle.histogram.counts);
    rows.forEach(([low = Number.NaN], i) => assert.ok(Math.abs(low - (oracle.histogram.edges[i] ?? Number.NaN)) < 1e-9, `edge ${i}`));
    const most = Math.max(...oracle.histogram.counts);
    await panel.locator(`histogram-plot .bar.act[aria-label*=": ${most} rows"]`).first().click();
    await expectRows(panel, oracle.bar, "the highest bar");
    await clearCohort(panel);
  });

  await window.step("the point with the largest residual opens its row", async () => {
    const plot = panel.locator("density-plot");
    const { x, y, count } = await topmost(panel, oracle.top.first["residual"]);
    await plot.locator("svg").hover({ position: { x, y } });
    await plot.locator(".readout").filter({ hasText: new RegExp(`: ${count} rows?$`) }).waitFor();
    await plot.locator("svg").click({ position: { x, y } });
    await expectRows(panel, { n: count, first: oracle.top.first }, "the topmost point");
    await clearCohort(panel);
  });

  await window.step("a brush over the residuals below a line opens pandas' rows", async () => {
    const plot = panel.locator("density-plot svg");
    const box = await plot.boundingBox();
    assert.ok(box);
    await window.page.mouse.move(box.x + 60, box.y + box.height * 0.55);
    await window.page.mouse.down();
    await window.page.mouse.move(box.x + box.width - 14, box.y + box.height - 40, { steps: 5 });
    await window.page.mouse.up();
    const chip = panel.locator(".cohort .chip").filter({ hasText: "residual" });
    const [x1, x2, y1, y2] = /prediction (\S+) – (\S+) · residual (\S+) – (\S+)/.exec(await readText(chip))?.slice(1).map(Number) ?? [];
    const script = "import sys, pandas as pd; d = pd.read_parquet(sys.argv[1]); a, b, c, e = map(float, sys.argv[2:]); r = d.y_true - d.y_pred; print(((d.y_pred >= a) & (d.y_pred <= b) & (r >= c) & (r <= e)).sum())";
    const n = Number(runPython(["-c", script, file, ...[x1, x2, y1, y2].map(String)]));
    assert.ok(n > 20 && n < oracle.n, `${n} rows by pandas`);
    await panel.locator("evaluation-rows .head .small").filter({ hasText: new RegExp(`^${n} rows, `) }).waitFor();
    const residuals = (await rowsShown(panel, 5)).map((row) => Number(row["residual"]?.replace("−", "-")));
    assert.ok(residuals.every((residual) => residual >= (y1 ?? 0) - 1 && residual <= (y2 ?? 0) + 1), residuals.join());
    await clearCohort(panel);
  });

  await window.step("the residuals' tab: tests, quantiles and features, each with its numbers", async () => {
    await panel.frame.getByRole("tab", { name: "Residuals" }).click();
    const view = panel.locator("residual-view");
    await view.locator("quantile-plot").waitFor();
    const text = await readText(view);
    assert.match(text, new RegExp(`Durbin.Watson · ${oracle.durbin_watson.toFixed(2)}`));
    const { rows } = await tableOf(panel, "Residuals against a normal law");
    for (const [x = Number.NaN, y = Number.NaN] of rows) assert.ok(oracle.qq.some(([qx, qy]) => Math.abs(qx - x) < 1e-6 && Math.abs(qy - y) < 1e-6), `(${x}, ${y}) is no quantile of SciPy's`);
    await expectAccessible(panel);
    await view.locator("tr.act").filter({ hasText: /bmi/ }).click();
    await view.locator('tr[aria-selected="true"]').filter({ hasText: "bmi" }).waitFor();
  });
}

/** Where, in pixels of the drawing, the hexagon with the largest residual stands, and how many rows it counts by its table. */
async function topmost(panel: Panel, residual: unknown): Promise<{ readonly x: number; readonly y: number; readonly count: number }> {
  const { rows } = await tableOf(panel, "Residual by prediction");
  const [, , count = 0] = rows.reduce((best, row) => ((row[1] ?? 0) > (best[1] ?? 0) ? row : best));
  assert.ok(Number(residual) > 0);
  const drawn = await panel.locator("density-plot svg").evaluate((svg: Element) => {
    // A hexagon is drawn from its upper corner: M x top L … ; the fourth point is the lower corner.
    const hexagons = [...svg.querySelectorAll("path.hex")].flatMap((path) => (path.getAttribute("d") ?? "").split("Z").filter((part) => part !== ""));
    return hexagons.map((part) => part.slice(1).split("L").map((point) => point.split(" ").map(Number)));
  });
  const [corner] = drawn.sort((a, b) => (a[0]?.[1] ?? 0) - (b[0]?.[1] ?? 0));
  return { x: corner?.[0]?.[0] ?? 0, y: ((corner?.[0]?.[1] ?? 0) + (corner?.[3]?.[1] ?? 0)) / 2, count };
}
