import * as vscode from "vscode";
import { configChanged, configEdit } from "../../engine/api/config.ts";
import * as evaluation from "../../engine/api/evaluation.ts";
import { hostManageTrust } from "../../engine/api/host.ts";
import type { PanelKind, Subject } from "../panels/panels.ts";
import type { HostHandler } from "../panels/relay.ts";
import { untrusted } from "../panels/trust.ts";

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
  events: [configChanged],
  host: (panel) =>
    new Map<string, HostHandler>([
      [
        // Everything begins with this request: in a folder that is not trusted no file is read.
        evaluation.evaluationDescribe.method,
        async () => {
          const shown = path(panel.subject);
          if (vscode.workspace.isTrusted) return panel.link.request(evaluation.evaluationDescribe, { path: shown });
          throw untrusted(shown, vscode.l10n.t("Trust the folder if you know where its files come from; the evaluation then goes on."));
        },
      ],
      [
        hostManageTrust.method,
        async () => {
          await vscode.commands.executeCommand("workbench.trust.manage");
          return null;
        },
      ],
    ]),
};
