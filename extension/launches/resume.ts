import { basename } from "node:path";
import * as vscode from "vscode";
import { launchCommand, launchStart, type LaunchState } from "../../engine/api/launches.ts";
import { runsGet, runsWindow } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { targetOf } from "../runs/actions.ts";
import { stalledAfter } from "./alerts.ts";
import { joinArguments, splitArguments } from "./commandLine.ts";
import { hasMask, plainText, shownCommand, splitCommand } from "./resumed.ts";

/** Goes on with a run that ended, by its own command; undefined where the person left. */
export async function resumeRun(host: ExtensionHost, given: unknown, env: Record<string, string>): Promise<{ readonly link: EngineLink; readonly launch: LaunchState } | undefined> {
  const target = targetOf(host, given) ?? (await pickEnded(requireLink(host)));
  const runId = target?.runIds[0];
  if (target === undefined || runId === undefined) return undefined;
  const { link } = target;
  const { head, launch } = await link.request(runsGet, { runId });
  if (launch === null) throw new Error(vscode.l10n.t("{0} was not started by Touchstone, so its command is not known. A script goes on with it by its id: mlflow.start_run(run_id=…).", head.title));
  if (head.status === "running" || head.status === "scheduled") throw new Error(vscode.l10n.t("{0} is still running.", head.title));
  const known = await link.request(launchCommand, { launchId: launch.launchId });
  const { head: program, args } = splitCommand(known, link.folder);
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("Resume {0}: arguments for {1}", head.title, basename(program.at(-1) ?? "")),
    value: joinArguments(args),
    prompt: vscode.l10n.t("The run goes on under its id: its status, log and metrics do. The script itself finds its checkpoint, so say here from which."),
    ignoreFocusOut: true,
    validateInput: (text) => {
      try {
        return hasMask(splitArguments(text)) ? vscode.l10n.t("Secrets are not kept: type yours in place of ***.") : null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  });
  if (typed === undefined) return undefined;
  const command = [...program, ...splitArguments(typed)];
  if (!known.here && !(await allows(head.title, command, known.cwd))) return undefined;
  // Only the arguments were asked for: it is the run's own script, wherever the folder lay when it ran.
  return { link, launch: await link.request(launchStart, { command, cwd: known.cwd, env, from: "editor", resume: runId, otherScript: true, stalledAfterMs: stalledAfter(vscode.Uri.file(known.cwd)), cols: 120, rows: 30 }) };
}

/** Whether a person wants a command run that came from elsewhere: all of it is shown, and where. */
async function allows(title: string, command: readonly string[], cwd: string): Promise<boolean> {
  const shown = shownCommand(command);
  if (shown === null) throw new Error(vscode.l10n.t("{0} was not started on this computer, and its command is too long to be shown whole, so it is not run. `touchstone run --resume RUN -- …` in a terminal goes on with it.", title));
  const run = vscode.l10n.t("Run This Command");
  const detail = vscode.l10n.t("Command: {0}\n\nIn the folder: {1}\n\nThe run was taken in, imported, or came with the folder. Run its command only if you know what it does.", shown, plainText(cwd));
  return (await vscode.window.showWarningMessage(vscode.l10n.t("{0} was not started on this computer.", title), { modal: true, detail }, run)) === run;
}

async function pickEnded(link: EngineLink): Promise<{ readonly link: EngineLink; readonly runIds: readonly string[] } | undefined> {
  const { heads } = await link.request(runsWindow, { query: {}, columns: [], from: 0, to: 500 });
  const items = heads.filter(({ launchId, status }) => launchId !== null && status !== "running" && status !== "scheduled").map((head) => ({ label: head.title, description: head.error ?? head.status, detail: head.script ?? "", runId: head.runId }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No run that Touchstone started has ended yet."));
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t("Resume which run?"), matchOnDescription: true, matchOnDetail: true });
  return chosen === undefined ? undefined : { link, runIds: [chosen.runId] };
}
