import { hostCommand, hostCompare, hostCopy, hostOpenRun } from "../../engine/api/host.ts";
import { runsGet, type RunHead } from "../../engine/api/runs.ts";
import { isTable } from "../../engine/api/tables.ts";
import { rpc } from "../ui/host.ts";
import { openMenu, type Anchor, type MenuItem } from "../ui/menu.ts";
import { possible } from "./run-possible.ts";

/** What can be done with a run, as a menu of its row and as commands of the extension. */
export function runMenu(head: RunHead, selected: number, readOnly: boolean, baseline?: string | null): MenuItem[] {
  const live = head.status === "running";
  const items: MenuItem[] = [
    { id: "open", label: "Open", icon: "go-to-file", key: "Enter" },
    { id: "openLog", label: "Open log", icon: "output" },
    { id: "openArtifacts", label: "Open artifacts", icon: "files" },
    { id: "openRunFolder", label: "Open folder", icon: "folder-opened" },
    { id: "goToCode", label: "Go to the code of this run", icon: "code" },
    ...(selected > 1 ? [{ id: "compareSelected", label: `Compare ${selected} selected`, icon: "git-compare", key: "c" }] : []),
    ...(live ? [{ id: "stop", label: "Stop", icon: "debug-stop", separator: true }] : []),
    { id: "renameRun", label: "Rename…", icon: "edit", separator: true },
    { id: "noteRun", label: "Note…", icon: "note" },
    { id: "tagRun", label: "Tag…", icon: "tag" },
    { id: "starRun", label: head.starred ? "Remove star" : "Star", icon: head.starred ? "star-full" : "star-empty" },
    ...(baseline === undefined ? [] : [{ id: "baseline", label: head.runId === baseline ? "Not the baseline any more" : "Set as baseline", icon: "milestone", key: "b" }]),
    { id: "copyId", label: "Copy id", icon: "copy" },
    head.deleted ? { id: "restoreRun", label: "Restore", icon: "discard", separator: true } : { id: "deleteRun", label: "Delete to archive", icon: "archive", separator: true },
  ];
  return possible(items, head, readOnly);
}

/** Does what was chosen in the menu of `head`. */
export async function runAction(id: string, head: RunHead, selected: readonly string[]): Promise<void> {
  if (id === "open") await rpc.request(hostOpenRun, { runId: head.runId });
  else if (id === "copyId") await rpc.request(hostCopy, { text: head.runId });
  else if (id === "compareSelected") await rpc.request(hostCompare, { runIds: selected });
  else await runCommand(id, head.runId);
}


/** Evaluates what a run wrote; of several tables the person chooses. Throws where it wrote none. */
export async function evaluateRun(runId: string, anchor: Anchor): Promise<void> {
  const { outputs } = await rpc.request(runsGet, { runId });
  const tables = outputs.map(({ path }) => path).filter((path) => isTable(path));
  if (tables.length === 0) throw new Error("This run wrote no table of predictions (CSV, Parquet, JSONL) that was seen, so there is nothing to evaluate.");
  const file = tables.length === 1 ? tables[0] : await openMenu(tables.map((path) => ({ id: path, label: path, icon: "table" })), anchor);
  if (file != null) await runCommand("evaluate", { file, runId });
}

/** A command of the extension on one run or several; it may ask the person, so it takes its time. */
export async function runCommand(name: string, ...args: readonly (string | readonly string[] | Readonly<Record<string, string>>)[]): Promise<void> {
  await rpc.request(hostCommand, { command: `touchstone.${name}`, args }, { timeoutMs: Number.POSITIVE_INFINITY });
}
