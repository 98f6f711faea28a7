import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DeclaredView } from "../api/config.ts";
import { editText } from "../config/edit.ts";
import { parseConfig } from "../config/load.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { exportLines, writeLines } from "./export.ts";
import { tableOf } from "./groups/groups.fixture.ts";
import { runQuery } from "./query.ts";
import { coded } from "./runs.fixture.ts";
import * as spreads from "./spread.ts";
import { atOnce } from "./turns.ts";
import { deleteView, renameView, saveView } from "./views.ts";

const columnSpread = (...asked: Parameters<typeof spreads.columnSpread>) => atOnce(spreads.columnSpread(...asked));
const view = (name: string, more: Partial<DeclaredView> = {}): DeclaredView => ({ name, columns: [], sort: [], filter: null, group: [], ...more });

test("views are kept, changed, renamed in their place and deleted; comments and order of the file stay", () => {
  const before = '# ours\nmetrics:\n  val_f1: up # the one\nviews:\n  first: { sort: [-metrics.val_f1] }\n  # for the weekly meeting\n  mine:\n    columns: [params.lr] # short\n    filter: params.lr > 0\ntags:\n  a: x > 1\n';
  const views = (text: string) => parseConfig(text).config.views;
  const changed = editText(before, saveView(views(before), view("mine", { columns: ["metrics.val_f1", "delta.val_f1"], group: ["params.model", "tags.stage"] })));
  assert.deepEqual(views(changed)[1], view("mine", { columns: ["metrics.val_f1", "delta.val_f1"], group: ["params.model", "tags.stage"] }));
  assert.match(changed, /^# ours\n[^]*# the one\n[^]*# for the weekly meeting\n[^]*tags:\n {2}a: x > 1\n$/);
  const added = editText(changed, saveView(views(changed), view("seeds", { group: ["seeds"], filter: 'params.model = "gbm"' })));
  assert.deepEqual([views(added).map(({ name }) => name), views(added)[2]], [["first", "mine", "seeds"], view("seeds", { group: ["seeds"], filter: 'params.model = "gbm"' })]);
  const renamed = editText(added, renameView(views(added), "mine", "weekly: all"));
  assert.deepEqual(views(renamed).map(({ name }) => name), ["first", "weekly: all", "seeds"]);
  assert.match(renamed, /# for the weekly meeting/);
  assert.throws(() => renameView(views(added), "mine", "seeds"), coded("VIEW_EXISTS"));
  assert.throws(() => renameView(views(added), "nobody", "x"), coded("VIEW_UNKNOWN"));
  const one = editText(renamed, deleteView(views(renamed), "first"));
  assert.deepEqual(views(one).map(({ name }) => name), ["weekly: all", "seeds"]);
  assert.equal(views(editText("views:\n  only: { sort: [run] }\n", deleteView([view("only")], "only"))).length, 0);
  assert.equal(parseConfig(renamed).problems.length, 0);
});

test("a baseline goes into the file and out of it", () => {
  const text = editText("# keep\nmetrics:\n  a: up\n", [{ path: ["baseline"], value: "abc123" }]);
  assert.deepEqual([parseConfig(text).config.baseline, text.startsWith("# keep\n")], [{ run: "abc123" }, true]);
  assert.equal(parseConfig(editText(text, [{ path: ["baseline"] }])).config.baseline, null);
});

test("every finite number is in the bin that its edges say, others are counted apart", () => {
  const random = seeded(3);
  for (let round = 0; round < 60; round++) {
    const wide = round % 2 === 0;
    const values = Array.from({ length: 200 }, () => (random() < 0.05 ? Number.NaN : random() < 0.05 ? Number.POSITIVE_INFINITY : wide ? 10 ** (random() * 8 - 4) : Math.round(random() * 48) / 48 - 0.3));
    const table = tableOf(values.map((m) => ({ metrics: random() < 0.1 ? {} : { m } })));
    const { rows } = runQuery(table, {});
    const spread = columnSpread(table, rows, "metrics.m", null);
    assert.ok(spread.kind === "numbers");
    const shown = [...rows].map((row) => table.metrics.get("m")?.get(row) ?? null);
    const finite = shown.filter((value) => Number.isFinite(value)).map(Number);
    assert.deepEqual([spread.n, spread.missing, spread.nan, spread.infinite], [finite.length, shown.filter((value) => value === null).length, shown.filter((value) => Number.isNaN(value)).length, shown.filter((value) => value === Number.POSITIVE_INFINITY).length]);
    const { edges, counts } = spread;
    assert.deepEqual([edges[0], edges.at(-1), edges.length, spread.log], [Math.min(...finite), Math.max(...finite), counts.length + 1, wide]);
    assert.deepEqual(counts, counts.map((_, i) => finite.filter((value) => value >= edges[i]! && (value < edges[i + 1]! || i === counts.length - 1)).length));
  }
  const same = columnSpread(tableOf([{ metrics: { m: 2 } }, { metrics: { m: 2 } }]), Uint32Array.of(0, 1), "metrics.m", null);
  assert.deepEqual(same, { kind: "numbers", unit: "number", n: 2, missing: 0, nan: 0, infinite: 0, edges: [2, 2], counts: [2], log: false });
});

test("texts and few numbers are a list by frequency, many numbers a histogram", () => {
  const table = tableOf(Array.from({ length: 30 }, (_, i) => ({ params: { lr: String(i / 100), model: i % 3 === 0 ? "gbm" : "mlp", ...(i < 4 ? { note: "" } : {}) } })));
  const { rows } = runQuery(table, {});
  assert.deepEqual(columnSpread(table, rows, "params.model", null), { kind: "values", n: 30, missing: 0, distinct: 2, values: [{ value: "mlp", runs: 20 }, { value: "gbm", runs: 10 }] });
  assert.deepEqual(columnSpread(table, rows, "params.note", null), { kind: "values", n: 4, missing: 26, distinct: 1, values: [{ value: "", runs: 4 }] });
  assert.equal(columnSpread(table, rows, "params.lr", null).kind, "numbers");
  assert.throws(() => columnSpread(table, rows, "colour", null), coded("UNKNOWN_COLUMN"));
});

test("a table as CSV and JSON lines: all rows in order, exact values, quotes and line ends in texts; a grouped one with its errors", () => {
  const runs = [
    { params: { lr: "0.1", note: 'a "b",\nc' }, metrics: { loss: 0.1 + 0.2 }, start: 0, name: "one" },
    { params: { lr: "0.2", note: "" }, metrics: { loss: Number.NaN }, start: 1_000, name: "two" },
    { params: { lr: "0.1", note: "=1+1" }, metrics: { loss: 0.5 }, start: 2_000, name: "three" },
  ];
  const scope = { table: tableOf(runs), declared: [], baseline: null };
  const csv = [...exportLines(scope, { sort: [{ column: "start", descending: false }] }, null, ["metrics.loss", "params.note"], "csv")].join("");
  assert.equal(
    csv,
    'run_id,run,status,start,metrics.loss,params.note\r\nr0,one,finished,1970-01-01T00:00:00.000Z,0.30000000000000004,"a ""b"",\nc"\r\nr1,two,finished,1970-01-01T00:00:01.000Z,NaN,""\r\nr2,three,finished,1970-01-01T00:00:02.000Z,0.5,=1+1\r\n',
  );
  const lines = [...exportLines(scope, { sort: [{ column: "metrics.loss", descending: true }] }, null, ["metrics.loss"], "jsonl")].map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => [line.run_id, line["metrics.loss"]]), [["r2", 0.5], ["r0", 0.30000000000000004], ["r1", "NaN"]]);
  const grouped = [...exportLines(scope, { sort: [{ column: "params.lr", descending: false }] }, ["params.lr"], ["metrics.loss", "params.lr"], "jsonl")].map((line) => JSON.parse(line));
  assert.deepEqual(grouped, [
    { group: "lr 0.1", runs: 2, "metrics.loss": 0.4, "metrics.loss se": 0.09999999999999998, "metrics.loss n": 2, "params.lr": "0.1" },
    { group: "lr 0.2", runs: 1, "metrics.loss": null, "metrics.loss se": null, "metrics.loss n": 0, "params.lr": "0.2" },
  ]);
});

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "table export "));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { signal } = new AbortController();

