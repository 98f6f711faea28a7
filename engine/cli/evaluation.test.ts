// Numbers of scikit-learn 1.9.1 on the same files (test/python/evaluation_golden.py).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("main.ts", import.meta.url));
const fixtures = fileURLToPath(new URL("../../test/fixtures/evaluation/", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone cli ü ")));
after(async () => {
  await touchstone(["stop"]);
  rmSync(base, { recursive: true, force: true });
});

function touchstone(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: base, env: { ...process.env, TOUCHSTONE_RUNTIME_DIR: base } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

test("evaluate, slices and residuals answer in the shapes of their schemas, with scikit-learn's numbers", async () => {
  copyFileSync(join(fixtures, "two_class_example.csv"), join(base, "binary.csv"));
  const evaluated = await touchstone(["evaluate", "binary.csv", "--positive", "Class1", "--json"]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  const answer = JSON.parse(evaluated.stdout);
  assert.deepEqual([answer.schemaVersion, answer.task, answer.n, answer.path], [1, "binary", 500, "binary.csv"]);
  assert.deepEqual(answer.confusion, { labels: ["Class1", "Class2"], matrix: [[227, 31], [50, 192]] });
  assert.ok(Math.abs(answer.metrics.auc.value - 0.9393138573899673) < 1e-9);
  assert.ok(Math.abs(answer.metrics.f1.value - 0.8485981308411215) < 1e-12);

  writeFileSync(join(base, "slices.csv"), `label,prediction,site\n${Array.from({ length: 400 }, (_, i) => `1,${i % 4 === 2 && i % 3 > 0 ? 0 : 1},${"abcd"[i % 4]}`).join("\n")}\n`);
  const [worst] = JSON.parse((await touchstone(["slices", "slices.csv", "--json"])).stdout);
  assert.deepEqual([worst.schemaVersion, worst.predicates, worst.size, worst.errors], [1, [{ feature: "site", op: "=", value: "c" }], 100, 67]);
  assert.match(worst.rowsDigest, /^[0-9a-f]{64}$/);

  writeFileSync(join(base, "regression.csv"), `y_true,y_pred,x\n${Array.from({ length: 60 }, (_, i) => `${(i * 1.7) % 11},${(i * 1.3) % 11},${i % 7}`).join("\n")}\n`);
  const residuals = JSON.parse((await touchstone(["residuals", "regression.csv", "--json"])).stdout);
  assert.ok(residuals.tests.some((one: { name: string }) => one.name === "Durbin–Watson"));
  assert.equal(residuals.screening[0].feature, "x");
});

test("a file that cannot be evaluated is an error with its line", async () => {
  writeFileSync(join(base, "ragged.csv"), `label,prediction\n${"a,b\n".repeat(30)}a,b,c,d\n`);
  const { code, stdout } = await touchstone(["evaluate", "ragged.csv", "--json"]);
  assert.notEqual(code, 0);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([error.code, error.line], ["BAD_ROW", 32]);
});
