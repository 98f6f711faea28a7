import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";

/** The tools for agents, invoked through VS Code itself. */
describe("agents in the editor", () => {
  async function invoke(name: string, input: object): Promise<string> {
    const result = await vscode.lm.invokeTool(`touchstone_${name}`, { input, toolInvocationToken: undefined });
    return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("\n");
  }

  it("are offered thirteen tools, whose schemas the editor knows", () => {
    const tools = vscode.lm.tools.filter(({ name }) => name.startsWith("touchstone_"));
    assert.equal(tools.length, 13);
    const search = tools.find(({ name }) => name === "touchstone_search_runs");
    assert.match(search?.description ?? "", /^Lists recorded training runs/);
  });

  it("search runs and evaluate a file, with n and intervals", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder);
    assert.match(await invoke("search_runs", { limit: 5 }), /of \d+ runs\.|^No runs\./);
    writeFileSync(join(folder, "answers.csv"), `id,label,prediction\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 2 === 0 ? "a" : "b"},${i % 8 === 0 ? "b" : i % 2 === 0 ? "a" : "b"}`).join("\n")}\n`);
    const said = await invoke("evaluate_file", { file: "answers.csv" });
    assert.match(said, /accuracy 0\.875 \[0\.\d+ – 0\.\d+\] \(n 40\)/);
    const rows = await invoke("slice_rows", { file: "answers.csv", wrong: true });
    assert.match(rows, /1–5 of 5 rows\./);
  });
});
