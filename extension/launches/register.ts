import { basename, dirname, relative } from "node:path";
import * as vscode from "vscode";
import { launchAlert, launchList, launchStart, launchStop, type LaunchState } from "../../engine/api/launches.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { showAlert, stalledAfter } from "./alerts.ts";
import { joinArguments, splitArguments } from "./commandLine.ts";
import { debugTracked } from "./debug.ts";
import { type Interpreter, findInterpreter, selectInterpreter } from "./interpreter.ts";
import { resumeRun } from "./resume.ts";
import { LaunchTerminal } from "./terminal.ts";

const HISTORY = "touchstone.arguments";
const HISTORY_LENGTH = 10;

/** A script that can be launched: which file, in which folder, and the link to its store. */
export interface Script {
  readonly uri: vscode.Uri;
  readonly folder: vscode.Uri;
  readonly link: EngineLink;
}

/** Run & track, its arguments, debugging, stopping, and the terminals that show launches. */
export function registerLaunches(host: ExtensionHost): void {
  const terminals = new Map<string, vscode.Terminal>();
  const show = (link: EngineLink, launch: LaunchState, reveal: boolean): void => {
    const known = terminals.get(launch.launchId);
    if (known !== undefined) return known.show(true);
    const name = launch.script === null ? launch.command.join(" ") : basename(launch.script);
    const terminal = vscode.window.createTerminal({ name: vscode.l10n.t("{0} (tracked)", name), pty: new LaunchTerminal(link, launch.launchId), iconPath: new vscode.ThemeIcon("beaker") });
    terminals.set(launch.launchId, terminal);
    if (reveal) terminal.show(true);
  };
  host.disposables.add(
    vscode.window.onDidCloseTerminal((closed) => {
      for (const [id, terminal] of terminals) if (terminal === closed) terminals.delete(id);
    }),
  );

  const start = async (script: Script, args: readonly string[]): Promise<LaunchState> => {
    const launch = await script.link.request(launchStart, {
      command: await commandOf(script, args),
      cwd: script.folder.fsPath,
      env: shellEnvironment(),
      from: "editor",
      stalledAfterMs: stalledAfter(script.uri),
      cols: 120,
      rows: 30,
    });
    await remember(host, script.uri, args);
    show(script.link, launch, true);
    return launch;
  };

  host.command("run", async (target, args) => {
    const script = await requireScript(host, target);
    const words = Array.isArray(args) ? args.map(String) : lastArguments(host, script.uri);
    return (await start(script, words)).launchId;
  });
  host.command("runWithArguments", async (target) => {
    const script = await requireScript(host, target);
    const words = await askArguments(host, script);
    return words === undefined ? undefined : (await start(script, words)).launchId;
  });
  host.command("debug", async (target) => {
    const script = await requireScript(host, target);
    const words = lastArguments(host, script.uri);
    const launch = await debugTracked(script, words, await commandOf(script, words), shellEnvironment());
    show(script.link, launch, false);
    return launch.launchId;
  });
  host.command("resumeRun", async (target) => {
    requireTrust();
    const resumed = await resumeRun(host, target, shellEnvironment());
    if (resumed === undefined) return undefined;
    show(resumed.link, resumed.launch, true);
    return resumed.launch.launchId;
  });
  host.command("stop", async (target) => {
    const found = await pickLive(host, typeof target === "string" ? target : undefined);
    if (found !== undefined) await found.link.request(launchStop, { launchId: found.launch.launchId });
  });
  host.command("showTerminal", async (target) => {
    for (const link of host.engines.all()) {
      const { launches } = await link.request(launchList, { live: false });
      const launch = launches.find((candidate) => candidate.launchId === target);
      if (launch !== undefined) show(link, launch, true);
    }
  });
  host.command("selectInterpreter", async () => {
    // Asking an interpreter for its version runs it, the folder's own included.
    requireTrust();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder === undefined) throw new Error(vscode.l10n.t("Open a folder first."));
    await selectInterpreter(folder);
  });

  const followed = new Set<EngineLink>();
  host.disposables.add(
    host.engines.onState((link) => {
      if (!followed.has(link)) {
        followed.add(link);
        host.disposables.add(link.on(launchAlert, (alert) => void showAlert(host, link, alert)));
      }
      if (link.state !== "connected") return;
      // After a reload of the window the live runs get their terminals back.
      void link.request(launchList, { live: true }).then(
        ({ launches }) => launches.filter(({ status }) => status === "running").forEach((launch) => show(link, launch, false)),
        () => undefined,
      );
    }),
  );
}

