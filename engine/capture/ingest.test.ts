import assert from "node:assert/strict";
import { test } from "node:test";
import { ingest } from "./ingest.ts";

const folder = "/w/my project";
const one = (event: Record<string, unknown>): ReturnType<typeof ingest> => ingest([JSON.stringify({ t: 5, ...event })], folder);

test("each kind of event becomes its effect", () => {
  assert.deepEqual(one({ k: "metric", key: "loss", value: 0.2, step: 3, file: "/w/my project/train.py", line: 41 }).metrics, [{ key: "loss", value: 0.2, step: 3, time: 5, origin: "script", file: "train.py", line: 41 }]);
  assert.deepEqual(["NaN", "Infinity", "-Infinity"].map((value) => one({ k: "metric", key: "l", value, step: null }).metrics[0]?.value), [Number.NaN, Infinity, -Infinity]);
  assert.deepEqual(one({ k: "param", key: "lr", value: "1", source: "default" }).params, [{ key: "lr", value: "1", source: "default" }]);
  assert.deepEqual(one({ k: "param", key: "api_key", value: "abc", source: "argument" }).params[0]?.value, "***");
  assert.deepEqual(one({ k: "input", path: "/w/my project/a.csv", file: "/else/x.py", line: 2 }).files, [{ direction: "input", path: "/w/my project/a.csv", time: 5, file: "/else/x.py", line: 2 }]);
  assert.deepEqual(one({ k: "site", what: "metric", key: "a", file: "train.py", line: 1 }).sites, [{ key: "a", file: "train.py", line: 1 }]);
  assert.deepEqual(one({ k: "progress", step: 3, total: 10 }).progress, "3/10");
  assert.deepEqual(one({ k: "alert", title: "done", text: "" }).alerts, [{ title: "done", text: "" }]);
  assert.deepEqual(one({ k: "env", python: "3.11.7", executable: "/usr/bin/python3" }).executable, "/usr/bin/python3");
});

test("the script's own exception wins over a thread's, in any order", () => {
  const thread = JSON.stringify({ k: "exception", type: "A", message: "", traceback: "", main: false });
  const main = JSON.stringify({ k: "exception", type: "B", message: "", traceback: "", main: true, file: "/w/my project/a.py", line: 2 });
  assert.equal(ingest([thread, main], folder).exception?.type, "B");
  assert.equal(ingest([main, thread], folder).exception?.type, "B");
  const rank = (number: number, attempt: number) => JSON.stringify({ k: "exception", type: `${number}/${attempt}`, message: "", traceback: "", main: number === 0, rank: number, attempt });
  assert.equal(ingest([thread, rank(1, 0), rank(0, 0), thread], folder).exception?.type, "1/0", "the first rank is the cause, whichever it is");
  assert.equal(ingest([rank(1, 0), rank(0, 0), rank(0, 1), rank(1, 1)], folder).exception?.type, "0/1", "of the last attempt");
  assert.deepEqual(ingest([main], folder).exception?.site, { file: "a.py", line: 2 });
});

test("garbage costs its own line only, and is said; a blank line is none", () => {
  assert.deepEqual(ingest(["", " "], folder).notes, []);
  const lines = ["", "{", "[1]", "null", "7", '{"k":"metric"}', '{"k":"metric","key":"a","value":"x"}', '{"k":"metric","key":"a","value":1,"step":1.5}', '{"k":"metric","key":"a","value":1e999,"step":1e300}', '{"k":"input","path":"relative"}', '{"k":"nonsense"}', '{"k":"param","key":"a","value":{},"source":"script"}', '{"k":"metric","key":"ok","value":1,"step":0,"t":-3}', "\u0000\uFFFD"];
  const said = ingest(lines, folder);
  assert.deepEqual(said.metrics.map((metric) => metric.key), ["ok"]);
  assert.ok((said.metrics[0]?.time ?? 0) > 0);
  assert.deepEqual(said.notes, ["12 lines of what the script recorded could not be read."]);
});

test("a time or a step that no store can hold costs nothing else: the time is now, the point is left out", () => {
  const before = Date.now();
  for (const t of ["1e300", "9007199254740992", "8640000000000001", "-1", "-1e300", "1e999", '"x"', "null"]) {
    const said = ingest([`{"k":"metric","key":"a","value":1,"step":0,"t":${t}}`, `{"k":"exception","type":"A","message":"","traceback":"","t":${t}}`], folder);
    for (const time of [said.metrics[0]?.time, said.exception?.time]) assert.ok(time !== undefined && time >= before && time <= Date.now(), `${t}: ${time}`);
  }
  for (const step of ["1e300", "-1e300", "9007199254740992", "0.5", '"1"', "1e999"]) assert.deepEqual(ingest([`{"k":"metric","key":"a","value":1,"step":${step}}`], folder).metrics, [], step);
  assert.equal(one({ k: "metric", key: "a", value: 1, step: -1 }).metrics[0]?.step, -1);
});

test("random bytes never throw", () => {
  let seed = 7;
  const next = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
  const words = ['"k":"metric"', '"key":"a"', '"value":1', '"t":1', "{", "}", ",", '"k":"exception"', '"file":1', '"line":"x"', "\\u", "1e999", '"step":null'];
  for (let round = 0; round < 2000; round++) {
    const line = Array.from({ length: next() % 9 }, () => words[next() % words.length]).join(next() % 2 ? "," : "");
    assert.doesNotThrow(() => ingest([line, `{${line}}`], folder));
  }
});
