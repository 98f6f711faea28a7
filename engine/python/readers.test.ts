import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { test } from "node:test";
import { runTracked } from "./tracked.fixture.ts";
import { testFolder, testPython } from "../../test/fixtures/python.ts";

const python = testPython();

/** What a script read and wrote: `path:line` of each, relative to its folder, in alphabetical order. */
async function used(script: string, files: Record<string, string> = {}): Promise<{ inputs: string[]; outputs: string[] }> {
  const folder = testFolder({ "script.py": script, ...files });
  try {
    const run = await runTracked(folder.path, [python, "script.py"]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(run.events.filter((event) => event["k"] === "note"), []);
    const names = (kind: string): string[] => run.events.filter((e) => e["k"] === kind).map((e) => `${relative(folder.path, String(e["path"]))}:${String(e["line"])}`).sort();
    for (const event of run.events) if (event["k"] === "input" || event["k"] === "output") assert.equal(event["file"], join(folder.path, "script.py"));
    return { inputs: names("input"), outputs: names("output") };
  } finally {
    folder.dispose();
  }
}

test("every module with a row is watched when it is imported", async () => {
  const script = "from _touchstone import imports, readers\nprint(sorted(set(imports.READERS) ^ set(readers.ROWS)))\n";
  const folder = testFolder({ "check.py": script });
  try {
    assert.equal((await runTracked(folder.path, [python, "check.py"])).stdout.trim(), "[]");
  } finally {
    folder.dispose();
  }
});

const csv = { "a.csv": "x,y\n1,2\n3,4\n" };

test("pandas: csv, json, pickle and Parquet", async () => {
  const lines = ["import pandas as pd", "t = pd.read_csv('a.csv')", "t.to_parquet('t.parquet')", "t.to_json('t.json')", "t.to_pickle('t.pkl')", "pd.read_parquet('in.parquet')"];
  const made = "import pandas as pd\npd.DataFrame({'x': [1]}).to_parquet('in.parquet')\n";
  assert.deepEqual(await used(["import subprocess, sys", "subprocess.run([sys.executable, '-I', 'make.py'])", ...lines].join("\n"), { ...csv, "make.py": made }), {
    inputs: ["a.csv:4", "in.parquet:8"],
    outputs: ["t.json:6", "t.parquet:5", "t.pkl:7"],
  });
});

test("pyarrow: Parquet, CSV, Feather, IPC, dataset", async () => {
  const script = [
    "import pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv as pc, pyarrow.feather as pf, pyarrow.dataset as ds, os, shutil",
    "t = pc.read_csv('a.csv')",
    "pq.write_table(t, 't.parquet')",
    "pf.write_feather(t, 't.feather')",
    "pc.write_csv(t, 't.csv')",
    "with pa.ipc.new_file('t.arrow', t.schema) as w: w.write_table(t)",
    "os.rename('t.parquet', 'in.parquet'); os.rename('t.feather', 'in.feather')",
    "pq.read_table('b/in.parquet')",
    "pq.ParquetFile('b/in2.parquet').read()",
    "pf.read_table('b/in.feather')",
    "ds.dataset('parts', format='parquet').to_table()",
  ];
  const make = "import pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf, os\nt = pa.table({'x': [1]})\nos.makedirs('b'); os.makedirs('parts')\nfor n in ('b/in.parquet', 'b/in2.parquet', 'parts/1.parquet'): pq.write_table(t, n)\npf.write_feather(t, 'b/in.feather')\n";
  const first = "import subprocess, sys; subprocess.run([sys.executable, '-I', 'make.py'], check=True)";
  assert.deepEqual(await used([first, ...script].join("\n"), { ...csv, "make.py": make }), {
    inputs: ["a.csv:3", "b/in.feather:11", "b/in.parquet:9", "b/in2.parquet:10", "parts:12"],
    outputs: ["in.feather:8", "in.parquet:8", "t.arrow:7", "t.csv:6", "t.feather:5", "t.parquet:4"],
  });
});

test("polars: read, scan, write, sink", async () => {
  const script = [
    "import polars as pl",
    "t = pl.read_csv('a.csv')",
    "t.write_parquet('t.parquet')",
    "t.write_ndjson('t.ndjson')",
    "pl.scan_csv('b.csv').sink_csv('c.csv')",
    "pl.scan_csv('many/*.csv').collect()",
  ];
  assert.deepEqual(await used(script.join("\n"), { ...csv, "b.csv": "x\n1\n", "many/1.csv": "x\n1\n", "many/2.csv": "x\n2\n" }), {
    inputs: ["a.csv:2", "b.csv:5", "many/1.csv:6", "many/2.csv:6"],
    outputs: ["c.csv:5", "t.ndjson:4", "t.parquet:3"],
  });
});

test("duckdb: SQL, readers, COPY, a database file", async () => {
  const script = [
    "import duckdb",
    "duckdb.sql(\"select * from 'a.csv'\").fetchall()",
    "con = duckdb.connect()",
    "con.execute(\"select count(*) from read_csv('b.csv') where 'no.csv' <> 'y'\").fetchall()",
    "con.execute(\"copy (select 1) to 'o.parquet' (format parquet)\")",
    "duckdb.read_csv('c.csv').write_parquet('p.parquet')",
    "con.read_csv('d.csv').fetchall()",
  ];
  assert.deepEqual(await used(script.join("\n"), { ...csv, "b.csv": "x\n1\n", "c.csv": "x\n1\n", "d.csv": "x\n1\n" }), {
    inputs: ["a.csv:2", "b.csv:4", "c.csv:6", "d.csv:7"],
    outputs: ["o.parquet:5", "p.parquet:6"],
  });
});

test("h5py, safetensors, numpy, sqlite, joblib", async () => {
  const script = [
    "import h5py, numpy as np, sqlite3, joblib",
    "from safetensors.numpy import save_file, load_file",
    "with h5py.File('o.h5', 'w') as f: f['x'] = [1]",
    "save_file({'w': np.zeros(2)}, 'm.safetensors')",
    "np.save('x.npy', np.zeros(3)); np.savez('y.npz', a=np.zeros(2))",
    "joblib.dump([1], 'm.joblib')",
    "sqlite3.connect('in.db').execute('select 1')",
    "np.load('in.npy'); np.loadtxt('in.txt')",
    "with h5py.File('in.h5') as f: f['x'][:]",
    "load_file('in.safetensors')",
  ];
  const make = "import h5py, numpy as np\nfrom safetensors.numpy import save_file\nwith h5py.File('in.h5', 'w') as f: f['x'] = [1]\nsave_file({'w': np.zeros(2)}, 'in.safetensors')\nnp.save('in.npy', np.zeros(2))\n";
  const first = "import subprocess, sys; subprocess.run([sys.executable, '-I', 'make.py'], check=True)";
  assert.deepEqual(await used([first, ...script].join("\n"), { "make.py": make, "in.txt": "1 2\n", "in.db": "" }), {
    inputs: ["in.db:8", "in.h5:10", "in.npy:9", "in.safetensors:11", "in.txt:9"],
    outputs: ["m.joblib:7", "m.safetensors:5", "o.h5:4", "x.npy:6", "y.npz:6"],
  });
});

test("torch's own writer and reader, by the shape of its module (the real one is no package of the tests)", async () => {
  const stub = "def save(obj, f, **more): pass\ndef load(f, **more): pass\n";
  const script = "import torch\ntorch.save({}, 'model.pt')\ntorch.load('weights.pt')\ntorch.save({}, f='b.pt')\n";
  const files = { "site-packages/torch/__init__.py": "from torch.serialization import save, load\n", "site-packages/torch/serialization.py": stub, "weights.pt": "x" };
  assert.deepEqual(await used(`import sys; sys.path.append('site-packages')\n${script}`, files), { inputs: ["weights.pt:4"], outputs: ["b.pt:5", "model.pt:3"] });
});
