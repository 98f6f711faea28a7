import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import * as vscode from "vscode";
import { connectEngine } from "../../engine/api/connect.ts";
import { engineStatus } from "../../engine/api/engine.ts";
import { bundleOf } from "../../engine/importers/openedBundle.ts";
import { PrivateFolder } from "../../engine/life/private.ts";
import { bundlesBase } from "../../engine/platform/paths.ts";

const EDITOR = "touchstone.bundle";

describe("the tab of a bundle", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-bundles-")));
  before(() => mkdirSync(bundlesBase(), { recursive: true, mode: 0o700 }));
  after(() => {
    for (const name of readdirSync(bundlesBase())) if (bundleOf(join(realpathSync(bundlesBase()), name))?.file.startsWith(folder)) rmSync(join(bundlesBase(), name), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  /** A bundle of one run with so many points. */
  function bundle(name: string, points: number): vscode.Uri {
    const run = "a".repeat(32);
    const lines: object[] = [{ k: "run", run, id: run, name: "r", start: 5, end: 6, status: "finished" }];
    for (let at = 0; at < points; at += 10_000) {
      const step = Array.from({ length: Math.min(10_000, points - at) }, (_, index) => at + index);
      lines.push({ k: "points", run, key: "loss", origin: "client", step, time: step, value: step });
    }
    const file = join(folder, name);
    const records = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    writeFileSync(file, zipSync({ "records.jsonl": records, "touchstone-bundle.json": Buffer.from('{"format":"touchstone-bundle","version":1,"runs":1}') }));
    return vscode.Uri.file(file);
  }

  /** Where a bundle stands unpacked. */
  const unpacked = ({ fsPath }: vscode.Uri): string | undefined => readdirSync(bundlesBase()).map((name) => join(realpathSync(bundlesBase()), name)).find((one) => bundleOf(one)?.file === fsPath);
  const tabsOf = (uri: vscode.Uri): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ input }) => input instanceof vscode.TabInputCustom && input.uri.toString() === uri.toString());
  const open = (uri: vscode.Uri): Thenable<unknown> => vscode.commands.executeCommand("vscode.openWith", uri, EDITOR);

  it("has an engine as long as it is open", async () => {
    const uri = bundle("small.touchstone-bundle", 3);
    await open(uri);
    await until(() => unpacked(uri) !== undefined);
    const store = unpacked(uri) ?? "";
    await until(() => new PrivateFolder(store).address() !== null);
    const looking = connectEngine({ folder: store, clientKind: "test", extensionVersion: "0.0.0", start: false });
    try {
      const clients = async (): Promise<number> => (await looking.request(engineStatus, null)).clients;
      await until(async () => (await clients()) === 2);
      await vscode.window.tabGroups.close(tabsOf(uri));
      await until(async () => (await clients()) === 1);
      // Opened again it is there again.
      await open(uri);
      await until(async () => (await clients()) === 2);
      await vscode.window.tabGroups.close(tabsOf(uri));
      await until(async () => (await clients()) === 1);
    } finally {
      looking.dispose();
    }
  });

  it("that is closed while the bundle unpacks leaves nothing", async () => {
    const uri = bundle("large.touchstone-bundle", 1_500_000);
    const begun = new Promise<string>((resolve) => {
      const seen = watch(bundlesBase(), (_, name) => {
        if (name?.endsWith(".part") !== true) return;
        seen.close();
        resolve(join(bundlesBase(), name));
      });
    });
    void open(uri);
    const part = await begun;
    await vscode.window.tabGroups.close(tabsOf(uri));
    await until(() => !existsSync(part));
    assert.equal(unpacked(uri), undefined);
  });

  it("shows no other state of a file than the one on the disk: the path of what lies in Git's history leads to today's", async () => {
    const uri = bundle("history.touchstone-bundle", 3);
    const old = uri.with({ scheme: "git", query: JSON.stringify({ path: uri.fsPath, ref: "HEAD" }) });
    await open(old);
    assert.equal(tabsOf(old).length, 1);
    // One that is opened after it has its engine: the other would be unpacked by now.
    const next = bundle("next.touchstone-bundle", 100_000);
    await open(next);
    await until(() => unpacked(next) !== undefined && new PrivateFolder(unpacked(next) ?? "").address() !== null);
    assert.equal(unpacked(uri), undefined);
    assert.equal(tabsOf(old).length, 1);
    await vscode.window.tabGroups.close([...tabsOf(next), ...tabsOf(old)]);
  });
});

/** Looks until something is so, at most as long as the test may take. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
