import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { launchChanged, launchStart, type LaunchRequest, type LaunchState } from "../api/launches.ts";
import { TestEngines, until } from "../life/engines.fixture.ts";
import { testPython } from "../../test/fixtures/python.ts";
import { openStore, type Store } from "../store/store.ts";
import { rebuildFile } from "./rebuild.ts";

const engines = new TestEngines();
after(() => engines.dispose());

const sha = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Runs a command to its stored end and gives the store to read. */
async function launched(name: string, files: Readonly<Record<string, string>>, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ folder: string; store: Store; state: LaunchState }> {
  const folder = engines.folder(name);
  put(folder, files);
  const engine = engines.connect(folder);
  let ended: LaunchState | null = null;
  engine.on(launchChanged, (state) => {
    if (state.end !== null) ended = state;
  });
  const request: LaunchRequest = { command, cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env }, from: "cli" };
  await engine.request(launchStart, request);
  await until(() => ended !== null, 30_000);
  return { folder, store: await openStore({ folder, readOnly: true }), state: ended ?? assert.fail() };
}

test("an unchanged script: arguments, defaults, configuration, code, environment, files, exception", async () => {
  const script = [
    "import argparse, touchstone",
    "p = argparse.ArgumentParser()",
    "p.add_argument('--lr', type=float, default=.1)",
    "p.add_argument('--depth', type=int, default=6)",
    "p.add_argument('--config')",
    "a = p.parse_args()",
    "text = open('data/in.csv').read()",
    "open('predictions.csv', 'w').write(text * 2)",
    "touchstone.log({'loss': .25}, step=3)",
    "touchstone.artifact('predictions.csv')",
    "raise ValueError('no more data')",
  ].join("\n");
  const files = { "train.py": script, "data/in.csv": "a,b\n", "conf.yaml": "model:\n  layers: 3\n" };
  const { folder, store, state } = await launched("whole", files, [testPython(), "train.py", "--lr", "0.5", "--config", "conf.yaml"]);
  try {
    assert.deepEqual([state.status, state.exitCode], ["failed", 1]);
    const launch = (): NonNullable<ReturnType<typeof store.read.launches.byId>> => store.read.launches.byId(state.launchId) ?? assert.fail();
    const outputs = (): ReturnType<typeof store.read.launches.files> => store.read.launches.files(launch().launchKey, "output");
    await until(() => outputs()[0]?.digest != null && launch().packages.length > 0 && launch().code !== null);

    assert.deepEqual(outputs(), [{ path: "predictions.csv", bytes: 8, digest: sha("a,b\na,b\n"), site: { file: "train.py", line: 8 }, model: null }]);
    const inputs = store.read.launches.files(launch().launchKey, "input").filter((file) => file.path.startsWith("data/"));
    assert.deepEqual(inputs, [{ path: "data/in.csv", bytes: 4, digest: sha("a,b\n"), site: { file: "train.py", line: 7 }, model: null }]);

    const run = store.read.runs.byId(state.runId) ?? assert.fail();
    const params = store.read.runs.params(run.runKey).map(({ key, value, source }) => `${key}=${value} ${source}`).sort();
    assert.deepEqual(params, ["config=conf.yaml argument", "depth=6 default", "lr=0.5 argument", "model.layers=3 config"]);
    const words = store.read.runs.words(run.runKey);
    const exception: { type: string; message: string; site: unknown } = JSON.parse(words.exception ?? "null");
    assert.deepEqual([exception.type, exception.message, exception.site], ["ValueError", "no more data", { file: "train.py", line: 11 }]);
    assert.equal(run.error, "ValueError: no more data");

    assert.equal(launch().code?.kind, "files");
    const read = async (digest: string): Promise<Uint8Array> => readFileSync(join(folder, ".touchstone", "artifacts", "blobs", digest.slice(7, 9), digest.slice(7)));
    const code = { state: launch().code ?? assert.fail(), blobs: store.read.launches.blobs(launch().launchKey), read };
    writeFileSync(join(folder, "train.py"), "changed");
    assert.equal(Buffer.from((await rebuildFile(folder, code, "train.py")) ?? []).toString(), script);
    assert.match(launch().interpreter ?? "", /python.* \(Python 3\.\d+\.\d+\)$/);
    assert.ok(Number(launch().host["cores"]) > 0);
    assert.deepEqual(store.read.artifacts.under(`run:${state.runId}`, "").map((row) => row.path).sort(), ["config/conf.yaml", "predictions.csv"]);
  } finally {
    await store.close();
  }
});

