import { basename } from "node:path";
import * as vscode from "vscode";
import { launchStart, type LaunchState } from "../../engine/api/launches.ts";
import { runsGet, runsWindow } from "../../engine/api/runs.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { targetOf } from "../runs/actions.ts";
import { stalledAfter } from "./alerts.ts";
import { joinArguments, splitArguments } from "./commandLine.ts";
import { hasMask, splitCommand } from "./resumed.ts";

/** Goes on with a run that ended, by its own command; undefined where the person left. */
export async function resumeRun(host: ExtensionHost, given: unknown, env: Record<string, string>): Promise<{ readonly link: EngineLink; readonly launch: LaunchState } | undefined> {
  const target = targetOf(host, given) ?? (await pickEnded(requireLink(host)));
  const runId = target?.runIds[0];
  if (target === undefined || runId === undefined) return undefined;
  const { link } = target;
  const { head, launch } = await link.request(runsGet, { runId });
  if (launch === null) throw new Error(vscode.l10n.t("{0} was not started by Touchstone, so its command is not known. A script goes on with it by its id: mlflow.start_run(run_id=…).", head.title));
  if (head.status === "running" || head.status === "scheduled") throw new Error(vscode.l10n.t("{0} is still running.", head.title));
  const { head: program, args } = splitCommand(launch, link.folder);
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
  return { link, launch: await link.request(launchStart, { command, cwd: launch.cwd, env, from: "editor", resume: runId, stalledAfterMs: stalledAfter(vscode.Uri.file(launch.cwd)), cols: 120, rows: 30 }) };
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
