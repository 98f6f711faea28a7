import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LogParser, parseLog, type PrintedMetric } from "./parser.ts";

const folder = join(import.meta.dirname, "fixtures");
const text = ({ key, value, step }: PrintedMetric): string => `${key} ${value} ${step ?? "-"}`;
/** `key value step` a line; `-` where the log names no whole number. */
const expected = (name: string): string[] => readFileSync(join(folder, `${name}.expected`), "utf8").trim().split("\n").map((line) => {
  const [key = "", value = "", step = ""] = line.split(" ");
  return `${key} ${Number(value)} ${step}`;
});

for (const file of readdirSync(folder).filter((name) => name.endsWith(".log"))) {
  const name = file.slice(0, -4);
  test(`log layout: ${name}`, () => {
    const log = readFileSync(join(folder, file), "utf8");
    assert.deepEqual(parseLog(log).map(text), expected(name));
    // As the engine delivers it: cut at every redrawn line.
    const parser = new LogParser();
    const pieces = log.match(/[^\r\n]*(?:\r\n|\r|\n|$)/g) ?? [];
    const streamed = pieces.filter((piece) => piece !== "").flatMap((piece) => parser.push(piece.replace(/[\r\n]+$/, ""), piece.endsWith("\r")));
    assert.deepEqual([...streamed, ...parser.end()].map(text), expected(name));
  });
}

const prose = join(folder, "prose");
for (const file of readdirSync(prose)) {
  test(`no metric in prose: ${file}`, () => {
    const content = readFileSync(join(prose, file), "utf8");
    assert.deepEqual(parseLog(content).map((found) => `${text(found)} in ${content.split("\n")[found.line - 1]}`), []);
  });
}

test("no metric in the documentation of every package that we depend on", () => {
  const modules = join(import.meta.dirname, "..", "..", "node_modules");
  const listed = readdirSync(modules).filter((name) => !name.startsWith("."));
  const names = listed.flatMap((name) => (name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => join(name, inner)) : [name]));
  let pages = 0;
  const found = names.flatMap((name) =>
    readdirSync(join(modules, name))
      .filter((file) => /\.(md|txt)$/i.test(file))
      .flatMap((file) => {
        const content = readFileSync(join(modules, name, file), "utf8");
        pages += content.length / 3000;
        return parseLog(content).map((metric) => `${join(name, file)}:${metric.line} ${text(metric)}`);
      }),
  );
  assert.deepEqual(found, []);
  assert.ok(pages > 100);
});

test("lines that are hard on patterns give nothing, at once", { timeout: 10_000 }, () => {
  const lines = ["1".repeat(50_000), "a:1 ".repeat(400), "epoch 1 " + "a.".repeat(900), "{".repeat(9_000), "epoch 1 " + "1,111".repeat(300), "%|".repeat(500), "\u001b[".repeat(9_000), "step 3 " + "loss ".repeat(300) + "1x", "1/2 " + "=".repeat(5_000)];
  for (const line of lines) assert.deepEqual(parseLog(line), [], line.slice(0, 20));
});

test("an unknown layout under a heading, and where the heading ends", () => {
  const silent = Array.from({ length: 150 }, (_, index) => `working on item number ${index} now\n`).join("");
  assert.deepEqual(parseLog(`Epoch 3\nloss: 0.5\n${silent}loss: 0.4\n`).map(text), ["loss 0.5 3"]);
});
