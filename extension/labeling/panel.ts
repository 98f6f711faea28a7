import * as vscode from "vscode";
import * as labeling from "../../engine/api/labeling.ts";
import type { PanelKind } from "../panels/panels.ts";

/** One label set; `{set}`. */
export const labelingPanel: PanelKind = {
  id: "labeling",
  icon: "tag",
  key: (subject) => String(subject["set"]),
  title: (subject) => vscode.l10n.t("Label: {0}", String(subject["set"])),
  requests: [labeling.labelsOpen, labeling.labelsNext, labeling.labelsVote, labeling.labelsUndo, labeling.labelsAddClass, labeling.labelsLocate, labeling.labelsAnnotator, labeling.labelsSetAnnotator],
  events: [labeling.labelsChanged],
  // Images to label lie anywhere in the folder.
  resourceRoots: (_subject, link) => [vscode.Uri.file(link.folder)],
};