/** The environment of the window's shell; the engine takes the editor's own variables out. */
export function shellEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** @throws Error that says what to do, in a folder that is not trusted. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t("Nothing is run in a folder that is not trusted. Trust it first (Workspaces: Manage Workspace Trust)."));
}

async function requireScript(host: ExtensionHost, target: unknown): Promise<Script> {
  requireTrust();
  // A panel names the script by its absolute path.
  const named = typeof target === "string" && target !== "" ? vscode.Uri.file(target) : undefined;
  const uri = target instanceof vscode.Uri ? target : (named ?? vscode.window.activeTextEditor?.document.uri);
  if (uri === undefined || uri.scheme !== "file") throw new Error(vscode.l10n.t("Open the script that should run first."));
  if (named !== undefined && vscode.workspace.getWorkspaceFolder(named) === undefined) throw new Error(vscode.l10n.t("{0} lies outside of this window's folders; open it in the editor to run it.", named.fsPath));
  await vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString() && document.isDirty)?.save();
  const link = host.engines.forUri(uri);
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.file(dirname(uri.fsPath));
  return { uri, folder, link: link ?? host.engines.forFolder(folder.fsPath) };
}

/** What a person would type in the folder: the interpreter of the language, the script's relative path, the arguments. */
async function commandOf(script: Script, args: readonly string[]): Promise<readonly string[]> {
  const path = relative(script.folder.fsPath, script.uri.fsPath);
  if (/\.(c|m)?js$/.test(path)) return ["node", path, ...args];
  if (/\.(c|m)?ts$/.test(path)) return ["node", "--experimental-strip-types", path, ...args];
  const interpreter = await requireInterpreter(script.folder);
  return [interpreter.path, path, ...args];
}

async function requireInterpreter(folder: vscode.Uri): Promise<Interpreter> {
  const found = await findInterpreter(folder);
  if (found === null) throw new Error(vscode.l10n.t("No Python was found. Install one, or set touchstone.python.interpreter to its path."));
  return found;
}

function history(host: ExtensionHost): Readonly<Record<string, readonly string[]>> {
  return host.context.workspaceState.get<Record<string, readonly string[]>>(HISTORY, {});
}

function lastArguments(host: ExtensionHost, uri: vscode.Uri): readonly string[] {
  return splitArguments(history(host)[uri.toString()]?.[0] ?? "");
}

async function remember(host: ExtensionHost, uri: vscode.Uri, args: readonly string[]): Promise<void> {
  const all = history(host);
  const text = joinArguments(args);
  const lines = [text, ...(all[uri.toString()] ?? []).filter((line) => line !== text)].slice(0, HISTORY_LENGTH);
  await host.context.workspaceState.update(HISTORY, { ...all, [uri.toString()]: lines });
}

/** An input box that starts with the last arguments and offers the ones before below. */
async function askArguments(host: ExtensionHost, script: Script): Promise<readonly string[] | undefined> {
  const lines = history(host)[script.uri.toString()] ?? [];
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly line: string | null }>();
  pick.title = vscode.l10n.t("Arguments for {0}", basename(script.uri.fsPath));
  pick.placeholder = "--lr 0.1 --epochs 20";
  pick.value = lines[0] ?? "";
  const offer = (): void => {
    const typed = { line: null, label: pick.value === "" ? vscode.l10n.t("Run without arguments") : pick.value, description: vscode.l10n.t("Enter runs"), alwaysShow: true };
    pick.items = [typed, ...lines.filter((line) => line !== pick.value).map((line) => ({ line, label: line, description: vscode.l10n.t("used before") }))];
  };
  offer();
  return new Promise((resolve) => {
    pick.onDidChangeValue(offer);
    pick.onDidAccept(() => {
      // Fast typing may end before the first item has its new label: what was typed counts, not what was painted.
      try {
        resolve(splitArguments(pick.activeItems[0]?.line ?? pick.value));
        pick.hide();
      } catch (error) {
        pick.title = error instanceof Error ? error.message : String(error);
      }
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

async function pickLive(host: ExtensionHost, launchId: string | undefined): Promise<{ link: EngineLink; launch: LaunchState } | undefined> {
  const live: { link: EngineLink; launch: LaunchState }[] = [];
  for (const link of host.engines.all()) {
    const { launches } = await link.request(launchList, { live: true });
    live.push(...launches.map((launch) => ({ link, launch })));
  }
  if (launchId !== undefined) return live.find(({ launch }) => launch.launchId === launchId || launch.runId === launchId);
  if (live.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t("No run is under way."));
  if (live.length <= 1) return live[0];
  const items = live.map((entry) => ({ label: entry.launch.script ?? entry.launch.command.join(" "), description: entry.launch.command.join(" "), entry }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Stop which run?") }))?.entry;
}
