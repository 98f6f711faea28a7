import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SessionOptions } from "../host/session.ts";
import { buildStandIn } from "../host/suite.ts";
import type { Workbench } from "../host/workbench.ts";
import { root } from "../run/entry.mjs";

const agent = join(root, "test", "out", "journey-extensions", "touchstone-tests.agent-0.0.1");
rmSync(agent, { recursive: true, force: true });

export const options: Partial<SessionOptions> = { extensions: [await buildStandIn("agent", agent)] };

/** What an agent may not do without the person: VS Code's own question is answered, once with no and once with yes. */
export default async function agents(window: Workbench): Promise<void> {
  const call = async (tool: string, input: object): Promise<void> => {
    await window.command("Agent: Call a Tool");
    await window.quickInput.answer(`touchstone_${tool} ${JSON.stringify(input)}`);
  };
  const hears = async (text: RegExp): Promise<string> => {
    const said = await (await window.notifications.find(text)).innerText();
    await window.notifications.clear();
    return said;
  };
  /** The question that the person reads, and the answer. */
  const asked = async (question: RegExp, button: RegExp): Promise<void> => {
    const dialog = await window.notifications.dialog();
    assert.match(await dialog.innerText(), question);
    await window.notifications.answer(button);
  };
  const [yes, no] = [/^(Yes|Allow|OK|Continue)/i, /^(No|Cancel)/i];
  let run = "";

  await window.step("a run is there, and reading asks nothing", async () => {
    const editor = await window.openFile("train.mjs", "parseArgs");
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    await call("search_runs", { limit: 5 });
    run = /\b[0-9a-f]{8,32}\b/.exec(await hears(/The agent hears: .*of 1 runs?\./s))?.[0] ?? "";
    assert.notEqual(run, "");
  });

  for (const [what, input, question, found] of [
    ["tag_run", { runs: [""], set: { verdict: "promising" } }, /Change tags \(set verdict = promising\) of /, /verdict/],
    ["note_run", { run: "", note: "worth a second look" }, /Replace the note of .*: “worth a second look”\?/, /worth a second look/],
  ] as const) {
    const given = "runs" in input ? { ...input, runs: [run] } : { ...input, run };
    await window.step(`${what}: a no changes nothing`, async () => {
      await call(what, given);
      await asked(question, no);
      await hears(/The agent may not: /);
      await call("get_run", { run });
      assert.doesNotMatch(await hears(/The agent hears: /), found);
    });
    await window.step(`${what}: a yes does it`, async () => {
      await call(what, given);
      await asked(question, yes);
      await hears(/The agent hears: /);
      await call("get_run", { run });
      assert.match(await hears(/The agent hears: /), found);
    });
  }

  await window.step("start_run: the person sees the command, and only a yes runs it", async () => {
    const made = join(window.folder, "made-by-agent.txt");
    const given = { command: ["node", "-e", "require('fs').writeFileSync('made-by-agent.txt', 'x')"] };
    await call("start_run", given);
    await asked(/Start `node -e .*made-by-agent\.txt.*` in .* on this computer and record it\?/, no);
    await hears(/The agent may not: /);
    await call("search_runs", { limit: 5 });
    await hears(/The agent hears: .*of 1 runs?\./s);
    assert.ok(!existsSync(made));
    await call("start_run", given);
    await asked(/Start `node -e /, yes);
    await hears(/The agent hears: /);
    await window.page.locator(".explorer-folders-view .monaco-list-row").filter({ hasText: "made-by-agent.txt" }).first().waitFor();
    assert.ok(existsSync(made));
  });
}
