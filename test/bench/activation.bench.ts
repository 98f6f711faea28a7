import { join } from "node:path";
import { openSession } from "../host/session.ts";
import { root } from "../run/entry.mjs";
import { packageExtension } from "../run/package.ts";
import { type Benchmark, median } from "./benchmark.ts";

/** As VS Code itself measures it (Developer: Show Running Extensions), on the installed VSIX. */
const benchmark: Benchmark = {
  title: "activation in VS Code's extension host, installed VSIX, sample project, median of five windows",
  async run() {
    const { vsix } = await packageExtension(() => undefined);
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const session = await openSession({ folder: join(root, "media", "sample-project"), vsix });
      try {
        const { window } = session;
        const editor = await window.openFile("train.py", "__main__");
        await editor.lens("Run & track").waitFor();
        await window.command("Developer: Show Running Extensions");
        const row = window.page.locator(".runtime-extensions-editor .monaco-list-row").filter({ hasText: "Touchstone" }).first();
        const text = (await row.locator(".activation-time").textContent()) ?? "";
        const [, milliseconds = ""] = /(\d+)\s*ms/.exec(text) ?? [];
        times.push(Number(milliseconds));
      } finally {
        await session.close();
      }
    }
    return [{ what: "code loading and activate()", value: median(times), unit: "ms", budget: "< 60 ms" }];
  },
};
export default benchmark;
