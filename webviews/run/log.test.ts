import assert from "node:assert/strict";
import { test } from "node:test";
import { logLinks } from "./log-links.ts";
import { LogText } from "./log-text.ts";

const lines = (chunks: readonly string[]): string[] => {
  const log = new LogText();
  for (const chunk of chunks) log.feed(chunk);
  return Array.from({ length: log.count }, (_, index) => log.text(index));
};

test("lines end where the terminal's do", () => {
  assert.deepEqual(lines(["epoch 1\r\nepoch 2\nrest"]), ["epoch 1", "epoch 2", "rest"]);
});

test("a progress bar leaves its last state, a shorter text leaves what it did not cover", () => {
  assert.deepEqual(lines(["10%|#   |\r50%|##  |\r100%|####|\nok\n"]), ["100%|####|", "ok"]);
  assert.deepEqual(lines(["loading...\rdone\x1b[K\n"]), ["done"]);
  assert.deepEqual(lines(["abcdef\rxy\n"]), ["xycdef"]);
});

test("any split of the bytes gives the same lines", () => {
  const text = "\x1b[31mred\x1b[0m plain\r\n\x1b]0;title\x07next \x1b[38;5;208mo\x1b[39m\r\x1b[2Kdone\n";
  const whole = lines([text]);
  assert.deepEqual(whole, ["red plain", "done"]);
  for (let at = 0; at <= text.length; at += 1) assert.deepEqual(lines([text.slice(0, at), text.slice(at)]), whole, `split at ${at}`);
});

test("colours, 256 colours and true colours", () => {
  const log = new LogText();
  log.feed("\x1b[1;92mgood\x1b[0m\x1b[38;5;196mred\x1b[38;2;1;2;3mtrue\x1b[48;5;4;39mplain\n");
  assert.deepEqual(log.line(0).map(({ text, style }) => [text, style.color, style.bold]), [["good", 10, true], ["red", "rgb(255,0,0)", false], ["true", "rgb(1,2,3)", false], ["plain", null, false]]);
});

test("an endless log keeps its end and says how much is gone", () => {
  const log = new LogText(100);
  for (let index = 0; index < 1000; index += 1) log.feed(`${index}\n`);
  assert.equal(log.text(log.count - 1), "999");
  assert.equal(log.count + log.dropped, 1000);
  assert.ok(log.count <= 100);
});

test("tracebacks and stacks name their places", () => {
  assert.deepEqual(logLinks('  File "/home/a b/train.py", line 41, in <module>'), [{ from: 2, to: 36, file: "/home/a b/train.py", line: 41 }]);
  assert.deepEqual(logLinks("    at train (/x/train.js:12:7)").map(({ file, line }) => [file, line]), [["/x/train.js", 12]]);
  assert.deepEqual(logLinks("    at file:///x/train.mjs:3:1").map(({ file, line }) => [file, line]), [["/x/train.mjs", 3]]);
  assert.deepEqual(logLinks("src/data.py:7: UserWarning: x").map(({ file, line }) => [file, line]), [["src/data.py", 7]]);
  assert.deepEqual(logLinks("loss: 0.3 at 12:30, ratio 3:1"), []);
});
