// The bundled CLI on the sample project's own predictions. The outputs stand in test/fixtures/cli; TOUCHSTONE_GOLDEN=write
// writes them anew. That the numbers are right is tested against scikit-learn and statsmodels elsewhere.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Check } from "typebox/value";
import { sliceDefaults } from "../api/evaluation.ts";
import { commands } from "./registry.ts";

// The bundle that users run; `node esbuild.mjs` makes it.
const bundle = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));
const sample = fileURLToPath(new URL("../../media/sample-project", import.meta.url));
const fixtures = fileURLToPath(new URL("../../test/fixtures/cli/", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone evaluate ö ")));
const project = join(base, "sample");

before(async () => {
  assert.ok(existsSync(bundle), "dist/cli.cjs is missing; run: node esbuild.mjs");
  cpSync(sample, project, { recursive: true, filter: (path) => !path.includes(".touchstone") });
  await run([join(project, "train.mjs")]);
});
after(async () => {
  await run([bundle, "stop"]);
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: project, env: { ...process.env, TOUCHSTONE_RUNTIME_DIR: join(base, "run") }, maxBuffer: 1 << 26 }, (error, stdout, stderr) => resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }));
  });
}

/** Ten digits of each number: the last ones may differ between processors. The id depends on the file's time. */
function steady(text: string): string {
  const rounded: unknown = JSON.parse(text, (key, value: unknown) => (key === "evaluationId" ? "<evaluationId>" : typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value));
  return `${JSON.stringify(rounded, null, 1)}\n`;
}

async function answer(name: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([bundle, name, "predictions_js.csv", "--json", ...args]);
  assert.equal(code, 0, stderr);
  const { command } = await commands.find((each) => each.name === name)!.load();
  const fits: boolean = Check(command.schema, JSON.parse(stdout));
  assert.ok(fits, `${name} does not fit its schema`);
  return stdout;
}

for (const [name, args] of [
  ["evaluate", []],
  ["slices", ["--limit", "5"]],
  // The sample predicts classes: hours are asked against age, for the shape.
  ["residuals", ["--task", "regression", "--map", "hours_per_week=label", "--map", "age=prediction"]],
] as const) {
  test(`touchstone ${name} predictions_js.csv --json`, async () => {
    const found = steady(await answer(name, args));
    const file = join(fixtures, `${name}.json`);
    if (process.env["TOUCHSTONE_GOLDEN"] === "write") writeFileSync(file, found);
    assert.equal(found, readFileSync(file, "utf8"));
  });
}

test("slices: what the panel searches by default is what the command searches", async () => {
  interface Listed { predicates: unknown; size: number; rowsDigest: string }
  const all: Listed[] = JSON.parse(await answer("slices", []));
  assert.ok(all.length > 5 && all.length <= sliceDefaults.k);
  // 2,000 rows: at least 32.
  assert.ok(all.every(({ size }) => size >= 32));
  const five: Listed[] = JSON.parse(readFileSync(join(fixtures, "slices.json"), "utf8"));
  const named = ({ predicates, size, rowsDigest }: Listed) => ({ predicates, size, rowsDigest });
  assert.deepEqual(all.slice(0, 5).map(named), five.map(named));
  const shown = await run([bundle, "slices", "predictions_js.csv"]);
  assert.equal(shown.stdout.trim().split("\n").length, Math.min(all.length, 25) + (all.length > 25 ? 2 : 1));
});

test("a mapping of touchstone.yaml is read by the command, which writes nothing into it", async () => {
  const file = join(project, "touchstone.yaml");
  const before = `${readFileSync(file, "utf8")}\nmappings:\n  "*.csv": { positive: "<=50K", columns: { age: ignore } }\n`;
  writeFileSync(file, before);
  const { mapping } = JSON.parse(await answer("evaluate", ["--map", "sex=group"]));
  assert.equal(mapping.positive, "<=50K");
  assert.deepEqual(mapping.columns.filter(({ column }: { column: string }) => column === "age" || column === "sex"), [{ column: "age", role: "ignore" }, { column: "sex", role: "group" }]);
  assert.equal(readFileSync(file, "utf8"), before);
});
