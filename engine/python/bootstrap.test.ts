import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bootstrap, runTracked, type Tracked } from "./tracked.fixture.ts";
import { testFolder, testPython } from "../../test/fixtures/python.ts";

const python = testPython();

async function track(files: Record<string, string>, words: readonly string[], more: Record<string, string> = {}): Promise<Tracked & { folder: string }> {
  const folder = testFolder(files);
  try {
    return { ...(await runTracked(folder.path, [python, ...words], { more })), folder: folder.path };
  } finally {
    folder.dispose();
  }
}

const of = (run: Tracked, kind: string) => run.events.filter((event) => event["k"] === kind);

test("files read and written under the folder are named once, with the line that opened them", async () => {
  const script = [
    "import os",
    "for _ in range(3):",
    "    text = open('data/in.csv').read()",
    "with open('out.csv', 'w') as file:",
    "    file.write(text)",
    "open('new.tmp', 'w').close()",
    "os.replace('new.tmp', 'model.bin')",
    "open('.env').read()",
  ].join("\n");
  const run = await track({ "train.py": script, "data/in.csv": "1", ".env": "SECRET=1" }, ["train.py"]);
  assert.equal(run.stderr, "");
  const at = (name: string) => join(run.folder, name);
  assert.deepEqual(
    of(run, "input").map((e) => [e["path"], e["file"], e["line"]]),
    [[at("data/in.csv"), at("train.py"), 3]],
  );
  assert.deepEqual(
    of(run, "output").map((e) => [e["path"], e["line"]]),
    [
      [at("out.csv"), 4],
      [at("new.tmp"), 6],
      [at("model.bin"), 7],
    ],
  );
});

test("a directory of many files stands for itself", async () => {
  const script = "import os\nos.mkdir('images')\nfor i in range(300):\n    open(f'images/{i}.png', 'wb').close()\n";
  const run = await track({ "make.py": script }, ["make.py"]);
  assert.equal(of(run, "output").length, 101);
  assert.equal(of(run, "output").at(-1)?.["path"], join(run.folder, "images"));
});

test("an uncaught exception has its type, message, line in the person's code and traceback", async () => {
  const files = { "train.py": "import json, helper\nhelper.load('{')\n", "helper.py": "import json\n\ndef load(text):\n    return json.loads(text)\n" };
  const run = await track(files, ["train.py"]);
  assert.equal(run.code, 1);
  const [error] = of(run, "exception");
  assert.equal(error?.["type"], "json.decoder.JSONDecodeError");
  assert.deepEqual([error?.["file"], error?.["line"]], [join(run.folder, "helper.py"), 4]);
  assert.match(String(error?.["traceback"]), /^Traceback[\s\S]*helper\.load\('\{'\)[\s\S]*JSONDecodeError/);
  assert.match(run.stderr, /JSONDecodeError/, "the person still sees it");
});

test("the script's own excepthook still runs, and a thread's exception is seen; an interrupt and an exit are no errors", async () => {
  const own = await track({ "a.py": "import sys\nsys.excepthook = lambda *a: print('mine')\n1/0\n" }, ["a.py"]);
  assert.equal(own.stdout, "mine\n");
  assert.equal(of(own, "exception")[0]?.["type"], "ZeroDivisionError");
  const thread = await track({ "a.py": "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start()\nt.join()\n" }, ["a.py"]);
  assert.deepEqual([of(thread, "exception")[0]?.["type"], of(thread, "exception")[0]?.["line"]], ["ZeroDivisionError", 2]);
  const quiet = await track({ "a.py": "import sys\nsys.exit(3)\n" }, ["a.py"]);
  assert.deepEqual([quiet.code, of(quiet, "exception").length], [3, 0]);
  const interrupted = await track({ "a.py": "raise KeyboardInterrupt\n" }, ["a.py"]);
  assert.equal(of(interrupted, "exception").length, 0);
});

