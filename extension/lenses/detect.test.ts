import assert from "node:assert/strict";
import { test } from "node:test";
import { entryLine, isScript, languageOf, localCandidates, nodeImports, pythonImports, trainsModels } from "./detect.ts";

const none = async (): Promise<string | null> => null;

test("imports are read as they are written", () => {
  assert.deepEqual(pythonImports("import os, sklearn.linear_model as lm  # x\nfrom .data import load\n  from torch import nn\nimportant = 1"), ["os", "sklearn.linear_model", ".data", "torch"]);
  assert.deepEqual(nodeImports(`import * as tf from "@tensorflow/tfjs";\nconst fs = require('fs');\nawait import("./data.js")`), ["@tensorflow/tfjs", "fs", "./data.js"]);
});

test("a file that imports a library trains; one that only sounds like it does not", async () => {
  assert.equal(await trainsModels("python", "import torch.nn as nn", none), true);
  assert.equal(await trainsModels("python", "import torchlight\nimport os", none), false);
  assert.equal(await trainsModels("javascript", `import ort from "onnxruntime-node"`, none), true);
  assert.equal(await trainsModels("javascript", `import fs from "node:fs"`, none), false);
});

test("a local module's import counts, one level deep", async () => {
  const files: Record<string, string> = { "model.py": "from sklearn.svm import SVC", "pkg/__init__.py": "import keras" };
  const read = async (path: string): Promise<string | null> => files[path] ?? null;
  assert.equal(await trainsModels("python", "import model", read), true);
  assert.equal(await trainsModels("python", "from pkg import net", read), true);
  assert.equal(await trainsModels("python", "import helpers", read), false);
  assert.deepEqual(localCandidates("python", "..common.io"), ["../common/io.py", "../common/io/__init__.py"]);
});

test("the lens stands above the main guard, else at the top", () => {
  assert.equal(entryLine("python", "import a\n\nif __name__ == '__main__':\n  run()"), 2);
  assert.equal(entryLine("python", "import a\na.run()"), 0);
});

test("a module of definitions is no script", () => {
  assert.equal(isScript("python", "import torch\n\ndef train():\n    x = 1\n\nclass A:\n    pass\n"), false);
  assert.equal(isScript("python", "import torch\nmodel = torch.nn.Linear(1, 1)"), true);
  assert.equal(languageOf("types.d.ts"), null);
});
