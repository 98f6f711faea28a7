import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { testFolder, testPython } from "../../test/fixtures/python.ts";
import { runTracked } from "./tracked.fixture.ts";

test("logs that other trackers write are named: event files and tables by their names, with what was in them before; Trackio's run by its id", async () => {
  const script = [
    "import os, trackio",
    "open('runs.csv', 'a').write('2,0.5\\n')",
    "open('new.tsv', 'w').close()",
    "open('events.out.tfevents.1.host', 'wb').close()",
    "open('notes.txt', 'w').close()",
    "open('runs.csv').close()",
    "trackio.init('digits', name='first')",
  ].join("\n");
  const folder = testFolder({
    "train.py": script,
    "runs.csv": "step,loss\n1,1\n",
    "trackio/__init__.py": "class Run:\n    project, id, name = 'digits', 'ab12', 'first'\ndef init(project, name=None):\n    return Run()\n",
    "trackio/sqlite_storage.py": "class SQLiteStorage:\n    @staticmethod\n    def get_project_db_path(project):\n        return project + '.db'\n",
  });
  try {
    const { events, code, stderr } = await runTracked(folder.path, [testPython(), "train.py"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      events.filter(({ k }) => k === "source").map(({ path, start }) => [path, start]),
      [[join(folder.path, "runs.csv"), 14], [join(folder.path, "new.tsv"), 0], [join(folder.path, "events.out.tfevents.1.host"), 0], [`${join(folder.path, "digits.db")}#ab12`, 0]],
    );
  } finally {
    folder.dispose();
  }
});
