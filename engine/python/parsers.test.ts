import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runTracked } from "./tracked.fixture.ts";
import { testFolder, testPython } from "../../test/fixtures/python.ts";

const python = testPython();

async function run(script: string, words: readonly string[]): Promise<{ params: string[]; stdout: string; events: readonly Readonly<Record<string, unknown>>[]; folder: string }> {
  const folder = testFolder({ "train.py": script });
  try {
    const tracked = await runTracked(folder.path, [python, "train.py", ...words]);
    assert.equal(tracked.code, 0, tracked.stderr);
    assert.equal(tracked.stderr, "");
    const params = tracked.events.filter((e) => e["k"] === "param").map((e) => `${String(e["key"])}=${String(e["value"])} ${String(e["source"])}`);
    return { params, stdout: tracked.stdout, events: tracked.events, folder: folder.path };
  } finally {
    folder.dispose();
  }
}

test("argparse: what was given and what was default, with subcommands, short and abbreviated flags", async () => {
  const script = [
    "import argparse",
    "p = argparse.ArgumentParser()",
    "p.add_argument('--learning-rate', '-l', type=float, default=0.1)",
    "p.add_argument('--epochs', type=int, default=3)",
    "p.add_argument('--amp', action='store_true')",
    "p.add_argument('--layers', type=int, nargs='*', default=[1, 2])",
    "p.add_argument('--api-key', default='none')",
    "p.add_argument('--out', type=argparse.FileType('w'), default=None)",
    "s = p.add_subparsers(dest='command')",
    "t = s.add_parser('fit')",
    "t.add_argument('data', nargs='?', default='a.csv')",
    "t.add_argument('--seed', default=0)",
    "t.set_defaults(run=print)",
    "a = p.parse_args()",
    "print(a.learning_rate, a.seed)",
  ].join("\n");
  const all = await run(script, ["--learn", "0.5", "--layers", "8", "9", "--api-key=hunter2", "fit", "--seed", "7"]);
  assert.equal(all.stdout, "0.5 7\n");
  assert.deepEqual(all.params.sort(), [
    "amp=False default",
    "api_key=*** argument",
    "command=fit argument",
    "data=a.csv default",
    "epochs=3 default",
    "layers=[8, 9] argument",
    "learning_rate=0.5 argument",
    "out=None default",
    "seed=7 argument",
  ]);
});

test("argparse in two passes says each setting once, and the last word counts", async () => {
  const script = "import argparse\np = argparse.ArgumentParser(add_help=False)\np.add_argument('--config', default='c')\nn, rest = p.parse_known_args()\nq = argparse.ArgumentParser(parents=[p])\nq.set_defaults(lr=0.3)\nq.add_argument('--lr', type=float)\nq.parse_args(rest, n)\n";
  const { params } = await run(script, ["--config", "d"]);
  assert.deepEqual(params, ["config=d argument", "lr=0.3 default"]);
});

test("a wrong argument ends the script as ever", async () => {
  const folder = testFolder({ "a.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float)\np.parse_args()\n" });
  try {
    const tracked = await runTracked(folder.path, [python, "a.py", "--lr", "x"]);
    assert.equal(tracked.code, 2);
    assert.match(tracked.stderr, /argument --lr: invalid float value: 'x'/);
  } finally {
    folder.dispose();
  }
});

test("click: commands of a group, defaults, hidden input", async () => {
  const script = [
    "import click",
    "@click.group()",
    "@click.option('--verbose/--quiet', default=False)",
    "def main(verbose): pass",
    "@main.command()",
    "@click.argument('data')",
    "@click.option('--lr', default=0.1)",
    "@click.option('--pin', default='1234', hide_input=True)",
    "def fit(data, lr, pin): print(data, lr, pin)",
    "main()",
  ].join("\n");
  const { params, stdout } = await run(script, ["fit", "d.csv", "--lr", "0.2"]);
  assert.equal(stdout, "d.csv 0.2 1234\n");
  assert.deepEqual(params.sort(), ["data=d.csv argument", "lr=0.2 argument", "pin=*** default", "verbose=False default"]);
});

test("typer: options with defaults", async () => {
  const script = "import typer\ndef main(data: str, lr: float = 0.1, hf_token: str = 'abc'):\n    print(lr)\ntyper.run(main)\n";
  const { params } = await run(script, ["d.csv", "--lr", "0.3"]);
  assert.deepEqual(params.sort(), ["data=d.csv argument", "hf_token=*** default", "lr=0.3 argument"]);
});

test("MLflow: the lines that log, once each; a tracking URI in code is said and left alone", async () => {
  const script = [
    "import mlflow",
    "mlflow.set_tracking_uri('file:./elsewhere')",
    "with mlflow.start_run():",
    "    for i in range(3):",
    "        mlflow.log_metric('loss', 1 / (i + 1), step=i)",
    "    mlflow.log_metrics({'a': 1, 'b': 2})",
    "    mlflow.log_params({'lr': 1})",
    "print(mlflow.get_tracking_uri())",
  ].join("\n");
  const folder = testFolder({ "train.py": script });
  try {
    const tracked = await runTracked(folder.path, [python, "train.py"], { more: { MLFLOW_ALLOW_FILE_STORE: "true" } });
    assert.equal(tracked.code, 0, tracked.stderr);
    const sites = tracked.events.filter((e) => e["k"] === "site");
    assert.deepEqual(
      sites.map((e) => [e["what"], e["key"], e["line"]]),
      [
        ["metric", "loss", 5],
        ["metric", "a", 6],
        ["metric", "b", 6],
        ["param", "lr", 7],
      ],
    );
    assert.equal(sites[0]?.["file"], join(folder.path, "train.py"));
    const notes = tracked.events.filter((e) => e["k"] === "note").map((e) => e["text"]);
    assert.deepEqual(notes, ["train.py:2 sets the MLflow tracking URI to file:./elsewhere: what is logged with MLflow goes there, not here."]);
    assert.match(tracked.stdout, /elsewhere/);
  } finally {
    folder.dispose();
  }
});
