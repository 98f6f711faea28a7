import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { editConfig } from "./edit.ts";
import { loadConfig } from "./load.ts";
import { tellConfig, watchConfig } from "./tell.ts";

test("touchstone.yaml written by hand is told, however the editor writes it; a change through the engine is told once", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-tell-")));
  const file = join(folder, "touchstone.yaml");
  const heard: string[] = [];
  let next: () => void = () => undefined;
  const rpc = {
    emit: () => {
      heard.push(loadConfig(folder).config.tags.map(({ name }) => name).join());
      next();
    },
  };
  const watching = watchConfig(rpc, folder);
  const told = (): Promise<void> => new Promise((resolve) => (next = resolve));
  try {
    let waiting = told();
    writeFileSync(file, "tags:\n  young: age < 30\n");
    await waiting;
    waiting = told();
    writeFileSync(join(folder, "other"), "tags:\n  young: age < 30\n  old: age > 60\n");
    renameSync(join(folder, "other"), file);
    await waiting;
    editConfig(folder, [{ path: ["tags", "mine"], value: "age = 40" }]);
    tellConfig(rpc, folder);
    // Told in order: whatever the system says of the change before stands before this one.
    waiting = told();
    rmSync(file);
    await waiting;
    assert.deepEqual(heard, ["young", "young,old", "young,old,mine", ""]);
  } finally {
    watching.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
