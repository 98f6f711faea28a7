import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { EXPORT_PARTS, exportersRun, type ExportFormat, type ExportPart, type ExportResult } from "../../engine/api/exporters.ts";
import type { EngineLink } from "../engine/link.ts";
import { errorShape } from "../errors.ts";
import type { ExtensionHost } from "../host.ts";
import { withProgress } from "../progress.ts";
import { reveal } from "../reveal.ts";
import { formatSize } from "../runs/format.ts";
import { chosenRuns, type Chosen } from "./chosen.ts";
import { freeName, targets, withEnding } from "./formats.ts";

/** Writing runs in the formats of other tools: all of a folder, of an experiment, or a selection. */
export function registerExporters(host: ExtensionHost): void {
  host.command("exportRuns", async (first, selection) => {
    const chosen = await chosenRuns(host, first, selection);
    if (chosen.runIds.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t("There are no runs to export yet. Open a script and click Run & track above it."));
      return undefined;
    }
    const format = await askFormat(chosen);
    if (format === undefined) return undefined;
    const without = format === "bundle" ? await askWithout() : [];
    return without === undefined ? undefined : exportTo(host, chosen, format, without);
  });
}

async function askFormat({ runIds, what }: Chosen): Promise<ExportFormat | undefined> {
  const formats: readonly (vscode.QuickPickItem & { readonly format: ExportFormat })[] = [
    { format: "csv", label: vscode.l10n.t("$(table) CSV"), detail: vscode.l10n.t("A folder of tables, one row a value: runs, params, tags, metrics, data, artifacts by path and digest") },
    { format: "jsonl", label: vscode.l10n.t("$(json) JSON lines"), detail: vscode.l10n.t("The same tables, one JSON object a line") },
    { format: "parquet", label: vscode.l10n.t("$(database) Parquet"), detail: vscode.l10n.t("The same tables, typed and compressed, for pandas, DuckDB or Spark") },
    { format: "mlruns", label: vscode.l10n.t("$(folder) MLflow folder"), detail: vscode.l10n.t("With artifacts and logged models; MLflow opens it as its tracking URI") },
    { format: "mlmd", label: vscode.l10n.t("$(type-hierarchy) ML Metadata"), detail: vscode.l10n.t("One JSON file in the terms of ML Metadata, with the last point of each metric") },
    { format: "bundle", label: vscode.l10n.t("$(package) Touchstone bundle"), detail: vscode.l10n.t("One file with every point and artifact, for another Touchstone to open") },
  ];
  const title = runIds.length === 1 ? vscode.l10n.t("Export 1 run as") : vscode.l10n.t("Export {0} runs as", runIds.length.toLocaleString());
  return (await vscode.window.showQuickPick(formats, { title, matchOnDetail: true, ...(what === undefined ? {} : { placeHolder: what }) }))?.format;
}

/** What of the launches a bundle leaves out; undefined where it was cancelled. */
async function askWithout(): Promise<readonly ExportPart[] | undefined> {
  const parts: readonly (vscode.QuickPickItem & { readonly part: ExportPart })[] = [
    { part: "log", label: vscode.l10n.t("Log"), detail: vscode.l10n.t("Everything the scripts printed; what looks like a key or password is masked"), picked: true },
    { part: "environment", label: vscode.l10n.t("Environment"), detail: vscode.l10n.t("Variables, packages, machine and working folder"), picked: true },
    { part: "code", label: vscode.l10n.t("Code"), detail: vscode.l10n.t("Commit, uncommitted changes and script"), picked: true },
  ];
  const chosen = await vscode.window.showQuickPick(parts, { title: vscode.l10n.t("The bundle carries, beside what was logged"), canPickMany: true });
  return chosen && EXPORT_PARTS.filter((part) => !chosen.some((one) => one.part === part));
}

