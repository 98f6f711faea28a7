import assert from "node:assert/strict";
import type { Workbench } from "../host/workbench.ts";

/** The VSIX as a user gets it: it activates where there is training code, and says so above the code. */
export default async function installed(window: Workbench): Promise<void> {
  await window.step("lenses stand above the training code", async () => {
    const editor = await window.openFile("train.py", "__main__");
    await editor.lens("Run & track").waitFor();
    const lenses = await editor.lenses();
    assert.ok(lenses.some((text) => text.includes("Run & track")), lenses.join(" | "));
  });
}
