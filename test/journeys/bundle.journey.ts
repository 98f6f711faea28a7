import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleOfRuns } from "../../engine/importers/bundle.fixture.ts";
import { pickFromMenu } from "../host/menu.ts";
import type { SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";

const NAME = "from-ada.touchstone-bundle";

const folder = join(realpathSync(mkdtempSync(join(tmpdir(), "tsb-"))), "flowers");
mkdirSync(folder);
await bundleOfRuns(join(folder, NAME));
writeFileSync(join(folder, "broken.touchstone-bundle"), "PK\u0003\u0004 and nothing more");
export const options: Partial<SessionOptions> = { folder, size: { width: 1600, height: 1000 } };

/** A bundle that somebody sent: looked at without a trace in the folder, then taken in. */
export default async function bundles(window: Workbench): Promise<void> {
  const row = (name: string) => window.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: name }).first();
  const before = readdirSync(window.folder).sort();
  const table = window.panel(NAME);

  await window.step("a double click opens the runs of the bundle in the table, marked as such", async () => {
    // The window knows the bundle's editor once it knows the extension.
    await window.page.locator(".activitybar").getByRole("tab", { name: "Touchstone" }).waitFor();
    await row(NAME).dblclick();
    await table.shown();
    await table.byText("the good one").first().waitFor();
    await table.byText(`Runs of ${NAME}, opened for reading: nothing here can be changed.`).waitFor();
    await table.locator("canvas").first().waitFor();
    assert.match(await table.locator(".rowline").filter({ hasText: "the good one" }).innerText(), /0\.3333/);
    await window.screenshot("bundle");
  });

  const run = window.panel(/the good one of from-ada/);
  await window.step("its runs have their page with note, log and artifacts", async () => {
    await table.locator(".rowline").filter({ hasText: "the good one" }).locator(".title").first().click();
    await run.shown();
    await run.byText("opened for reading").waitFor();
    await run.byText("keep").first().waitFor();
    await run.locator("tab-bar").getByText("Log").click();
    await run.byText("hello").first().waitFor();
    await window.screenshot("bundle-run");
  });

  await window.step("nothing offers a change, Compare asks among the bundle's runs; the folder has no store for all that", async () => {
    const header = run.locator("header");
    await header.getByRole("button", { name: "More" }).click();
    await run.byText("Copy id").first().waitFor();
    const offered = await run.locator("popup-menu button").allInnerTexts();
    assert.deepEqual(offered.filter((text) => /Rename|Note…|Tag…|Star|Delete/.test(text)), []);
    await run.locator("popup-menu button").first().press("Escape");
    for (const name of ["Star", "Rename", "Add a tag", "Edit the note"]) assert.equal(await run.locator("touchstone-run").getByRole("button", { name }).count(), 0, name);
    await window.command("Touchstone: Compare Runs…");
    await window.quickInput.titled("Compare which runs?");
    await window.page.locator(".quick-input-list").getByText("the good one").first().waitFor();
    await window.page.keyboard.press("Escape");
    assert.deepEqual(readdirSync(window.folder).sort(), before);
  });

  await window.step("one that is damaged says so in its place", async () => {
    await pickFromMenu(window.page, () => row("broken.touchstone-bundle").click({ button: "right" }), "Open Bundle…");
    // A page without a script of its own: the newest frame of the window.
    const page = window.page.locator("iframe.webview").last().contentFrame().frameLocator("iframe#active-frame");
    await page.getByText(/broken\.touchstone-bundle is not opened: its end is missing.*Export or copy it again\./).waitFor();
    await window.screenshot("bundle-broken");
  });

  await window.step("taken in, the runs are the folder's own", async () => {
    await window.notifications.clear();
    await table.shown();
    await table.byText("Take in…").click();
    await window.notifications.find(/from-ada\.touchstone-bundle: 2 runs taken in, 6 values\./);
    const own = await window.panel(/^Experiments/).shown();
    await own.byText("the good one").first().waitFor();
    assert.equal(await own.byText("opened for reading").count(), 0);
    await window.screenshot("bundle-taken-in");
  });
}
