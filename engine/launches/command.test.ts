import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { parseCommand, relativePath } from "./command.ts";
import { activated } from "./environment.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-command-")));
after(() => rmSync(root, { recursive: true, force: true }));
const bin = join(root, "bin");
mkdirSync(bin);
for (const name of ["python3", "node", "torchrun", "uv", "accelerate"]) {
  writeFileSync(join(bin, name), "#!/bin/sh\n");
  chmodSync(join(bin, name), 0o755);
}
for (const file of ["train.py", "eval.mjs", "note.ipynb", "pkg/__main__.py", "pkg/fit.py", "run.sh"]) {
  mkdirSync(join(root, "pkg"), { recursive: true });
  writeFileSync(join(root, file), "");
}
const env = { PATH: bin };
const elsewhere = mkdtempSync(join(tmpdir(), "touchstone-debugpy-"));
after(() => rmSync(elsewhere, { recursive: true, force: true }));

test("the script of a command line is found, whatever starts it", () => {
  const cases: [string, string | null][] = [
    ["python3 train.py --lr 0.1", "train.py"],
    ["python train.py", "train.py"],
    ["python3 -u -W ignore -X dev train.py other.py", "train.py"],
    ["python3 -m pkg.fit", "pkg/fit.py"],
    ["python3 -m pkg", "pkg/__main__.py"],
    ["python3 -m debugpy --listen 127.0.0.1:5678 --wait-for-client train.py", "train.py"],
    [`python3 ${elsewhere} --connect 127.0.0.1:5678 --wait-for-client train.py --lr 1`, "train.py"],
    ["python3 pkg --lr 1", "pkg/__main__.py"],
    ["python3 -c pass", null],
    ["python3", null],
    ["node --inspect-brk=127.0.0.1:9229 eval.mjs", "eval.mjs"],
    ["torchrun --nproc-per-node 2 train.py", "train.py"],
    ["uv run python train.py", "train.py"],
    ["accelerate launch train.py --epochs 3", "train.py"],
  ];
  for (const [line, script] of cases) {
    const parsed = parseCommand(line.split(" "), root, env);
    assert.equal(parsed.scriptPath === null ? null : relativePath(root, parsed.scriptPath), script, line);
  }
});

test("an interpreter replaces a Python launcher and nothing else; `python` falls back to python3", () => {
  assert.equal(parseCommand(["python", "train.py"], root, env).program, join(bin, "python3"));
  assert.equal(parseCommand(["python", "train.py"], root, env, join(bin, "uv")).program, join(bin, "uv"));
  assert.equal(parseCommand(["node", "eval.mjs"], root, env, join(bin, "uv")).program, join(bin, "node"));
});

test("a path is relative to the store's folder where it lies in it", () => {
  assert.equal(relativePath("/a/b", "/a/b/c/d.py"), "c/d.py");
  assert.equal(relativePath("/a/b", "/a/bc/d.py"), "/a/bc/d.py");
  assert.equal(relativePath("/a/b", "/a/b/..d/e.py"), "..d/e.py");
});

test("a virtual environment's program brings its environment", () => {
  const venv = join(root, "venv");
  mkdirSync(join(venv, "bin"), { recursive: true });
  writeFileSync(join(venv, "pyvenv.cfg"), "");
  symlinkSync(join(bin, "python3"), join(venv, "bin/python"));
  const own = activated({ PATH: ["/usr/bin", join(venv, "bin")].join(delimiter), PYTHONHOME: "/x" }, join(venv, "bin/python"));
  assert.deepEqual(own, { PATH: [join(venv, "bin"), "/usr/bin"].join(delimiter), VIRTUAL_ENV: venv });
  assert.deepEqual(activated({ PATH: "/usr/bin" }, "/usr/bin/python3"), { PATH: "/usr/bin" });
});