test("of a distributed job an exception says its rank; where a signal ended a rank, torchrun's error says which", async () => {
  const ranked = await track({ "a.py": "raise ValueError('bad')\n" }, ["a.py"], { RANK: "1", WORLD_SIZE: "2", TORCHELASTIC_RESTART_COUNT: "2" });
  assert.deepEqual(of(ranked, "exception").map((e) => [e["type"], e["rank"], e["attempt"], e["main"]]), [["ValueError", 1, 2, false]]);
  const failure = (code: number, name: string) => `type('F', (), {'exitcode': ${code}, 'signal_name': lambda self: '${name}'})()`;
  const launcher = (failures: string) => `class ChildFailedError(Exception):\n    failures = {${failures}}\nraise ChildFailedError('\\n====')\n`;
  const killed = await track({ "a.py": launcher(`0: ${failure(-15, "SIGTERM")}, 1: ${failure(-9, "SIGKILL")}`) }, ["a.py"]);
  assert.deepEqual(of(killed, "exception").map((e) => [e["type"], e["rank"], e["message"]]), [["ChildFailedError", 1, "ended by SIGKILL"]]);
  const raised = await track({ "a.py": launcher(`0: ${failure(-15, "SIGTERM")}, 1: ${failure(1, "<N/A>")}`) }, ["a.py"]);
  assert.deepEqual(of(raised, "exception").map((e) => [e["rank"], e["message"]]), [[undefined, "\n===="]]);
});

test("a launcher in the folder's own environment is not the script; what it starts is", { skip: process.platform === "win32" && "environments are laid out otherwise there" }, async () => {
  const tool = "import argparse, subprocess, sys\np = argparse.ArgumentParser(); p.add_argument('--nproc'); p.parse_args(['--nproc', '2'])\nsubprocess.run([sys.executable, 'train.py', '--lr', '0.5'], check=True)\n";
  const script = "import argparse\np = argparse.ArgumentParser(); p.add_argument('--lr'); p.parse_args()\n";
  const folder = testFolder({ "train.py": script, ".venv/pyvenv.cfg": "", ".venv/bin/tool": tool });
  try {
    symlinkSync(python, join(folder.path, ".venv/bin/python"));
    const run = await runTracked(folder.path, [join(folder.path, ".venv/bin/python"), join(folder.path, ".venv/bin/tool")]);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(of(run, "param").map(({ key, value }) => [key, value]), [["lr", "0.5"]]);
  } finally {
    folder.dispose();
  }
});

test("only the process that the person started records arguments; its children still record files", async () => {
  const files = {
    "main.py": "import argparse, subprocess, sys\np = argparse.ArgumentParser()\np.add_argument('--lr')\nsubprocess.run([sys.executable, 'child.py', '--lr', '9'], check=True)\np.parse_args()\n",
    "child.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr')\np.parse_args()\nopen('child.csv', 'w').close()\n",
  };
  const run = await track(files, ["main.py", "--lr", "1"]);
  assert.equal(run.stderr, "");
  assert.deepEqual(of(run, "param").map((e) => e["value"]), ["1"]);
  assert.deepEqual(of(run, "output").map((e) => e["path"]), [join(run.folder, "child.csv")]);
  assert.equal(of(run, "env").length, 1);
});

test("fork and multiprocessing write whole lines side by side", async () => {
  const script = [
    "import multiprocessing, touchstone",
    "def work(n):",
    "    for i in range(200):",
    "        touchstone.log({f'loss_{n}': i}, step=i)",
    "if __name__ == '__main__':",
    "    for method in {'fork', 'spawn'} & set(multiprocessing.get_all_start_methods()):",
    "        context = multiprocessing.get_context(method)",
    "        workers = [context.Process(target=work, args=(method + str(n),)) for n in range(3)]",
    "        [w.start() for w in workers], [w.join() for w in workers]",
  ].join("\n");
  const run = await track({ "train.py": script }, ["train.py"]);
  assert.equal(run.stderr, "");
  const methods = process.platform === "win32" ? ["spawn"] : ["fork", "spawn"];
  assert.equal(of(run, "metric").length, methods.length * 3 * 200);
  for (const key of methods.map((method) => `loss_${method}2`)) {
    assert.deepEqual(of(run, "metric").filter((e) => e["key"] === key).map((e) => e["step"]), Array.from({ length: 200 }, (_, i) => i));
  }
});

test("the person's own sitecustomize, audit hooks and `touchstone` module keep working", async () => {
  const folder = testFolder({
    "own/sitecustomize.py": "import builtins\nbuiltins.MINE = 1\n",
    "train.py": "import sys, sitecustomize, touchstone\nsys.addaudithook(lambda event, args: None)\nprint(MINE, sitecustomize.__file__, touchstone.__file__)\nopen('a.csv', 'w')\n",
    "touchstone.py": "",
  });
  try {
    const more = { PYTHONPATH: [bootstrap, join(folder.path, "own")].join(process.platform === "win32" ? ";" : ":") };
    const run = await runTracked(folder.path, [python, "train.py"], { more });
    assert.equal(run.stderr, "");
    assert.equal(run.stdout.trim(), `1 ${join(folder.path, "own/sitecustomize.py")} ${join(folder.path, "touchstone.py")}`);
    assert.equal(of(run, "output").length, 1);
  } finally {
    folder.dispose();
  }
});

