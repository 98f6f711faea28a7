import assert from "node:assert/strict";
import { appendFileSync, cpSync, globSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpack } from "../../engine/importers/importers.fixture.ts";
import { fixtures } from "../../engine/importers/records.fixture.ts";
import { pickFromMenu } from "../host/menu.ts";
import type { SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";

/** A project that was tracked with MLflow's files and with TensorBoard, as their own programs wrote it. */
function trackedElsewhere(): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), "tsi-"))), "flowers");
  unpack("mlruns.tar.gz", folder);
  cpSync(join(fixtures, "tensorboard", "runs"), join(folder, "runs"), { recursive: true });
  return folder;
}

export const options: Partial<SessionOptions> = { folder: trackedElsewhere(), size: { width: 1600, height: 1000 } };

/** What people have already: the offer in a folder that holds it, table and curves, the explorer's menu, and a file that grows. */
export default async function open(window: Workbench): Promise<void> {
  const before = readdirSync(window.folder).sort();

  await window.step("a folder with mlruns and event files offers to open them", async () => {
    await window.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: /^runs$/ }).first().waitFor();
    const offer = await window.notifications.find("This folder holds runs of other trackers: mlruns, runs.");
    await offer.getByRole("button", { name: "Not for This Folder" }).waitFor();
  });

  const panel = window.panel(/Experiments/);
  await window.step("they are in the table, with their curves", async () => {
    await window.notifications.act("This folder holds runs", "Import");
    await panel.shown();
    await panel.byText("sweep λ").first().waitFor();
    await panel.locator("run-grid .rowline").filter({ hasText: "torchlike" }).first().waitFor();
    await panel.locator("canvas").first().waitFor();
  });

  await window.step("what came is said in numbers, what did not come stands behind a button", async () => {
    await window.notifications.find(/2 sources: \d+ runs taken in, [\d,.]+ values/);
    assert.deepEqual(readdirSync(window.folder).sort(), [".touchstone", ...before], "nothing lies beside the sources");
    await window.notifications.clear();
  });

  await window.step("a value that is logged on is there without asking", async () => {
    const [loss = ""] = globSync("mlruns/*/*/metrics/loss", { cwd: window.folder });
    appendFileSync(join(window.folder, loss), "1750000000010 0.4242 9\n");
    await panel.locator("run-grid .rowline").filter({ hasText: "diverged" }).getByText("0.4242").first().waitFor();
  });

  await window.step("the explorer's menu opens a folder again: nothing changes, and a CSV of metrics beside the logs is named", async () => {
    writeFileSync(join(window.folder, "runs", "by hand.csv"), "step,loss\n0,1\n");
    await window.openContainer("Explorer");
    const row = window.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: /^runs$/ }).first();
    await pickFromMenu(window.page, () => row.click({ button: "right" }), "Open in Touchstone");
    await window.notifications.find(/runs: all \d+ runs were here already\..* passed over: runs.by hand\.csv\./);
  });
}
