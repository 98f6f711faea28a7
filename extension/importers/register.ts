import { basename, dirname, relative, sep } from "node:path";
import * as vscode from "vscode";
import { importersFind, importersFollow, importersImport, importersSources, type FoundSource, type ImportedSource, type ImportResult } from "../../engine/api/importers.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { registerBundles } from "./bundles.ts";
import { registerOffer } from "./offer.ts";
import { registerOffline } from "./offline.ts";
import { registerProblems, showProblems } from "./problems.ts";

/** Opening what other trackers wrote: from the palette, the explorer, and the offer in a folder that holds some. */
export function registerImporters(host: ExtensionHost): void {
  registerProblems(host);
  registerOffline(host);
  host.command("openSource", async (given) => {
    const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
    if (uri !== undefined) await openPaths(host, host.engines.forUri(uri) ?? requireLink(host), [uri.fsPath]);
  });
  host.command("importRuns", () => chooseAndImport(host));
  registerBundles(host, (link, path) => openPaths(host, link, [path]));
  registerOffer(host, (link, paths) => openPaths(host, link, paths));
}

/** Imports what lies at these paths, and shows it. */
async function openPaths(host: ExtensionHost, link: EngineLink, paths: readonly string[]): Promise<void> {
  const found = new Map<string, FoundSource>();
  const passedOver = new Set<string>();
  for (const path of paths) {
    const there = await link.request(importersFind, { path });
    for (const source of there.sources) found.set(`${source.format} ${source.path}`, source);
    for (const file of there.passedOver) passedOver.add(file);
  }
  if (found.size === 0) {
    const names = paths.map((path) => basename(path)).join(", ");
    if (passedOver.size > 0) throw new Error(passedOverText(link, [...passedOver]));
    throw new Error(vscode.l10n.t("{0} holds nothing of a tracker that Touchstone knows: MLflow, TensorBoard, W&B, DVCLive, Lightning, Keras, Trackio, exptrack, Neptune's exporter, Touchstone's bundle, CSV of metrics.", names));
  }
  const results = await importAll(link, [...found.values()]);
  if (results.length === 0) return;
  const only = results.length === 1 ? results[0] : undefined;
  // Not before: what comes into an open table waits there behind "n new runs", so that no row moves under a person.
  host.panels.open("table", {}, link, vscode.ViewColumn.Active);
  tell(results, only === undefined ? vscode.l10n.t("{0} sources", String(results.length)) : nameOf(link, only.path), passedOver.size === 0 ? null : passedOverText(link, [...passedOver]));
}

async function importAll(link: EngineLink, sources: readonly FoundSource[]): Promise<ImportResult[]> {
  const options = { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Opening in Touchstone"), cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const results: ImportResult[] = [];
    for (const source of sources) {
      let last = 0;
      const onProgress = ({ done, total, unit }: { readonly done: number; readonly total: number | null; readonly unit: string }): void => {
        const part = total === null || total === 0 ? 0 : (done / total) * (100 / sources.length);
        const count = total === null ? String(done) : vscode.l10n.t("{0} of {1}", done.toLocaleString(), total.toLocaleString());
        progress.report({ message: `${nameOf(link, source.path)}: ${count} ${unit}`, increment: Math.max(0, part - last) });
        last = Math.max(last, part);
      };
      results.push(await link.request(importersImport, { path: source.path, format: source.format, follow: source.format !== "bundle" }, { signal: controller.signal, onProgress }));
      if (controller.signal.aborted) break;
    }
    return results;
  });
}

/** CSV files of a folder that look like logs of metrics: the person says which are meant. */
function passedOverText(link: EngineLink, files: readonly string[]): string {
  const names = files.slice(0, 3).map((file) => nameOf(link, file)).join(", ");
  if (files.length === 1) return vscode.l10n.t("A CSV file that looks like a log of metrics was passed over: {0}. To import it, open it itself.", names);
  if (files.length <= 3) return vscode.l10n.t("{0} CSV files that look like logs of metrics were passed over: {1}. To import one, open it itself.", String(files.length), names);
  return vscode.l10n.t("{0} CSV files that look like logs of metrics were passed over: {1} and {2} more. To import one, open it itself.", String(files.length), names, String(files.length - 3));
}

