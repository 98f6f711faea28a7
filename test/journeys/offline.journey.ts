import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../engine/life/engines.fixture.ts";
import type { SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";

const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), "tso-")));
const ran = join(elsewhere, "ran");

/** A project with a run in it that was recorded on another computer. */
function project(): string {
  const folder = join(elsewhere, "flowers");
  const run = join(folder, "runs", "a");
  mkdirSync(run, { recursive: true });
  const said = { format: "touchstone-offline", version: 1, id: "stranger1", runId: "b".repeat(32), name: "from afar", command: ["sh", "-c", `touch ${ran}`], cwd: elsewhere, folder: "/far", start: 1_700_000_000_000 };
  writeFileSync(join(run, "offline.json"), JSON.stringify(said));
  writeFileSync(join(run, "exit.json"), JSON.stringify({ code: 1, signal: null, end: 1_700_000_001_000 }));
  writeFileSync(join(run, "events.jsonl"), '{"k":"metric","t":1700000000500,"key":"loss","value":0.25,"step":0}\n');
  return folder;
}

export const options: Partial<SessionOptions> = { folder: project(), trust: true, size: { width: 1600, height: 1000 } };

/** What came with a folder: it is read once the folder is trusted, and its command is run only by who has seen it. */
export default async function offline(window: Workbench): Promise<void> {
  const panel = window.panel(/Experiments/);
  await window.step("a folder that is not trusted: its runs stay where they are", async () => {
    await window.command("Touchstone: Open Experiments Table");
    await panel.shown();
    await window.statusItem(/Touchstone/).waitFor();
    // What comes by itself comes half a second after the engine is there: before this page is.
    await window.command("Workspaces: Manage Workspace Trust");
    await window.page.locator(".workspace-trust-editor").waitFor();
    await window.command("Touchstone: Open Experiments Table");
    await panel.shown();
    assert.equal(await panel.locator("run-grid .rowline").filter({ hasText: "from afar" }).count(), 0);
  });

  await window.step("trusted, they come by themselves", async () => {
    await window.command("Workspaces: Manage Workspace Trust");
    await window.page.locator(".workspace-trust-editor").getByRole("button", { name: /^Trust/ }).first().click();
    await window.command("Touchstone: Open Experiments Table");
    await panel.shown();
    await panel.locator("run-grid .rowline").filter({ hasText: "from afar" }).first().waitFor();
  });

  await window.step("Resume Run… shows the whole command of another computer, and where it would run, before it runs", async () => {
    await window.command("Touchstone: Resume Run…");
    await window.quickInput.titled("Resume which run?");
    await window.quickInput.pick("from afar");
    await window.quickInput.titled("Resume from afar");
    await window.quickInput.accept();
    const dialog = await window.notifications.dialog();
    const text = await dialog.innerText();
    assert.ok(text.includes("from afar was not started on this computer."), text);
    assert.ok(text.includes(`Command: sh -c "touch ${ran}"`) && text.includes(`In the folder: ${elsewhere}`), text);
  });

  await window.step("who says no runs nothing; who says yes, does", async () => {
    await window.notifications.answer("Cancel");
    assert.ok(!existsSync(ran));
    await window.command("Touchstone: Resume Run…");
    await window.quickInput.pick("from afar");
    await window.quickInput.titled("Resume from afar");
    await window.quickInput.accept();
    await window.notifications.answer("Run This Command");
    await until(() => existsSync(ran));
  });
}