test("an export replaces a file as a whole; one that fails leaves nothing behind", () =>
  inFolder(async (folder) => {
    const text = "a,b\r\n1,é\r\n";
    assert.deepEqual(await writeLines(join(folder, "t.csv"), [text], signal), { lines: 1, bytes: Buffer.byteLength(text) });
    assert.equal(readFileSync(join(folder, "t.csv"), "utf8"), text);
    await assert.rejects(writeLines(join(folder, "no", "t.csv"), [text], signal), coded("EXPORT_FAILED"));
    assert.deepEqual(readdirSync(folder), ["t.csv"]);
  }));

test("an export that the disk takes only a part of fails, and the old file stands", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "t.csv"), "old");
    // A POSIX shell's limit on the size of a file, in blocks of 512 or 1,024 bytes: the write that reaches it is a short one.
    if (process.platform === "win32") return;
    const script = `import { writeLines } from ${JSON.stringify(new URL("export.ts", import.meta.url).href)};
      await writeLines("t.csv", Array.from({ length: 4_000 }, () => "0123456789".repeat(10)), new AbortController().signal).then(() => console.log("written"), ({ shape }) => console.log(shape.code));`;
    const { stdout } = spawnSync("sh", ["-c", 'ulimit -f 50; exec "$0" --input-type=module -e "$1"', process.execPath, script], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([stdout.trim(), readFileSync(join(folder, "t.csv"), "utf8"), readdirSync(folder)], ["EXPORT_FAILED", "old", ["t.csv"]]);
  }));

test("an export lets others have their turn, and ends when it is no longer wanted", () =>
  inFolder(async (folder) => {
    const made: number[] = [];
    function* lines(): Generator<string> {
      for (let i = 0; i < 1_000; i++) {
        made.push(i);
        yield "0123456789".repeat(1_000);
      }
    }
    const stop = new AbortController();
    const written = writeLines(join(folder, "t.csv"), lines(), stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(written, { name: "AbortError" });
    assert.ok(made.length < 1_000, `${made.length} lines were made`);
    assert.deepEqual(readdirSync(folder), []);
  }));