test("-m, -c, -I, -S and an untracked process run as ever", async () => {
  const files = { "pkg/__init__.py": "", "pkg/train.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', default=1)\nprint(p.parse_args().lr)\n" };
  const module = await track(files, ["-m", "pkg.train", "--lr", "2"]);
  assert.equal(module.stdout, "2\n");
  assert.deepEqual(of(module, "param").map((e) => [e["key"], e["value"], e["source"]]), [["lr", "2", "argument"]]);
  const words = await track({}, ["-c", "open('x.csv', 'w').write('1'); print(5)"]);
  assert.equal(words.stdout, "5\n");
  assert.equal(of(words, "output").length, 1);
  for (const flag of ["-I", "-S"]) {
    const run = await track({ "a.py": "print(6)" }, [flag, "a.py"]);
    assert.deepEqual([run.stdout, run.stderr, run.events.length], ["6\n", "", 0]);
  }
  const outside = await track({ "a.py": "import touchstone, sys\ntouchstone.log({'a': 1})\nprint('_touchstone' in sys.modules)" }, ["a.py"], { TOUCHSTONE_EVENTS: "" });
  assert.deepEqual([outside.stdout, outside.stderr, outside.events.length], ["False\n", "", 0]);
});

test("a script that closes every descriptor and opens a file of its own never finds our events in it", async () => {
  const script = "import os, touchstone\ntouchstone.log({'a': 1})\nos.closerange(3, 256)\nfiles = [open(f'{i}.txt', 'w') for i in range(20)]\ntouchstone.log({'a': 2})\n[f.close() for f in files]\n";
  const folder = testFolder({ "a.py": script });
  try {
    const run = await runTracked(folder.path, [python, "a.py"]);
    assert.deepEqual(of(run, "metric").map((e) => e["value"]), [1, 2]);
    for (let i = 0; i < 20; i++) assert.equal(readFileSync(join(folder.path, `${i}.txt`), "utf8"), "");
  } finally {
    folder.dispose();
  }
});

test("where the events cannot be written, the script runs on and says it once", async () => {
  const folder = testFolder({ "a.py": "import touchstone\nfor i in range(3): touchstone.log({'a': i})\nprint('done')\n" });
  try {
    mkdirSync(join(folder.path, "events.jsonl"));
    const run = await runTracked(folder.path, [python, "a.py"], { more: { TOUCHSTONE_EVENTS: join(folder.path, "events.jsonl") } });
    assert.equal(run.stdout, "done\n");
    assert.equal(run.stderr.split("\n").filter((line) => line.startsWith("touchstone: events of this run are lost")).length, 1);
  } finally {
    folder.dispose();
  }
});

test("every file parses as Python 3.8: what stands on a cluster's node may be old", async () => {
  const check = "import ast, glob, sys\nfor name in glob.glob(sys.argv[1] + '/**/*.py', recursive=True): ast.parse(open(name, encoding='utf-8').read(), name, feature_version=(3, 8)); print(name)";
  const { code, stdout, stderr } = await track({}, ["-c", check, bootstrap]);
  assert.equal(code, 0, stderr);
  assert.ok(stdout.trim().split("\n").length > 15);
});

test("a folder with spaces and other letters", async () => {
  const folder = testFolder({});
  const inner = join(folder.path, "мои данные ü");
  try {
    mkdirSync(inner);
    writeFileSync(join(inner, "тест.py"), "import touchstone\ntouchstone.log({'потеря': .5})\nopen('é.csv', 'w').close()\n");
    const run = await runTracked(inner, [python, "тест.py"]);
    assert.equal(run.stderr, "");
    assert.deepEqual(of(run, "metric").map((e) => [e["key"], e["file"]]), [["потеря", join(inner, "тест.py")]]);
    assert.deepEqual(of(run, "output").map((e) => e["path"]), [join(inner, "é.csv")]);
    assert.ok(existsSync(join(inner, "é.csv")));
  } finally {
    folder.dispose();
  }
});

test("a script that is interrupted ends as without us: by the signal", async () => {
  const script = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in range(10 ** 9):\n    pass\n";
  // Isolated from packages that import at the start what the capture would at the end.
  const run = await track({ "train.py": script }, ["-S", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); import sitecustomize; exec(open('train.py').read())", bootstrap]);
  assert.deepEqual([run.code, run.signal, of(run, "exception")], [null, "SIGINT", []]);
  const plain = await track({ "train.py": script }, ["train.py"]);
  assert.deepEqual([plain.code, plain.signal], [null, "SIGINT"]);
});
