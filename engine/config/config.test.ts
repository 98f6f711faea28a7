import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TouchstoneError } from "../api/tokens.ts";
import { seeded } from "../expressions/random.fixture.ts";
import { checkConfig, type ConfigNames } from "./check.ts";
import { withGenerated } from "../expressions/document.ts";
import { completeConfig } from "./complete.ts";
import { seedTable } from "../runs/seeds.ts";
import { directionTable } from "./directions.ts";
import { editConfig, editText } from "./edit.ts";
import { hoverConfig } from "./hover.ts";
import { loadConfig, parseConfig } from "./load.ts";
import { publishedSchema } from "./schema.ts";

const base = mkdtempSync(join(tmpdir(), "touchstone-config-"));
after(() => rmSync(base, { recursive: true, force: true }));

const names: ConfigNames = {
  runs: [
    { entity: "metrics", key: "val_loss", kind: "number" },
    { entity: "params", key: "model", kind: "text", values: ["gbm", "linear"] },
  ],
  rows: [{ entity: null, key: "hours per week", kind: "number" }, { entity: null, key: "city", kind: "string", values: ["Bonn"] }],
};

const full = `# What we look at
metrics:
  val_f1: { direction: up, target: 0.95 } # agreed in May
  val_loss: down
  odd:
    target: 3
baseline: { where: params.model = 'linear' }
references:
  "Smith 2024": { metrics: { val_f1: 0.93 }, note: table 2 }
tags:
  noisy: snr < 10
  long:
    where: length(text) > 500
    note: more than a page
slices:
  young overtime: hours > 60 and age < 30
mappings:
  out/*.csv:
    task: binary
    positive: ">50K"
    columns: { id: id, y: label, "p(>50K)": { role: probability, classes: [">50K"] } }
views:
  best: { columns: [metrics.val_f1, params.lr], sort: [-metrics.val_f1], filter: metrics.val_f1 > .9, group: params.model }
`;

test("all that the file may say is read, in its order", () => {
  const { config, problems } = parseConfig(full);
  assert.deepEqual(problems, []);
  assert.deepEqual(config, {
    metrics: [
      { key: "val_f1", direction: "up", target: 0.95 },
      { key: "val_loss", direction: "down", target: null },
      { key: "odd", direction: null, target: 3 },
    ],
    baseline: { where: "params.model = 'linear'" },
    references: [{ name: "Smith 2024", metrics: { val_f1: 0.93 }, note: "table 2" }],
    tags: [
      { name: "noisy", where: "snr < 10", note: null },
      { name: "long", where: "length(text) > 500", note: "more than a page" },
    ],
    slices: [{ name: "young overtime", where: "hours > 60 and age < 30", note: null }],
    mappings: [
      {
        files: "out/*.csv",
        task: "binary",
        positive: ">50K",
        columns: [{ column: "id", role: "id" }, { column: "y", role: "label" }, { column: "p(>50K)", role: "probability", classes: [">50K"] }],
      },
    ],
    views: [{ name: "best", columns: ["metrics.val_f1", "params.lr"], sort: ["-metrics.val_f1"], filter: "metrics.val_f1 > .9", group: ["params.model"] }],
  });
});

test("each mistake stands on its line and column, also within quoted and folded expressions", () => {
  const text = ["metrics:", "  val_los: { directon: down }", "  acc: upp", "baselin: x", "tags:", "  a: snr <", "  b: 'title = ''x'' and lenght(t) > 5'", "  c: >", "    hours > 60", "      and absx(x) < 30", '  d: "a = \\"x\\" and nowx() > 1"', "  e:"].join("\n");
  const { problems } = checkConfig(text, names);
  assert.deepEqual(
    problems.map(({ line, column, offset, length, replacement, severity }) => [line, column, text.slice(offset, offset + length), replacement, severity]),
    [
      [2, 3, "val_los", "val_loss", "warning"],
      [2, 14, "directon", "direction", "error"],
      [3, 8, "upp", "up", "error"],
      [4, 1, "baselin", "baseline", "error"],
      [6, 11, "", null, "error"],
      [7, 25, "lenght", "length", "error"],
      [10, 11, "absx", "abs", "error"],
      [11, 21, "nowx", "now", "error"],
      [12, 3, "e", null, "error"],
    ],
  );
});