/** What came, in one sentence, and what a person may still want; what could not be read, behind a button. */
function tell(results: readonly ImportResult[], name: string, passedOver: string | null): void {
  const sum = (count: (result: ImportResult) => number): number => results.reduce((total, result) => total + count(result), 0);
  const [runs, added, problems] = [sum(({ runs: all }) => all), sum((result) => result.added.runs), sum(({ problemCount }) => problemCount)];
  const came =
    added > 0 && results.every(({ follow }) => !follow) ? vscode.l10n.t("{0}: {1} runs taken in, {2} values.", name, added.toLocaleString(), sum((result) => result.added.points).toLocaleString())
    : added > 0 ? vscode.l10n.t("{0}: {1} runs taken in, {2} values. They are followed while they grow.", name, added.toLocaleString(), sum((result) => result.added.points).toLocaleString())
    : vscode.l10n.t("{0}: all {1} runs were here already.", name, runs.toLocaleString());
  const said = passedOver === null ? came : `${came} ${passedOver}`;
  if (problems === 0) {
    void vscode.window.showInformationMessage(said);
    return;
  }
  const show = problems === 1 ? vscode.l10n.t("Show 1 Problem") : vscode.l10n.t("Show {0} Problems", problems.toLocaleString());
  void vscode.window.showWarningMessage(said, show).then((chosen) => (chosen === show ? showProblems(results) : undefined));
}

type Item = vscode.QuickPickItem & { readonly paths?: readonly string[]; readonly pick?: "folder" | "file"; readonly imported?: ImportedSource };

/** What was found in the workspace, what was imported before, or something elsewhere. */
async function chooseAndImport(host: ExtensionHost): Promise<void> {
  const link = requireLink(host);
  const [{ sources: found }, { sources: imported }] = await Promise.all([link.request(importersFind, { path: link.folder }), link.request(importersSources, {})]);
  const before = new Set(imported.map(({ path }) => path));
  const eye = { iconPath: new vscode.ThemeIcon("eye"), tooltip: vscode.l10n.t("Followed while it grows: stop") };
  const items: Item[] = [
    ...found.filter(({ path }) => !before.has(path)).map(({ title, path }) => ({ label: `$(cloud-download) ${nameOf(link, path)}`, description: title, paths: [path] })),
    { label: vscode.l10n.t("$(folder) Choose a folder…"), pick: "folder" as const },
    { label: vscode.l10n.t("$(file) Choose a file…"), pick: "file" as const },
    ...imported.map((source) => ({
      label: `$(history) ${nameOf(link, source.path)}`,
      description: source.present ? vscode.l10n.t("{0}, {1} runs", source.title, source.runs.toLocaleString()) : vscode.l10n.t("{0}, no longer there", source.title),
      imported: source,
      paths: [source.path],
      ...(source.follow ? { buttons: [eye] } : {}),
    })),
  ];
  const chosen = await pickItem(link, items);
  if (chosen === undefined) return;
  const picked = chosen.paths ?? (await vscode.window.showOpenDialog({ canSelectFolders: chosen.pick === "folder", canSelectFiles: chosen.pick === "file", openLabel: vscode.l10n.t("Open in Touchstone") }))?.map((uri) => uri.fsPath);
  if (picked !== undefined) await openPaths(host, link, picked);
}

async function pickItem(link: EngineLink, items: readonly Item[]): Promise<Item | undefined> {
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = vscode.l10n.t("Runs of other trackers");
  picker.placeholder = vscode.l10n.t("What shall be opened?");
  picker.items = items;
  picker.onDidTriggerItemButton(({ item: { imported } }) => {
    if (imported === undefined) return;
    void link.request(importersFollow, { path: imported.path, format: imported.format, follow: false });
    picker.items = picker.items.map((item) => (item.imported === imported ? { label: item.label, imported, ...(item.paths ? { paths: item.paths } : {}), description: vscode.l10n.t("no longer followed") } : item));
  });
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** A path as the person knows it. */
function nameOf({ folder }: EngineLink, path: string): string {
  const inner = relative(folder, path);
  return inner.startsWith("..") || inner === "" ? `${basename(dirname(path))}${sep}${basename(path)}` : inner;
}
