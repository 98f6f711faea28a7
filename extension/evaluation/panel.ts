import * as vscode from "vscode";
import { configEdit } from "../../engine/api/config.ts";
import * as evaluation from "../../engine/api/evaluation.ts";
import type { PanelKind, Subject } from "../panels/panels.ts";

function path(subject: Subject): string {
  const value = subject["path"];
  return typeof value === "string" ? value : "";
}

/** The evaluation of a predictions file; `{path, runId?, mapping?}`. One panel a file. */
export const evaluationPanel: PanelKind = {
  id: "evaluation",
  icon: "target",
  key: path,
  title: (subject) => vscode.l10n.t("Evaluation: {0}", path(subject).split("/").at(-1) ?? ""),
  requests: [
    evaluation.evaluationDescribe,
    evaluation.evaluationPreview,
    evaluation.evaluationRun,
    evaluation.evaluationView,
    evaluation.evaluationSlices,
    evaluation.evaluationResiduals,
    evaluation.evaluationRows,
    evaluation.evaluationList,
    evaluation.evaluationLocate,
    configEdit,
  ],
  events: [],
};
