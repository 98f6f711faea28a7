import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workbench } from "../host/workbench.ts";

const RAISING = ["import json", "", "", "def fit(loss):", "    if loss != loss:", '        raise ValueError("NaN loss")', "", "", 'if __name__ == "__main__":', '    print(json.dumps({"epoch": 1, "loss": 0.5}), flush=True)', '    fit(float("nan"))', ""];
const LONG = ["import time", "", 'if __name__ == "__main__":', "    for epoch in range(1, 400):", '        print(f"epoch {epoch}/400 val_loss={1 / epoch:.4f}", flush=True)', "        time.sleep(0.1)", ""];

/** What goes wrong and what is interrupted: exceptions, wrong arguments, a breakpoint, a window that reloads, a stop. */
export default async function failing(window: Workbench): Promise<void> {
  writeFileSync(join(window.folder, "raising.py"), RAISING.join("\n"));
  writeFileSync(join(window.folder, "long.py"), LONG.join("\n"));

  await window.step("an uncaught exception stands on the line that raised, until the line changes", async () => {
    const editor = await window.openFile("raising.py", 6);
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    await editor.errors.first().waitFor();
    assert.ok((await window.problems()).some((text) => text.includes("ValueError: NaN loss")));
    const tree = await window.tree("Experiments", "Touchstone");
    await window.page.locator(".part.sidebar").getByText("ValueError: NaN loss").first().waitFor();
    assert.ok((await tree.rows()).some((row) => row.includes("ValueError: NaN loss")));
    await window.tab("raising.py").click();
    await editor.goto(6);
    await window.page.keyboard.type("#");
    await editor.errors.first().waitFor({ state: "detached" });
  });

  await window.step("a run with wrong arguments says its exit code and its last line", async () => {
    const editor = await window.openFile("train.py", "__main__");
    await editor.clickLens("with arguments");
    await window.quickInput.fill("--lr abc");
    await window.page.keyboard.press("Enter");
    await editor.lens("1 run").waitFor();
    await window.page.locator(".part.sidebar").getByText(/invalid float value/).first().waitFor();
  });

  await window.step("the debugger stops at a breakpoint, and the run is stored", async () => {
    const editor = await window.openFile("train.mjs", "console.log(`epoch");
    await window.page.keyboard.press("F9");
    await editor.goto(1);
    await editor.clickLens("Debug & track");
    await window.page.locator(".debug-call-stack, .debug-pane").getByText(/Paused on breakpoint/i).first().waitFor();
    await window.screenshot("breakpoint");
    await editor.goto(window.lineOf("train.mjs", "console.log(`epoch"));
    await window.page.keyboard.press("F9");
    await window.page.keyboard.press("F5");
    await window.openContainer("Touchstone");
    await window.page.locator(".part.sidebar").getByText(/val_loss 0\.3651/).first().waitFor();
  });

  await window.step("a run goes on while its window reloads, and its terminal is back", async () => {
    const editor = await window.openFile("long.py", 3);
    await editor.clickLens("Run & track");
    await terminalSays(window, "epoch 3/400");
    await window.reload();
    // VS Code may open a shell of its own beside it where the panel stood open.
    const attached = window.page.locator(".single-terminal-tab, .terminal-tabs-entry").filter({ hasText: "long.py" }).first();
    await attached.waitFor();
    await attached.click();
    await terminalSays(window, /epoch \d\d\/400/);
    await window.openContainer("Touchstone");
    await window.page.locator(".part.sidebar").getByText(/val_loss 0\./).first().waitFor();
  });

  await window.step("a stopped run is killed, with its whole tree", async () => {
    await window.command("Touchstone: Stop Run");
    await window.page.locator(".part.sidebar").getByText(/KeyboardInterrupt|SIGINT|stopped|killed/i).first().waitFor();
  });
}

async function terminalSays(window: Workbench, text: string | RegExp): Promise<void> {
  await window.page.locator(".terminal-wrapper.active .xterm-rows").getByText(text).first().waitFor();
}
