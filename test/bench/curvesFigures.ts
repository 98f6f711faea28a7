// node curvesFigures.ts FOLDER: opens a filled store, draws its curves in a page and prints figures as JSON.
import type { metricCurves } from "../../engine/api/runs.ts";
import { type CurveRequest, readCurve } from "../../engine/runs/curves.ts";
import { openRunTable } from "../../engine/runs/openTable.ts";
import { openStore } from "../../engine/store/store.ts";
import { launchBrowser } from "../host/browser.ts";
import { openPanel } from "../webviews/page.ts";
import { type Figure, median } from "./benchmark.ts";

const store = await openStore({ folder: process.argv[2] ?? "" });
const table = openRunTable(store);
const reads: number[] = [];
async function curves(request: CurveRequest) {
  const start = performance.now();
  const found = await Promise.all(Array.from({ length: table.count }, (_, row) => readCurve(table, store.read, row, request)));
  reads.push(performance.now() - start);
  return found;
}
const browser = await launchBrowser();
const { page } = await openPanel(browser, "curves", { width: 1200, height: 500 });
await page.exposeFunction("curves", async (params: NonNullable<typeof metricCurves.params>) => (await curves(params)).map((curve) => ({ ...curve, x: [...curve.x], y: [...curve.y] })));
await page.waitForFunction(() => typeof window.firstPaint === "function");
const paints: number[] = [];
for (let round = 0; round < 6; round++) paints.push(await page.evaluate((runs) => window.firstPaint(runs), table.count));
await browser.close();
const what = `${table.count} runs × ${(store.read.metrics.count(1, "loss") / 1000).toFixed(0)},000 points`;
const slow = performance.now();
await curves({ key: "loss", x: "step", maxPoints: 1000, from: 0 });
const figures: Figure[] = [
  { what: `${what}: request to paint, the first time`, value: paints[0] ?? Number.NaN, unit: "ms", budget: "< 300 ms" },
  { what: `${what}: the same again, median`, value: median(paints.slice(1)), unit: "ms", budget: "< 300 ms" },
  { what: `${what}: of that in the engine, the first time`, value: reads[0] ?? Number.NaN, unit: "ms" },
  { what: `${what}: every point read, for comparison`, value: performance.now() - slow, unit: "ms" },
];
await store.close();
process.stdout.write(JSON.stringify(figures));
