import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { hostCommand, hostCompare, hostCompareCode, hostCopy, hostExportRuns, hostInput, hostOpenFile, hostOpenRun, hostResource } from "../../engine/api/host.ts";
import type { RequestToken } from "../../engine/api/tokens.ts";
import type { OpenPanel, SharedHandlers } from "./panels.ts";
import type { HostHandler } from "./relay.ts";
import { workingFolder } from "../engine/engines.ts";
import { exportRuns } from "../runs/export.ts";

/** The commands of this extension that a page may run; never the editor's own. */
const PAGE_COMMANDS: ReadonlySet<string> = new Set(
  ("run runWithArguments stop openTable compareCode goToCode diffCode renameRun noteRun tagRun starRun deleteRun restoreRun openLog openArtifacts openRunFolder " +
    "backUpStore restoreStore evaluate labelRows openLabelSet exportLabels restartEngine showTerminal takeInBundle").split(" "),
);

/** Those whose first argument is a run, or several: they are told of whose store, which may be another than that of the window's first folder. */
const RUN_COMMANDS: ReadonlySet<string> = new Set("compareCode goToCode diffCode renameRun noteRun tagRun starRun deleteRun restoreRun openLog openArtifacts openRunFolder".split(" "));

/** What every panel may ask of the extension: open code, other panels and commands of this extension, the clipboard. */
export const sharedHandlers: SharedHandlers = (panel) =>
  new Map([
    handler(hostOpenFile, (params) => openFile(panel, params)),
    handler(hostOpenRun, ({ runId, tab }) => run("openRun", runsOf(panel, runId), tab)),
    handler(hostCompare, ({ runIds }) => run("compare", runsOf(panel, runIds))),
    handler(hostCompareCode, ({ runIds }) => run("compareCode", runsOf(panel, runIds))),
    handler(hostCommand, ({ command, args }) => {
      const name = command.replace(/^touchstone\./, "");
      if (!PAGE_COMMANDS.has(name)) throw new Error(`A panel may not run ${command}.`);
      const [first, ...more] = args;
      return run(name, ...(RUN_COMMANDS.has(name) ? [runsOf(panel, first), ...more] : args));
    }),
    handler(hostCopy, async ({ text }) => {
      await vscode.env.clipboard.writeText(text);
      return null;
    }),
    handler(hostInput, async ({ title, value, placeholder }) => {
      const text = await vscode.window.showInputBox({ title, ...(value === undefined ? {} : { value }), ...(placeholder === undefined ? {} : { placeHolder: placeholder }) });
      return { text: text ?? null };
    }),
    handler(hostExportRuns, ({ query, group, columns, format }) => exportRuns(panel, { query, ...(group === undefined ? {} : { group }), columns, format })),
    handler(hostResource, async ({ path }) => ({ uri: panel.webview.asWebviewUri(vscode.Uri.file(absolute(panel, path))).toString() })),
  ]);

function handler<P, R>(token: RequestToken<P, R>, answer: (params: P) => Promise<R>): [string, HostHandler] {
  // SAFETY: the page is built from the same tokens; each answer reads plain fields and VS Code checks their kinds.
  return [token.method, (params) => answer(params as P)];
}

/** Runs of a panel's own store, as `targetOf` takes them. */
function runsOf({ link }: OpenPanel, runs: unknown): unknown {
  return typeof runs === "string" ? { folder: link.folder, runIds: [runs] } : Array.isArray(runs) ? { folder: link.folder, runIds: runs } : runs;
}

async function run(command: string, ...args: readonly unknown[]): Promise<null> {
  await vscode.commands.executeCommand(`touchstone.${command}`, ...args);
  return null;
}

/** @throws Error for a share of another machine: opening one sends this person's credentials there. */
function absolute(panel: OpenPanel, path: string): string {
  if (/^[\\/]{2}/.test(path)) throw new Error(vscode.l10n.t("{0} lies on another machine; it is not opened from here.", path));
  return isAbsolute(path) ? path : join(workingFolder(panel.link), path);
}

async function openFile(panel: OpenPanel, params: { path: string; line?: number; beside?: boolean }): Promise<null> {
  const line = Math.max(0, (params.line ?? 1) - 1);
  const uri = vscode.Uri.file(absolute(panel, params.path));
  // Where the file stands beside the panel already, its line is shown there.
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString())?.viewColumn;
  const column = params.beside === true ? (shown ?? vscode.ViewColumn.Beside) : vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, { viewColumn: column, selection: new vscode.Range(line, 0, line, 0) });
  return null;
}
