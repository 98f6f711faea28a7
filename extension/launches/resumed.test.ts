import assert from "node:assert/strict";
import { test } from "node:test";
import { hasMask, splitCommand } from "./resumed.ts";

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

test("a masked secret is noticed, also within an option or an address", () => {
  assert.deepEqual([["--key", "***"], ["--token=***"], ["postgres://me:***@db"], ["--stars", "****", "a***b"]].map(hasMask), [true, true, true, false]);
});
