import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expectAccessible } from "../host/accessible.ts";
import type { Workbench } from "../host/workbench.ts";

export const options = { trust: true };

/** In a folder that is not trusted no file is read and no store is made; once it is trusted, the evaluation goes on. */
export default async function evaluationUntrusted(window: Workbench): Promise<void> {
  await window.step("the panel says what is missing and leads to it", async () => {
    await window.openFile("data/adult.csv");
    await window.command("Touchstone: Evaluate Predictions…");
    const panel = await window.panel("Evaluation: adult.csv").shown();
    await panel.byText("This folder is not trusted, so its files are not read.").waitFor();
    await expectAccessible(panel);
    assert.ok(!existsSync(join(window.folder, ".touchstone")), "no store was made");
    await panel.button("Manage Trust").click();
    await window.page.locator(".workspace-trust-editor").waitFor();
  });

  await window.step("trusted, it goes on by itself", async () => {
    await window.page.locator(".workspace-trust-editor").getByRole("button", { name: /^Trust/ }).first().click();
    const panel = await window.panel("Evaluation: adult.csv").shown();
    await panel.locator("mapping-page tbody tr").first().waitFor();
  });
}