test("what is wrong is left out, the rest counts; what is no YAML says so", () => {
  const { config, problems } = parseConfig("metrics:\n  val_f1: up\n  acc: upp\ntags: { a: snr <, b: snr < 10 }\nviews: 5\n");
  assert.deepEqual([config.metrics.map(({ key, direction }) => [key, direction]), config.tags.map(({ name }) => name), config.views], [[["val_f1", "up"], ["acc", null]], ["b"], []]);
  assert.equal(problems.length, 3);
  const broken = parseConfig("metrics: [a,\ntags: {");
  assert.deepEqual(broken.config.metrics, []);
  assert.match(broken.problems[0]?.message ?? "", /not YAML/);
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefgh".split("").map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[at]}`).join(", ")}]`).join("\n")}\n`;
  assert.match(parseConfig(bomb).problems.at(-1)?.message ?? "", /aliases/);
});

test("a folder's file is read once, and again when it changed", () => {
  const folder = join(base, "läuft gut");
  mkdirSync(folder);
  assert.deepEqual([loadConfig(folder).exists, loadConfig(folder).config.metrics], [false, []]);
  writeFileSync(join(folder, "touchstone.yaml"), "metrics: { a: up }\n");
  const first = loadConfig(folder);
  assert.deepEqual(first.config.metrics, [{ key: "a", direction: "up", target: null }]);
  assert.equal(loadConfig(folder), first);
  editConfig(folder, [{ path: ["metrics", "b"], value: "down" }]);
  assert.deepEqual(loadConfig(folder).config.metrics.map(({ key }) => key), ["a", "b"]);
});

