import { join } from "node:path";
import * as vscode from "vscode";
import { artifactsModel, artifactsTable } from "../../engine/api/artifacts.ts";
import { runsCompare, runsCompareData, runsCompareSlices } from "../../engine/api/compare.ts";
import { configChanged, configEdit, configGet } from "../../engine/api/config.ts";
import { evaluationList } from "../../engine/api/evaluation.ts";
import { expressionCheck, expressionComplete } from "../../engine/api/expressions.ts";
import * as groups from "../../engine/api/groups.ts";
import * as launches from "../../engine/api/launches.ts";
import * as runs from "../../engine/api/runs.ts";
import { remoteChanged, remoteStatus } from "../../engine/api/remote.ts";
import * as views from "../../engine/api/views.ts";
import type { PanelKind, Subject } from "../panels/panels.ts";

const reading = [
  runs.runsWindow, runs.runsKeys, runs.runsGet, runs.runsPositions,
  runs.metricCurves, runs.experimentsList, runs.artifactsList, runs.artifactsRead, artifactsTable, artifactsModel, launches.launchGet, launches.launchLog, launches.launchUnfollow,
  runs.runsAnswer, runsCompare, runsCompareData, runsCompareSlices, evaluationList, expressionCheck, expressionComplete,
];
/** Comparisons read evaluated files and data files again, and a table of artifacts is opened by its reader. */
const readsFiles = [runsCompareSlices, runsCompareData, artifactsTable];
/** What only the table asks: its groups, baseline, views and quick filters. It writes files through `host/exportRuns` alone. */
const tableOnly = [groups.runsGroups, groups.runsMembers, groups.runsSetBaseline, views.runsSpread, views.runsSite, views.viewsSave, views.viewsRename, views.viewsDelete, configGet, configEdit];
const events = [runs.runsChanged, launches.launchChanged, launches.launchOutput];

function text(subject: Subject, key: string): string {
  const value = subject[key];
  return typeof value === "string" ? value : "";
}

function artifactRoots(_subject: Subject, link: { readonly folder: string }): readonly vscode.Uri[] {
  return [vscode.Uri.file(join(link.folder, ".touchstone", "artifacts"))];
}

/** The experiments table; `{script}` or `{experimentId}` narrows it. One per folder: it follows the active script. */
export const tablePanel: PanelKind = {
  id: "table",
  icon: "table",
  key: () => "table",
  title: (subject) => (text(subject, "script") === "" ? vscode.l10n.t("Experiments") : vscode.l10n.t("Experiments: {0}", text(subject, "script"))),
  requests: [...reading, ...tableOnly],
  readsFiles,
  events: [...events, configChanged],
};

/** One run; `{runId, tab?}`. */
export const runPanel: PanelKind = {
  id: "run",
  icon: "beaker",
  key: (subject) => text(subject, "runId"),
  title: () => vscode.l10n.t("Run"),
  requests: [...reading, remoteStatus],
  readsFiles,
  events: [...events, remoteChanged],
  resourceRoots: artifactRoots,
};

/** Two or more runs side by side; `{runIds}`. */
export const comparePanel: PanelKind = {
  id: "compare",
  icon: "git-compare",
  key: (subject) => JSON.stringify(subject["runIds"]),
  title: () => vscode.l10n.t("Compare runs"),
  requests: reading,
  readsFiles,
  events,
};
