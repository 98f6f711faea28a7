import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createArtifacts } from "../../engine/artifacts/artifacts.ts";
import { seeded } from "../../engine/expressions/random.fixture.ts";
import { openStore } from "../../engine/store/store.ts";
import type { SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "tss-")));
const backup = join(root, "monday.touchstone-backup");
process.once("exit", () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

/** A project after some weeks: two scripts, twenty runs with curves, logs and checkpoints, of which most lead nowhere. */
async function project(): Promise<string> {
  const folder = join(root, "churn");
  mkdirSync(folder);
  writeFileSync(join(folder, "train.py"), 'import mlflow\n\nif __name__ == "__main__":\n    mlflow.log_metric("val_f1", 0.5)\n');
  const store = await openStore({ folder });
  const artifacts = createArtifacts(store);
  const random = seeded(7);
  for (let i = 0; i < 20; i++) {
    const [launchId, runId] = [i.toString(16).padStart(32, "b"), i.toString(16).padStart(32, "a")];
    const script = i % 4 === 3 ? "pretrain.py" : "train.py";
    const start = Date.now() - (20 - i) * 86_400_000;
    await store.write("launch.create", { launchId, runId, command: ["python", script], cwd: folder, script, origin: "cli", experiment: script, user: "ada", start });
    const [lr, depth, f1] = [(2 ** -i).toPrecision(2), String(2 + (i % 7)), i === 19 ? 0.95 : 0.3 + 0.6 * random()];
    const points = 4_000 + 1_000 * (i % 5);
    for (let from = 0; from < points; from += 1_000) {
      const metrics = Array.from({ length: 1_000 }, (_, k) => ({ key: "loss", value: 2 / (1 + from + k) + random() / 10, step: from + k, time: start + from + k }));
      await store.write("run.logBatch", { runId, metrics, params: from === 0 ? [{ key: "lr", value: lr }, { key: "depth", value: depth }] : [], tags: [] });
    }
    await store.write("run.logBatch", { runId, metrics: [{ key: "val_f1", value: f1, step: points, time: start }], params: [], tags: [] });
    await artifacts.put({ kind: "run", id: runId }, "model/weights.bin", Uint8Array.from({ length: 400_000 + 150_000 * (i % 6) }, () => 256 * random()));
    mkdirSync(join(store.dir, "launches", launchId), { recursive: true });
    writeFileSync(join(store.dir, "launches", launchId, "log"), `epoch ${i}\n`.repeat(3_000 * (1 + (i % 3))));
    await store.write("launch.update", { launchId, status: "finished", exitCode: 0, end: start + 600_000 });
  }
  await store.close();
  return folder;
}

export const options: Partial<SessionOptions> = { folder: await project(), inPlace: true, size: { width: 1600, height: 1000 } };

const database = (window: Workbench): number => statSync(join(window.folder, ".touchstone", "touchstone.db")).size;

/** What the store takes, in the window: seen, backed up, made less, and brought back. */
export default async function storage(window: Workbench): Promise<void> {
  const panel = window.panel("Storage");
  let removed = 0;
  const section = (title: string) => panel.locator("section").filter({ hasText: title }).first();

  await window.step("the page says what the store takes, by kind, experiment and run", async () => {
    await window.command("Touchstone: Storage of This Folder");
    await panel.shown();
    await panel.byText(/^The store takes \d+(\.\d+)? MB, most of it artifacts \(\d+(\.\d+)? MB\)\.$/).waitFor();
    assert.match(await section("By experiment").innerText(), /train\.py\s+15\s[\s\S]*pretrain\.py\s+5\s/);
    assert.equal(await section("Largest runs").locator("tbody tr").count(), 20);
  });

  await window.step("the store is backed up while it is in use: what was written is said in numbers", async () => {
    await panel.button("Back up…").click();
    await window.quickInput.chooseFile(root, basename(backup), `churn-${new Date().toISOString().slice(0, 10)}.touchstone-backup`);
    await window.notifications.find(/Backed up to monday\.touchstone-backup: 20 runs, \d+ files, \d+(\.\d+)? MB\./);
    await window.notifications.clear();
    assert.ok(statSync(backup).size > 10_000_000);
  });

  await window.step("runs are removed by an expression, after it was seen which", async () => {
    await panel.shown();
    await panel.locator('input[name="where"]').fill("metrics.val_f1 < 0.7");
    await panel.button("Show what would go").click();
    await panel.byText(/^\d+ runs with .+ points would go and free \d+(\.\d+)? MB\.$/).waitFor();
    await window.screenshot("preview", { media: "storage.png" });
    const [before, answer] = [database(window), await panel.locator("answer-line").innerText()];
    await panel.button(/^Remove \d+ runs…$/).click();
    assert.match(await (await window.notifications.dialog()).innerText(), /for good, with their metrics, artifacts and logs\? This cannot be undone\./);
    await window.notifications.answer("Remove");
    removed = Number(/^Removed (\d+) runs; /.exec(await panel.byText(/^Removed \d+ runs; /).innerText())?.[1]);
    assert.ok(database(window) < before, "the database's file is smaller");
    await panel.locator("answer-line").filter({ hasNotText: answer }).waitFor();
  });

  await window.step("the backup takes the place of the store, which is kept, and an undo brings it back", async () => {
    const left = 20 - removed;
    await window.command("Touchstone: Restore Store from Backup…");
    await window.quickInput.chooseFile(root, basename(backup));
    const dialog = await window.notifications.dialog();
    assert.match(await dialog.innerText(), new RegExp(`Restore the store of .*\\(20 runs, .* MB\\) into this folder\\?[\\s\\S]*What is here now \\(${left} runs\\) is not lost`));
    await window.notifications.answer("Restore");
    const again = /This folder has the store of .* again: 20 runs\. What was here is kept in \.touchstone-before-/;
    await window.notifications.find(again);
    const kept = readdirSync(window.folder).filter((name) => name.startsWith(".touchstone-before-"));
    assert.equal(kept.length, 1);
    await panel.shown();
    await section("Largest runs").locator("tbody tr").nth(19).waitFor();
    await window.notifications.act(again, "Undo");
    await window.notifications.find(/This folder has its own store again\. The restored one is kept in/);
    await section("Largest runs").locator("tbody tr").nth(left).waitFor({ state: "detached" });
    assert.equal(await section("Largest runs").locator("tbody tr").count(), left);
    assert.ok(!existsSync(join(window.folder, kept[0] ?? "")));
  });
}