/** Asks for the place and writes; where something stands there already, it asks again. */
async function exportTo(host: ExtensionHost, { link, runIds }: Chosen, format: ExportFormat, without: readonly ExportPart[]): Promise<ExportResult | undefined> {
  for (;;) {
    const path = await askPath(link, format);
    if (path === undefined) return undefined;
    const title = runIds.length === 1 ? vscode.l10n.t("Exporting 1 run to {0}", basename(path)) : vscode.l10n.t("Exporting {0} runs to {1}", runIds.length.toLocaleString(), basename(path));
    try {
      const result = await withProgress(title, (watched) => link.request(exportersRun, { runIds, format, path, without }, watched));
      void tell(host, result);
      return result;
    } catch (error) {
      const { code, message } = errorShape(error);
      if (code !== "EXPORT_NOT_EMPTY" && code !== "EXPORT_EXISTS") throw error;
      const another = vscode.l10n.t("Choose Another Name…");
      if ((await vscode.window.showWarningMessage(`${basename(path)}: ${message}`, another)) !== another) return undefined;
    }
  }
}

async function askPath({ folder }: EngineLink, format: ExportFormat): Promise<string | undefined> {
  const target = targets[format];
  const chosen = await vscode.window.showSaveDialog({
    title: target.ending === null ? vscode.l10n.t("Export runs: name of the new folder") : vscode.l10n.t("Export runs: name of the file"),
    saveLabel: vscode.l10n.t("Export"),
    defaultUri: vscode.Uri.file(join(folder, freeName(target, (name) => existsSync(join(folder, name))))),
    ...(target.ending === null ? {} : { filters: { [format === "bundle" ? vscode.l10n.t("Touchstone bundle") : "JSON"]: [target.ending] } }),
  });
  if (chosen === undefined) return undefined;
  const path = withEnding(chosen.fsPath, target);
  // The dialog asked about the name without the ending only.
  if (path === chosen.fsPath || !existsSync(path)) return path;
  return join(dirname(path), freeName({ ...target, name: basename(chosen.fsPath) }, (name) => existsSync(join(dirname(path), name))));
}

/** What was written, in numbers; what the format has no place for, in the log. */
async function tell({ log }: ExtensionHost, { path, runs, points, artifacts, bytes, holds, leftOut }: ExportResult): Promise<void> {
  const counts = [
    runs === 1 ? vscode.l10n.t("1 run") : vscode.l10n.t("{0} runs", runs.toLocaleString()),
    points === 1 ? vscode.l10n.t("1 point") : vscode.l10n.t("{0} points", points.toLocaleString()),
    ...(artifacts === 0 ? [] : [artifacts === 1 ? vscode.l10n.t("1 artifact of {0}", formatSize(bytes)) : vscode.l10n.t("{0} artifacts of {1}", artifacts.toLocaleString(), formatSize(bytes))]),
  ].join(", ");
  const written = vscode.l10n.t("Exported to {0}: {1}.", basename(path), counts);
  log.info(`${written} ${path}`);
  for (const what of holds) log.info(vscode.l10n.t("It carries: {0}", what));
  for (const what of leftOut) log.info(vscode.l10n.t("Not written: {0}", what));
  const said = [
    written,
    ...(holds.length === 0 ? [] : [vscode.l10n.t("It carries: {0}", `${holds.join("; ")}.`)]),
    ...(leftOut.length === 0 ? [] : [vscode.l10n.t("Not everything has a place in this format.")]),
  ].join(" ");
  const [details, open] = [vscode.l10n.t("Details"), vscode.l10n.t("Show in Folder")];
  const answer = await vscode.window.showInformationMessage(said, open, ...(leftOut.length === 0 ? [] : [details]));
  if (answer === details) log.show();
  if (answer !== open) return;
  const uri = vscode.Uri.file(path);
  if (vscode.workspace.getWorkspaceFolder(uri) === undefined) await reveal(path);
  else await vscode.commands.executeCommand("revealInExplorer", uri);
}
