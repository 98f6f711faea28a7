import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchGet, launchStart } from "../api/launches.ts";
import { runsGet } from "../api/runs.ts";
import { TestEngines } from "../life/engines.fixture.ts";
import { preparePython } from "../../test/run/python.ts";

/** Real libraries whose readers and writers are native code: what a script does with them stands in its run, with size and digest. */
const engines = new TestEngines();
const folder = engines.folder();
const engine = engines.connect(folder);
after(() => engines.dispose());

interface Case {
  readonly library: string;
  /** Makes what the script reads, untracked. */
  readonly make: string;
  readonly script: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const cases: readonly Case[] = [
  {
    library: "xgboost",
    make: "import numpy as np, xgboost as xgb\nd = xgb.DMatrix(np.arange(20.).reshape(10, 2), np.arange(10.))\nb = xgb.train({}, d, 2)\nb.save_model('xgb-in.json')\n",
    script: "import numpy as np, xgboost as xgb\nb = xgb.Booster()\nb.load_model('xgb-in.json')\nb.save_model('xgb-out.ubj')\nm = xgb.XGBRegressor(n_estimators=2).fit(np.arange(20.).reshape(10, 2), np.arange(10.))\nm.save_model('xgb-sk.json')\n",
    inputs: ["xgb-in.json"],
    outputs: ["xgb-out.ubj", "xgb-sk.json"],
  },
  {
    library: "lightgbm",
    make: "import numpy as np, lightgbm as lgb\nx = np.arange(200.).reshape(100, 2)\nlgb.train({'verbose': -1}, lgb.Dataset(x, x[:, 0]), 2).save_model('lgb-in.txt')\nnp.savetxt('lgb-data.csv', np.c_[x[:, 0], x], delimiter=',')\n",
    script: "import lightgbm as lgb\nb = lgb.Booster(model_file='lgb-in.txt')\nb.save_model('lgb-out.txt')\nlgb.Dataset('lgb-data.csv', params={'verbose': -1}).construct()\n",
    inputs: ["lgb-data.csv", "lgb-in.txt"],
    outputs: ["lgb-out.txt"],
  },
  {
    library: "soundfile",
    make: "import numpy as np, soundfile as sf\nsf.write('in.wav', np.zeros(800), 8000)\n",
    script: "import soundfile as sf\nx, rate = sf.read('in.wav')\nsf.write('out.flac', x, rate)\n",
    inputs: ["in.wav"],
    outputs: ["out.flac"],
  },
  {
    library: "tables",
    make: "import tables\nwith tables.open_file('pt-in.h5', 'w') as f: f.create_array('/', 'a', [1, 2, 3])\n",
    script: "import tables\nwith tables.open_file('pt-in.h5') as f: a = f.root.a[:]\nwith tables.open_file('pt-out.h5', mode='w') as f: f.create_array('/', 'a', a)\n",
    inputs: ["pt-in.h5"],
    outputs: ["pt-out.h5"],
  },
  {
    library: "h5py",
    make: "import h5py\nwith h5py.File('h5-in.h5', 'w') as f: f['x'] = [1, 2]\n",
    script: "import h5py\nwith h5py.File('h5-in.h5') as f: x = f['x'][:]\nwith h5py.File('h5-out.h5', 'w') as f: f['x'] = x\n",
    inputs: ["h5-in.h5"],
    outputs: ["h5-out.h5"],
  },
  {
    library: "safetensors",
    make: "import numpy as np\nfrom safetensors.numpy import save_file\nsave_file({'w': np.ones(4)}, 'in.safetensors')\n",
    script: "from safetensors.numpy import load_file, save_file\nsave_file(load_file('in.safetensors'), 'out.safetensors')\n",
    inputs: ["in.safetensors"],
    outputs: ["out.safetensors"],
  },
  {
    library: "pandas",
    make: "import pandas as pd\npd.DataFrame({'x': [1, 2]}).to_parquet('pd-in.parquet')\n",
    script: "import pandas as pd\npd.read_parquet('pd-in.parquet').to_parquet('pd-out.parquet')\n",
    inputs: ["pd-in.parquet"],
    outputs: ["pd-out.parquet"],
  },
  {
    library: "polars",
    make: "import polars as pl\npl.DataFrame({'x': [1, 2]}).write_parquet('pl-in.parquet')\n",
    script: "import polars as pl\npl.scan_parquet('pl-in.parquet').sink_csv('pl-out.csv')\n",
    inputs: ["pl-in.parquet"],
    outputs: ["pl-out.csv"],
  },
  {
    library: "duckdb",
    make: "open('dk-in.csv', 'w').write('x\\n1\\n2\\n')\n",
    script: "import duckdb\nduckdb.sql(\"copy (select sum(x) s from 'dk-in.csv') to 'dk-out.parquet' (format parquet)\")\n",
    inputs: ["dk-in.csv"],
    outputs: ["dk-out.parquet"],
  },
];

for (const { library, make, script, inputs, outputs } of cases) {
  test(`${library}: what it reads and writes is an input and an output of the run, with size and digest`, { timeout: 180_000 }, async () => {
    const python = await preparePython();
    execFileSync(python, ["-I", "-c", make], { cwd: folder, stdio: "pipe" });
    writeFileSync(join(folder, `${library}_script.py`), script);
    const { PATH, HOME } = process.env;
    const { launchId, runId } = await engine.request(launchStart, { command: [python, `${library}_script.py`], cwd: folder, env: { PATH: PATH ?? "", HOME: HOME ?? "" }, from: "cli" });
    let launch = await engine.request(launchGet, { launchId });
    while (launch.end === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      launch = await engine.request(launchGet, { launchId });
    }
    assert.equal(launch.status, "finished", readFileSync(join(folder, ".touchstone", "launches", launchId, "log"), "utf8"));
    const detail = await engine.request(runsGet, { runId });
    const measured = (path: string) => ({ path, bytes: statSync(join(folder, path)).size, digest: `sha256:${createHash("sha256").update(readFileSync(join(folder, path))).digest("hex")}` });
    const found = (files: typeof detail.inputs) => files.map(({ path, bytes, digest }) => ({ path, bytes, digest })).sort((a, b) => (a.path < b.path ? -1 : 1));
    assert.deepEqual({ inputs: found(detail.inputs), outputs: found(detail.outputs) }, { inputs: inputs.map(measured), outputs: outputs.map(measured) });
  });
}
