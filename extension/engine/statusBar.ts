import * as vscode from "vscode";
import { engineStatus } from "../../engine/api/engine.ts";
import { launchChanged, launchList, type LaunchState } from "../../engine/api/launches.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import type { ExtensionHost } from "../host.ts";
import { door } from "./door.ts";
import { followLimits } from "./limits.ts";
import type { EngineLink } from "./link.ts";

/** The one status-bar item: the engine's health and what runs; its menu restarts, shows the log, copies the tracking URI. */
export function registerStatusBar(host: ExtensionHost): void {
  const item = host.disposables.add(vscode.window.createStatusBarItem("touchstone.engine", vscode.StatusBarAlignment.Left, 5));
  item.name = "Touchstone";
  item.command = "touchstone.engineMenu";
  const live = new Map<string, LaunchState>();
  const progress = new Map<string, string>();
  const limits = followLimits(host, () => render());

  const render = (): void => {
    const links = host.engines.all().filter((link) => link.started && link.bundle === null);
    const failed = links.find((link) => link.state === "failed");
    if (links.length === 0) return item.hide();
    if (failed !== undefined) {
      item.text = `$(error) Touchstone`;
      item.tooltip = failed.message ?? vscode.l10n.t("The engine does not answer.");
      item.accessibilityInformation = { label: vscode.l10n.t("Touchstone engine failed. {0}", failed.message ?? "") };
    } else if (links.some((link) => link.state === "connecting")) {
      item.text = `$(sync~spin) Touchstone`;
      item.tooltip = vscode.l10n.t("The engine is starting.");
    } else {
      const limited = links.flatMap((link) => limits.get(link) ?? []).filter(({ notes }) => notes.length > 0);
      const notes = limited.flatMap(({ notes }) => notes);
      const health = limited.length === 0 ? "beaker" : limited.some(({ readOnly }) => readOnly) ? "lock" : "warning";
      const first = [...live.values()][0];
      const step = first === undefined ? undefined : progress.get(first.runId);
      item.text = first === undefined ? `$(${health}) Touchstone` : `$(${health}) ${vscode.l10n.t("{0} running", live.size)}${step === undefined ? "" : ` · ${step}`}`;
      const lines = [...notes, ...[...live.values()].map((launch) => launch.command.join(" "))];
      item.tooltip = lines.length === 0 ? vscode.l10n.t("The engine is ready.") : lines.join("\n");
      item.accessibilityInformation = { label: [item.text.replace(/^\$\([\w-]+\) /, ""), ...notes].join(". ") };
    }
    item.show();
  };

  const follow = (link: EngineLink): void => {
    host.disposables.add(
      link.on(launchChanged, (launch) => {
        if (launch.status === "running") live.set(launch.launchId, launch);
        else live.delete(launch.launchId);
        render();
      }),
    );
    host.disposables.add(
      link.on(runsChanged, ({ changed }) => {
        for (const { runId, head } of changed) if (head.progress !== null) progress.set(runId, head.progress);
        if (changed.length > 0) render();
      }),
    );
  };
  const followed = new Set<EngineLink>();
  host.disposables.add(
    host.engines.onState((link) => {
      if (!followed.has(link)) {
        followed.add(link);
        follow(link);
      }
      render();
      if (link.state !== "connected") return;
      link.request(launchList, { live: true }).then(
        ({ launches }) => {
          for (const launch of launches) live.set(launch.launchId, launch);
          render();
        },
        (error: unknown) => host.log.warn(`No list of live launches: ${String(error)}`),
      );
    }),
  );

  host.command("engineMenu", () => engineMenu(host));
  host.command("showEngineLog", () => showEngineLog(host));
  host.command("restartEngine", () => restartEngine(host));
  host.command("copyTrackingUri", async () => {
    const { trackingUri } = await requireLink(host).request(engineStatus, null);
    await vscode.env.clipboard.writeText(trackingUri);
    void vscode.window.setStatusBarMessage(vscode.l10n.t("Copied {0}", trackingUri), 4000);
    return trackingUri;
  });
}

async function engineMenu(host: ExtensionHost): Promise<void> {
  const status = await requireLink(host).request(engineStatus, null);
  const { artifactBytes, artifactQuotaBytes } = status;
  const artifacts =
    artifactQuotaBytes === null ? vscode.l10n.t("artifacts {0} MB", megabytes(artifactBytes)) : vscode.l10n.t("artifacts {0} of {1} MB", megabytes(artifactBytes), megabytes(artifactQuotaBytes));
  const entries = [
    { label: `$(output) ${vscode.l10n.t("Show Log")}`, command: "touchstone.showEngineLog" },
    { label: `$(debug-restart) ${vscode.l10n.t("Restart Engine")}`, description: vscode.l10n.t("live trainings go on"), command: "touchstone.restartEngine" },
    { label: `$(copy) ${vscode.l10n.t("Copy Tracking URI")}`, description: status.trackingUri, command: "touchstone.copyTrackingUri" },
    { label: `$(settings-gear) ${vscode.l10n.t("Artifact Quota…")}`, description: artifacts, command: "workbench.action.openSettings", argument: "touchstone.artifacts.quota" },
  ];
  const title = vscode.l10n.t("Touchstone {0} · {1} runs · {2} MB · {3}", status.version, status.runs, megabytes(status.storeBytes), artifacts);
  const chosen = await vscode.window.showQuickPick(entries, { title, placeHolder: status.notes.join(" ") });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, ...("argument" in chosen ? [chosen.argument] : []));
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

async function showEngineLog(host: ExtensionHost): Promise<void> {
  const file = vscode.Uri.file(door().engineLogFile(requireLink(host).folder));
  try {
    await vscode.window.showTextDocument(file, { preview: true });
  } catch {
    host.log.show();
  }
}

async function restartEngine(host: ExtensionHost): Promise<void> {
  await requireLink(host).restart();
}

/** The link of what the person looks at; says what to do where there is no folder. */
export function requireLink(host: ExtensionHost): EngineLink {
  const link = host.engines.forUri();
  if (link === undefined) throw new Error(vscode.l10n.t("Open a folder first: Touchstone keeps its runs beside the code."));
  return link;
}
