import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { testFolder, testPython } from "../../test/fixtures/python.ts";
import { cellText, codeFile, errorOf, isTrackingCell, notebookOf, spentText } from "./cell.ts";

const python = (source: string, env: Readonly<Record<string, string>> = {}): string => execFileSync(testPython(), ["-c", source], { encoding: "utf8", env: { ...process.env, ...env } }).trim();

test("the cell names its file and loads it, whatever the path holds", () => {
  assert.equal(cellText(String.raw`C:\Users\Ä b\n.py`), String.raw`exec(open(r"C:\Users\Ä b\n.py", encoding="utf-8").read())  # Touchstone tracks this notebook`);
  const names = process.platform === "win32" ? ["it's ä"] : ["it's ä", 'a "quote" and \\n'];
  const folder = testFolder({});
  try {
    for (const name of names) {
      const file = codeFile(join(folder.path, name), "/data/a.ipynb");
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, "print(ascii('grün'))\n");
      assert.equal(python(cellText(file)), String.raw`'gr\xfcn'`);
      assert.ok(isTrackingCell(cellText(file)));
    }
  } finally {
    folder.dispose();
  }
});

test("each notebook has its own file; other cells are not taken for the tracking one", () => {
  assert.notEqual(codeFile("/s", "/data/a.ipynb"), codeFile("/s", "/data/b.ipynb"));
  assert.equal(codeFile("/s", "/data/a.ipynb"), codeFile("/s", "/data/a.ipynb"));
  assert.ok(!isTrackingCell("# Touchstone tracks this notebook"));
  assert.ok(!isTrackingCell("exec(open('setup.py').read())"));
});

test("a spent file is silent in the kernel that took it and says what to do in another", () => {
  const spent = spentText("abc12", 'Choose "Track" again.');
  assert.equal(python(`exec(${JSON.stringify(spent)})`, { TOUCHSTONE_LAUNCH: "abc12" }), "");
  assert.equal(python(`exec(${JSON.stringify(spent)})`, { TOUCHSTONE_LAUNCH: "other" }), 'Choose "Track" again.');
});

test("a kernel's launch is known by its command: the notebook's absolute path alone", () => {
  const path = join(process.cwd(), "a.ipynb");
  assert.equal(notebookOf({ command: [path] }), path);
  assert.equal(notebookOf({ command: ["a.ipynb"] }), null);
  assert.equal(notebookOf({ command: [path, "--lr", "0.1"] }), null);
  assert.equal(notebookOf({ command: ["python", "train.py"] }), null);
});

test("an error of the kernel is found in both shapes of output", () => {
  const item = (mime: string, text: string) => ({ mime, data: new TextEncoder().encode(text) });
  const error = item("application/vnd.code.notebook.error", JSON.stringify({ name: "ModuleNotFoundError", message: "No module named '_touchstone'", stack: "…" }));
  assert.equal(errorOf([item("text/plain", "1"), error]), "ModuleNotFoundError: No module named '_touchstone'");
  assert.equal(errorOf({ items: [error] }), "ModuleNotFoundError: No module named '_touchstone'");
  assert.equal(errorOf([item("application/vnd.code.notebook.error", "broken")]), "broken");
  assert.equal(errorOf([item("text/plain", "1")]), null);
});