test("planted secrets are found nowhere in what was written", async () => {
  const planted = ["plantArgument1", "plantEnvironment2", "plantConfig3", "plantDotenv4", "plantDefault5", "plantKeyfile6", "plantUrl7", "plantHidden8", "plantIgnored9", "plantPass10", "plantMail11", "plantWord12"];
  const [argument, environment, config, dotenv, byDefault, keyfile, url, hidden, ignored, pass, mail, word] = planted;
  const files = {
    ".gitignore": "private/\n",
    "private/x.py": `KEY = "${ignored}"\n`,
    ".env": `TOKEN=${dotenv}\n`,
    "server.pem": `${keyfile}\n`,
    "conf.yaml": `db:\n  password: ${config}\nlr: 1\n`,
    "train.py": [
      "import argparse, os, touchstone",
      "p = argparse.ArgumentParser()",
      "p.add_argument('--api-key')",
      "p.add_argument('--config')",
      "p.add_argument('--db')",
      "p.add_argument('--pass', dest='word')",
      "p.add_argument('--auth-token', default=os.environ['DEFAULT_SECRET'])",
      "a = p.parse_args()",
      "open('.env').read(); open('server.pem').read(); open('private/x.py').read()",
      "touchstone.params({'password': os.environ['PLANT_SECRET_8']})",
      "touchstone.tags(hf_token=os.environ['PLANT_SECRET_8'])",
      "touchstone.log({'loss': 1})",
    ].join("\n"),
  };
  const command = [testPython(), "train.py", "--api-key", argument ?? "", "--config", "conf.yaml", "--db", `postgres://me:${url}@host/db`, "--pass", word ?? ""];
  const { folder, store, state } = await launched("secrets", files, command, { MY_API_TOKEN: environment ?? "", DEFAULT_SECRET: byDefault ?? "", PLANT_SECRET_8: hidden ?? "", DB_PASS: pass ?? "", SMTP_PASS: mail ?? "" });
  try {
    assert.equal(state.status, "finished");
    await until(() => store.read.launches.byId(state.launchId)?.code != null && (store.read.launches.byId(state.launchId)?.packages.length ?? 0) > 0);
    const environmentKept = store.read.launches.byId(state.launchId)?.environment ?? {};
    assert.equal(environmentKept["MY_API_TOKEN"], "***");
    const found: string[] = [];
    for (const entry of readdirSync(join(folder, ".touchstone"), { recursive: true, encoding: "utf8" })) {
      const path = join(folder, ".touchstone", entry);
      if (!statSync(path).isFile()) continue;
      const content = readFileSync(path, "latin1");
      for (const secret of planted) if (content.includes(secret)) found.push(`${secret} in ${entry}`);
    }
    assert.deepEqual(found, []);
  } finally {
    await store.close();
  }
});

test("a Node program: arguments, files, metrics and the line that threw", async () => {
  const script = "const fs = require('fs');\nconst touchstone = require('touchstone');\nfs.writeFileSync('out.csv', fs.readFileSync('in.csv'));\ntouchstone.log({ loss: 0.5 }, 1);\nthrow new RangeError('too far');\n";
  const { store, state } = await launched("node program", { "train.cjs": script, "in.csv": "1\n" }, [process.execPath, "train.cjs", "--lr", "0.1"]);
  try {
    assert.deepEqual([state.status, state.exitCode], ["failed", 1]);
    const { launchKey, interpreter } = store.read.launches.byId(state.launchId) ?? assert.fail();
    assert.match(interpreter ?? "", /\(Node \d+\.\d+\.\d+\)$/);
    const run = store.read.runs.byId(state.runId) ?? assert.fail();
    assert.deepEqual(store.read.runs.params(run.runKey).map(({ key, value }) => [key, value]), [["lr", "0.1"]]);
    assert.deepEqual(store.read.launches.files(launchKey, "output").map((file) => [file.path, file.site?.line]), [["out.csv", 3]]);
    assert.deepEqual(store.read.launches.sites(launchKey).get("loss"), { file: "train.cjs", line: 4 });
    assert.equal(run.error, "RangeError: too far");
  } finally {
    await store.close();
  }
});
