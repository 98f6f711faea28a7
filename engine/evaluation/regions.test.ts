// A bar or hexagon of a plot opens exactly as many rows as it counts, also where values stand on an edge.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Condition } from "../api/evaluation.ts";
import { EvaluationSession } from "./session.ts";
import { selectRows, selectionText } from "./selection.ts";
import { selectionExpression } from "./selectionExpression.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-regions-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const quiet = { cancelled: () => false, onProgress: () => undefined };

async function open(path: string): Promise<{ session: EvaluationSession; count: (...conditions: Condition[]) => number }> {
  const session = await EvaluationSession.open(path, null, [], quiet);
  return { session, count: (...conditions) => selectRows({ data: session.data, predicted: null, tags: [] }, conditions)?.length ?? session.data.n };
}

test("residual bars and hexagons: every row in one of them, also on the edges", async () => {
  const path = join(folder, "numbers.csv");
  // Residuals in tenths fall on edges of the bars; predictions repeat.
  const lines = Array.from({ length: 400 }, (_, i) => `${(i % 40) / 2 + ((i * 7) % 41) / 10 - 2},${(i % 40) / 2},${["red", "green", "blue"][i % 3]},${(i * 13) % 17}`);
  writeFileSync(path, `y_true,y_pred,colour,size\n${lines.join("\n")}\n`);
  const { session, count } = await open(path);
  for (const feature of ["colour", "size"]) {
    const { histogram, byPrediction, byFeature } = session.residuals([], feature);
    const { edges, counts } = histogram;
    counts.forEach((n, i) => assert.equal(count({ kind: "range", column: "@residual", low: edges[i]!, high: edges[i + 1]!, ...(i < counts.length - 1 ? { open: "high" as const } : {}) }), n, `bar ${i}`));
    assert.ok(byFeature);
    for (const [column, categories, density] of [["@prediction", null, byPrediction], [feature, byFeature.categories, byFeature]] as const) {
      density.count.forEach((n, i) => {
        const hexagon: Condition = { kind: "hexagon", column, categories, origin: [density.xRange[0], density.yRange[0]], cell: density.cell, at: [density.x[i]!, density.y[i]!] };
        assert.equal(count(hexagon), n, `${column} ${i}`);
      });
      assert.equal(density.count.reduce((a, b) => a + b, 0), 400);
    }
  }
  assert.equal(count({ kind: "values", column: "colour", values: ["red", "blue"] }), 267);
  assert.equal(selectionExpression([{ kind: "values", column: "colour", values: ["red", "blue"] }]), "colour in ('red', 'blue')");
  assert.equal(selectionExpression([{ kind: "range", column: "@residual", low: -1, high: 2, open: "high" }]), "residual >= -1 and residual < 2");
  assert.equal(selectionText([{ kind: "hexagon", column: "colour", categories: ["red", "green"], origin: [0, 0], cell: [1, 1], at: [1, 2] }]), "colour = green, residual near 2");
});

test("residuals that do not vary are one bar", async () => {
  const path = join(folder, "constant.csv");
  writeFileSync(path, `y_true,y_pred\n${Array.from({ length: 30 }, (_, i) => `${i + 0.5},${i}`).join("\n")}\n`);
  const { session, count } = await open(path);
  const { edges, counts } = session.residuals([], null).histogram;
  assert.deepEqual([edges, counts], [[0, 1], [30]]);
  assert.equal(count({ kind: "range", column: "@residual", low: 0, high: 1 }), 30);
});

test("calibration bars, of two classes and of many", async () => {
  const many = fileURLToPath(new URL("../../test/fixtures/evaluation/hpc_cv.csv", import.meta.url));
  const two = join(folder, "two.csv");
  // Multiples of 1/15 are edges of the bins.
  writeFileSync(two, `label,p_yes\n${Array.from({ length: 160 }, (_, i) => `${i % 3 === 0 ? "yes" : "no"},${(i % 16) / 15}`).join("\n")}\n`);
  for (const [path, column] of [[many, "@confidence"], [two, "@probability"]] as const) {
    const { session, count } = await open(path);
    const { calibration, n } = await session.view([], null);
    assert.ok(calibration);
    assert.equal(calibration.bins.reduce((sum, bin) => sum + bin.n, 0), n);
    for (const bin of calibration.bins) assert.equal(count({ kind: "range", column, low: bin.low, high: bin.high, ...(bin.low > 0 ? { open: "low" as const } : {}) }), bin.n, `${column} ${bin.low}`);
  }
});