test("writing keeps comments, order and line ends", () => {
  const edited = editText(full, [
    { path: ["metrics", "val_f1", "target"], value: 0.97 },
    { path: ["tags", "new tag"], value: "a > 1 and b = 'x'" },
    { path: ["slices"] },
  ]);
  assert.match(edited, /^# What we look at\nmetrics:\n {2}val_f1: \{ direction: up, target: 0.97 \} # agreed in May\n/);
  assert.match(edited, /note: more than a page\n {2}new tag: a > 1 and b = 'x'\nmappings:/);
  assert.deepEqual(parseConfig(edited).problems, []);
  assert.equal(editText("a: 1\r\n".replace("a: 1", "metrics:\r\n  a: up # x"), [{ path: ["metrics", "b"], value: "down" }]), "metrics:\r\n  a: up # x\r\n  b: down\r\n");
  assert.equal(editText("", [{ path: ["metrics", "a"], value: "up" }]), "metrics:\n  a: up\n");
  assert.equal(editText("# only a comment\n", [{ path: ["baseline"], value: "x" }]).includes("# only a comment"), true);
});

test("an edit that does not fit, or a broken file, is refused and nothing is written", () => {
  const folder = join(base, "broken");
  mkdirSync(folder);
  const file = join(folder, "touchstone.yaml");
  writeFileSync(file, "metrics: [\n");
  const isRefusal = (line: number) => (error: unknown) => error instanceof TouchstoneError && error.shape.code === "CONFIG_INVALID" && error.shape.file === file && error.shape.line === line;
  assert.throws(() => editConfig(folder, [{ path: ["metrics", "a"], value: "up" }]), isRefusal(2));
  writeFileSync(file, "metrics:\n  a: up\n");
  assert.throws(() => editConfig(folder, [{ path: ["metrics", "b"], value: "sideways" }]), isRefusal(3));
  assert.equal(readFileSync(file, "utf8"), "metrics:\n  a: up\n");
});

test("the example in the documentation is right, and its list of words current", () => {
  const document = readFileSync(new URL("../../TOUCHSTONE-YAML.md", import.meta.url), "utf8");
  const example = /```yaml\n([\s\S]*?)```/.exec(document)?.[1] ?? "";
  assert.deepEqual([parseConfig(example).problems, parseConfig(example).config.slices.length], [[], 1]);
  assert.equal(document, withGenerated(withGenerated(document, "directions", directionTable()), "seeds", seedTable()), "run: node engine/config/publish.ts");
});

/** The text after each offer is taken; `|` is the cursor. */
function offers(marked: string): string[] {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  return completeConfig(text, cursor, names).map((item) => text.slice(0, item.offset) + item.insert + text.slice(item.offset + item.length));
}

test("completion offers keys, words and names for the place", () => {
  assert.deepEqual(offers("met|"), ["metrics:"]);
  assert.deepEqual(offers("metrics:\n  |"), ["metrics:\n  val_loss: "]);
  assert.deepEqual(offers("metrics:\n  val_loss:\n    |"), ["metrics:\n  val_loss:\n    direction: ", "metrics:\n  val_loss:\n    target: "]);
  assert.deepEqual(offers("metrics:\n  val_loss:\n    target: 3\n    |"), ["metrics:\n  val_loss:\n    target: 3\n    direction: "], "what stands beside is not offered again");
  assert.deepEqual(offers("metrics:\n  val_loss: |"), ["metrics:\n  val_loss: up", "metrics:\n  val_loss: down"]);
  assert.deepEqual(offers("metrics:\n  val_loss: { direction: d|"), ["metrics:\n  val_loss: { direction: down"]);
  assert.deepEqual(offers("metrics: { a: { direction: up, t| } }"), ["metrics: { a: { direction: up, target:  } }"]);
  assert.deepEqual(offers("views:\n  v:\n    columns:\n      - val|"), ["views:\n  v:\n    columns:\n      - metrics.val_loss"]);
  assert.deepEqual(offers("views:\n  v: { sort: [val|"), ["views:\n  v: { sort: [metrics.val_loss"]);
  assert.deepEqual(offers("mappings:\n  a.csv:\n    columns:\n      y: lab|"), ["mappings:\n  a.csv:\n    columns:\n      y: label"]);
});

test("inside an expression the grammar completes, written for the quotes around it", () => {
  assert.deepEqual(offers("tags:\n  a: hou|"), ["tags:\n  a: `hours per week`", "tags:\n  a: hour("]);
  assert.deepEqual(offers("baseline: { where: params.model = |").slice(0, 1), ["baseline: { where: params.model = 'gbm'"]);
  assert.deepEqual(offers("tags:\n  a: 'city = |").slice(0, 1), ["tags:\n  a: 'city = ''Bonn''"]);
  assert.deepEqual(offers('tags:\n  a: "city = |').slice(0, 1), ["tags:\n  a: \"city = 'Bonn'"]);
  assert.deepEqual(offers("tags:\n  a: 'city = ''B|").slice(0, 1), ["tags:\n  a: 'city = ''Bonn''"]);
});

test("hover explains keys, what a metric's name says, and functions", () => {
  const at = (marked: string) => hoverConfig(marked.replace("|", ""), marked.indexOf("|"))?.markdown ?? null;
  assert.match(at("met|rics:\n  a: up") ?? "", /Key metrics/);
  assert.match(at("metrics:\n  val|_loss: up") ?? "", /less of `val_loss` is better/);
  assert.match(at("tags:\n  a: leng|th(text) > 3") ?? "", /Number of characters/);
  assert.match(at("views:\n  v:\n    filt|er: a > 1") ?? "", /Only runs/);
  assert.equal(at("# com|ment"), null);
});

test("the published JSON Schema is what the checks use", () => {
  const file = new URL("../../media/touchstone.schema.json", import.meta.url);
  assert.equal(readFileSync(file, "utf8"), publishedSchema(), "run: node engine/config/publish.ts");
});

test("whatever is typed, check, completion, hover and reading throw nothing", () => {
  const random = seeded(11);
  const pieces = ["\n", "\n  ", ": ", "- ", "{", "}", "[", "]", "'", '"', "&a ", "*a", "|", ">", "#", "!!int ", "? ", "---\n", "\t", "where", "a > ", "😀", "\\u", "<<: ", "null", "__proto__"];
  for (let round = 0; round < (process.env["TOUCHSTONE_LONG"] === "1" ? 20_000 : 400); round++) {
    let text = full.slice(0, Math.floor(random() * full.length));
    for (let change = 0; change < 6; change++) {
      const at = Math.floor(random() * (text.length + 1));
      text = text.slice(0, at) + (pieces[Math.floor(random() * pieces.length)] ?? "") + text.slice(at + Math.floor(random() * 4));
    }
    const offset = Math.floor(random() * (text.length + 1));
    for (const problem of parseConfig(text, names).problems) assert.ok(problem.offset + problem.length <= text.length && problem.line >= 1, text);
    for (const item of completeConfig(text, offset, names)) assert.ok(item.offset >= 0 && item.offset + item.length <= text.length, text);
    hoverConfig(text, offset);
  }
});
