import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testPython } from "../../test/fixtures/python.ts";
import { withImports } from "../importers/importers.fixture.ts";
import { ownFolder } from "../importers/records.fixture.ts";
import { storeRuns } from "../runs/runs.fixture.ts";
import { exportRuns } from "./exporters.ts";

const DIGEST = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

/** Every table as CSV has it: a missing cell is empty, an empty text is `""`. */
const csv: Readonly<Record<string, readonly string[]>> = {
  runs: [
    "run_id,experiment_id,experiment,name,status,start,end,user,parent,note,deleted",
    'one,1,train.py,"say ""hi"",\nλ",finished,1000,2000,ada,,"a, b",',
    'two,1,train.py,"",running,1001,,,one,,DELETED',
  ],
  params: ["run_id,key,value", 'one,empty,""', "one,lr,0.1"],
  tags: ["run_id,key,value", 'one,quoted,"""\r\n"', "two,stage,final"],
  metrics: ["run_id,key,step,time,value", "one,loss,0,1500,NaN", "one,loss,1,1501,-Infinity", "one,loss,2,1502,0.1"],
  datasets: ["run_id,name,digest,source_type,source,schema,profile", 'one,train,d1,local,{},,"{""n"":3}"'],
  artifacts: ["run_id,path,bytes,digest", `one,a/x.txt,1,${DIGEST}`],
};

test("tables hold what the store has, cell by cell, in CSV, JSON lines and Parquet alike", () =>
  withImports(async ({ store, artifacts }) => {
    await storeRuns(store, [{ id: "one", params: { lr: "0.1", empty: "" }, tags: { quoted: '"\r\n' } }]);
    await store.write("run.create", { runId: "two", experimentId: "1", parentRunId: "one", name: "", named: false, user: null, start: 1_001, tags: [{ key: "stage", value: "final" }] });
    await store.write("run.logBatch", { runId: "one", params: [], tags: [], metrics: [Number.NaN, Number.NEGATIVE_INFINITY, 0.1].map((value, step) => ({ key: "loss", value, step, time: 1_500 + step })) });
    await store.write("run.logInputs", { runId: "one", datasets: [{ name: "train", digest: "d1", sourceType: "local", source: "{}", schema: null, profile: '{"n":3}', tags: [] }], models: [] });
    await artifacts.put({ kind: "run", id: "one" }, "a/x.txt", Buffer.from("x"));
    await store.write("run.update", { runIds: ["one"], name: 'say "hi",\nλ', nameFrom: "person", note: "a, b", status: "finished", end: 2_000 });
    await store.write("run.update", { runIds: ["two"], deleted: true });
    const { deleted } = store.read.runs.byId("two") ?? assert.fail();
    const folder = ownFolder();
    for (const format of ["csv", "jsonl", "parquet"] as const) {
      const path = join(folder, format);
      await exportRuns(["one", "two"], format, path, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });
      assert.deepEqual(readdirSync(path).sort(), Object.keys(csv).sort().map((name) => `${name}.${format}`));
    }
    for (const [name, lines] of Object.entries(csv)) assert.equal(readFileSync(join(folder, "csv", `${name}.csv`), "utf8"), lines.map((line) => `${line.replace("DELETED", String(deleted))}\r\n`).join(""), name);
    const program = `import csv, io, json, math, sys
import pyarrow.parquet as pq
d = sys.argv[1]
text = lambda v: None if v is None else repr(float(v)) if isinstance(v, float) or v in ("NaN", "Infinity", "-Infinity") else str(v)
for name in sys.argv[2:]:
    lines = list(csv.reader(io.open(d + f"/csv/{name}.csv", encoding="utf-8", newline="")))
    rows = [[text(v) for v in json.loads(line).values()] for line in open(d + f"/jsonl/{name}.jsonl", encoding="utf-8")]
    assert [list(json.loads(line)) for line in open(d + f"/jsonl/{name}.jsonl", encoding="utf-8")] == [lines[0]] * (len(lines) - 1), name
    parquet = pq.read_table(d + f"/parquet/{name}.parquet")
    assert parquet.column_names == lines[0], name
    assert [[text(v) for v in row.values()] for row in parquet.to_pylist()] == rows, name
    assert [["" if v is None else v for v in row] for row in rows] == [[text(v) if v in ("NaN", "-Infinity") else v for v in line] for line in lines[1:]], (name, rows)
    print(name, sum(v is None for row in rows for v in row))`;
    const missing = execFileSync(testPython(), ["-c", program, folder, ...Object.keys(csv)]).toString().trim().split("\n");
    assert.deepEqual(missing, ["runs 5", "params 0", "tags 0", "metrics 0", "datasets 1", "artifacts 0"]);
  }));
