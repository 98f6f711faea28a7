import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { root } from "../run/entry.mjs";
import type { SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";

/** The sample project under a path with blanks and letters beyond ASCII; a session opens a copy of it. */
function oddlyNamed(): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), "tsj-"))), "prøject ünö 語");
  cpSync(join(root, "media", "sample-project"), folder, { recursive: true, filter: (path) => !/[\\/](\.touchstone|__pycache__)$/.test(path) });
  return folder;
}

const SCRIPT = "más scripts/träin it.py";

export const options: Partial<SessionOptions> = { folder: oddlyNamed() };

/** What limits a store, as a person meets it: odd paths, a broken touchstone.yaml, a newer store, a planted one; and terminals of two folders. */
export default async function limits(window: Workbench): Promise<void> {
  const store = join(window.folder, ".touchstone");
  let version = 0;
  const status = window.page.locator(".part.statusbar .statusbar-item").filter({ hasText: "Touchstone" }).first();

  await window.step("a script whose path has blanks and other letters runs tracked", async () => {
    mkdirSync(join(window.folder, "más scripts"));
    writeFileSync(join(window.folder, SCRIPT), 'import json\n\nif __name__ == "__main__":\n    print(json.dumps({"epoch": 1, "val_löss": 0.25}))\n    open("vörher sagen.txt", "w").write("1")\n');
    const editor = await window.openFile(SCRIPT, "__main__");
    await editor.clickLens("Run & track");
    await editor.lens("1 run").waitFor();
    await window.openContainer("Touchstone");
    await window.page.locator(".part.sidebar").getByText(/val_löss 0\.25/).first().waitFor();
  });

  await window.step("a broken touchstone.yaml is named on its line, and runs are still shown", async () => {
    writeFileSync(join(window.folder, "touchstone.yaml"), "metrics:\n  val_löss: down\n tags: [\n");
    await window.openFile("touchstone.yaml");
    assert.ok((await window.problems()).some((text) => /Touchstone|yaml/i.test(text)), "a problem is shown");
    const editor = await window.tab("träin it.py").click().then(() => window.editor(SCRIPT));
    await editor.clickLens("Run & track");
    await editor.lens("2 runs").waitFor();
  });

  await window.step("a store from a newer version is shown, said, and not written", async () => {
    const database = new Database(join(store, "touchstone.db"));
    version = Number(database.pragma("user_version", { simple: true }));
    database.pragma("user_version = 999");
    database.close();
    await window.command("Touchstone: Restart Engine");
    await window.notifications.find(/written by a newer Touchstone \(schema 999/);
    await status.locator(".codicon-lock").waitFor();
    await window.notifications.clear();
    const editor = await window.tab("träin it.py").click().then(() => window.editor(SCRIPT));
    await editor.lens("2 runs").waitFor();
    await editor.clickLens("Run & track");
    await window.notifications.find(/It can be read, not written/);
    await window.notifications.clear();
    await window.openContainer("Touchstone");
    await window.page.locator(".part.sidebar").getByText(/val_löss 0\.25/).first().waitFor();
    const again = new Database(join(store, "touchstone.db"), { readonly: true });
    assert.deepEqual(again.prepare("SELECT count(*) AS n FROM runs").get(), { n: 2 });
    again.close();
  });

  await window.step("a planted link in the place of the store is refused, and nothing is written behind it", async () => {
    const elsewhere = join(window.folder, "..", "elsewhere");
    const own = join(window.folder, "..", "own store");
    mkdirSync(elsewhere);
    renameSync(store, own);
    symlinkSync(elsewhere, store);
    await window.command("Touchstone: Restart Engine");
    await window.notifications.find(/\.touchstone is a link to another place, so the store is not opened/);
    await status.locator(".codicon-error").waitFor();
    assert.deepEqual(readdirSync(elsewhere), []);
    rmSync(store);
    renameSync(own, store);
    const database = new Database(join(store, "touchstone.db"));
    database.pragma(`user_version = ${version}`);
    database.close();
    await window.notifications.clear();
    await window.command("Touchstone: Restart Engine");
    await status.locator(".codicon-beaker").waitFor();
  });

  await window.step("terminals of two folders log each to its own store", async () => {
    const second = join(window.folder, "..", "second project");
    mkdirSync(join(second, ".git"), { recursive: true });
    writeFileSync(join(second, "second.py"), 'import json\nimport random\nimport sklearn\n\nif __name__ == "__main__":\n    print(json.dumps({"epoch": 1, "loss": 0.5}))\n');
    const workspace = join(window.folder, "..", "both.code-workspace");
    writeFileSync(workspace, JSON.stringify({ folders: [{ path: window.folder }, { path: second }] }));
    const url = new URL(window.page.url());
    url.searchParams.delete("folder");
    url.searchParams.set("workspace", workspace);
    await window.page.goto(url.href);
    await window.ready();
    for (const [name, line] of [["träin it.py", 3], ["second.py", 5]] as const) {
      const editor = await window.openFile(name, line);
      await editor.clickLens("Run & track");
      await window.page.locator(".single-terminal-tab, .terminal-tabs-entry").filter({ hasText: name }).first().waitFor();
    }
    const uris: string[] = [];
    for (const [index, name] of [/prøject/, /second project/].entries()) {
      await window.command("Terminal: Create New Terminal");
      await window.quickInput.pick(name);
      const out = join(window.folder, "..", `uri-${index}`);
      await window.page.locator(".terminal-wrapper.active .xterm-helper-textarea").waitFor({ state: "attached" });
      await window.terminalType(`echo "$MLFLOW_TRACKING_URI" > '${out}'`);
      await window.page.keyboard.press("Enter");
      uris.push(await written(out));
    }
    for (const uri of uris) assert.match(uri, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    assert.notEqual(uris[0], uris[1]);
  });
}

async function written(file: string): Promise<string> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      const text = readFileSync(file, "utf8");
      if (text !== "") return text;
    } catch {
      // Not yet.
    }
  }
  throw new Error(`${file} was not written.`);
}

