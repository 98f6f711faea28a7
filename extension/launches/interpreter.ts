import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";

export interface Interpreter {
  readonly path: string;
  /** As `--version` prints it, e.g. `Python 3.11.7`. */
  readonly version: string;
  /** Why this one, in words. */
  readonly from: string;
}

/** The part of the Python extension's API that names the chosen interpreter. */
interface PythonApi {
  readonly environments: { getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } };
}

/** Every interpreter that answers, the one that would be taken first. */
export async function listInterpreters(folder: vscode.Uri): Promise<readonly Interpreter[]> {
  const answers = await Promise.all(
    (await candidates(folder)).map(async ({ command, args, from }) => {
      const version = await versionOf(command, args, folder.fsPath);
      return version === null ? null : { path: version.executable, version: version.text, from };
    }),
  );
  const seen = new Set<string>();
  return answers.filter((answer) => answer !== null).filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** Shows which interpreter tracked runs use, and sets another. */
export async function selectInterpreter(folder: vscode.Uri): Promise<void> {
  const browse = { label: `$(folder-opened) ${vscode.l10n.t("Browse…")}`, path: null };
  const found = listInterpreters(folder).then((all) => [
    ...all.map(({ path, version, from }, index) => ({ label: `${index === 0 ? "$(check) " : ""}${version}`, description: path, detail: from, path })),
    browse,
  ]);
  const chosen = await vscode.window.showQuickPick(found, { title: vscode.l10n.t("Python for tracked runs in {0}", folder.fsPath), placeHolder: vscode.l10n.t("The checked one is used now") });
  if (chosen === undefined) return;
  const path = chosen.path ?? (await vscode.window.showOpenDialog({ canSelectMany: false, title: vscode.l10n.t("Python interpreter") }))?.[0]?.fsPath;
  if (path !== undefined) await vscode.workspace.getConfiguration("touchstone", folder).update("python.interpreter", path, vscode.ConfigurationTarget.Workspace);
}

/**
 * The interpreter for a folder: the setting, the Python extension's choice, the folder's own environment, then
 * what the PATH has. Each is asked for its version, so that a dead link or a shop stub is passed over.
 */
export async function findInterpreter(folder: vscode.Uri): Promise<Interpreter | null> {
  for (const { command, args, from } of await candidates(folder)) {
    const version = await versionOf(command, args, folder.fsPath);
    if (version !== null) return { path: version.executable, version: version.text, from };
  }
  return null;
}

interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
  readonly from: string;
}

async function candidates(folder: vscode.Uri): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  const set = vscode.workspace.getConfiguration("touchstone", folder).get<string>("python.interpreter", "");
  if (set !== "") found.push({ command: set, args: [], from: vscode.l10n.t("setting touchstone.python.interpreter") });
  const chosen = await pythonExtensionChoice(folder);
  if (chosen !== null) found.push({ command: chosen, args: [], from: vscode.l10n.t("chosen in the Python extension") });
  for (const name of [".venv", "venv", "env", ".conda"]) {
    for (const bin of process.platform === "win32" ? ["Scripts\\python.exe", "python.exe"] : ["bin/python"]) {
      const path = join(folder.fsPath, name, bin);
      if (await exists(path)) found.push({ command: path, args: [], from: vscode.l10n.t("{0} of the folder", name) });
    }
  }
  const conda = process.env["CONDA_PREFIX"];
  if (conda !== undefined) found.push({ command: join(conda, process.platform === "win32" ? "python.exe" : "bin/python"), args: [], from: vscode.l10n.t("active conda environment") });
  if (process.platform === "win32") found.push({ command: "py", args: ["-3"], from: "py -3" });
  found.push({ command: "python3", args: [], from: "PATH" }, { command: "python", args: [], from: "PATH" });
  return found;
}

async function pythonExtensionChoice(folder: vscode.Uri): Promise<string | null> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) return null;
  try {
    const api = extension.isActive ? extension.exports : await extension.activate();
    return api.environments.getActiveEnvironmentPath(folder).path;
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function versionOf(command: string, args: readonly string[], cwd: string): Promise<{ executable: string; text: string } | null> {
  const script = "import sys; print(sys.executable); print('Python %d.%d.%d' % sys.version_info[:3])";
  return new Promise((resolve) => {
    execFile(command, [...args, "-I", "-c", script], { cwd, timeout: 10_000, windowsHide: true }, (error, stdout) => {
      const [executable, text] = stdout.trim().split(/\r?\n/);
      resolve(error !== null || executable === undefined || text === undefined ? null : { executable, text });
    });
  });
}
