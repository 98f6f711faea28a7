import { basename, dirname, relative, sep } from "node:path";
import * as vscode from "vscode";

/** What other trackers leave behind, by names alone: looking at the contents is the engine's, which is not started for this. */
const LEFT = "**/{mlruns/*/meta.yaml,mlflow.db,.exptrack/experiments.db,events.out.tfevents.*,wandb/*/run-*.wandb,dvclive/metrics.json,lightning_logs/*/metrics.csv}";
/** What lies there is not the person's own work. */
const PASSED = "**/{node_modules,.git,.touchstone,.venv,venv,site-packages,mlartifacts}/**";
const MOST = 500;

/** The folders and files of a workspace folder that look like those of another tracker, with what is in them. */
export async function likelySources(folder: vscode.WorkspaceFolder): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, LEFT), new vscode.RelativePattern(folder, PASSED), MOST);
  const found = new Map<string, string[]>();
  for (const { fsPath } of files) {
    const source = sourceOf(fsPath, folder.uri.fsPath);
    found.set(source, [...(found.get(source) ?? []), fsPath]);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The source that a file belongs to: a database is one by itself, a folder of logs is the topmost one in the workspace. */
function sourceOf(file: string, root: string): string {
  const name = basename(file);
  if (name === "mlflow.db" || name === "experiments.db") return file;
  if (name === "meta.yaml") return dirname(dirname(file));
  if (name === "metrics.json") return dirname(file);
  const parts = relative(root, file).split(sep);
  const named = parts.findLastIndex((part) => part === "wandb" || part === "lightning_logs");
  if (named >= 0) return [root, ...parts.slice(0, named + 1)].join(sep);
  return parts.length === 1 ? file : [root, parts[0]].join(sep);
}
