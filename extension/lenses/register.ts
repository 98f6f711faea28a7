import * as vscode from "vscode";
import type { ExtensionHost } from "../host.ts";
import { Annotations } from "./annotations.ts";
import { TrainingLenses } from "./codeLens.ts";
import { ExceptionDiagnostics } from "./diagnostics.ts";
import { MetricInlays } from "./inlays.ts";

const LANGUAGES = ["python", "javascript", "typescript"].map((language) => ({ language, scheme: "file" }));

/** Everything that stands in the code: lenses, inlays, diagnostics. */
export function registerLenses(host: ExtensionHost): void {
  const annotations = host.disposables.add(new Annotations(host));
  host.disposables.add(vscode.languages.registerCodeLensProvider(LANGUAGES, new TrainingLenses(annotations)));
  host.disposables.add(vscode.languages.registerInlayHintsProvider(LANGUAGES, new MetricInlays(annotations)));
  host.disposables.add(new ExceptionDiagnostics(annotations));
  host.disposables.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("touchstone.lenses") || event.affectsConfiguration("touchstone.inlays")) annotations.invalidate();
    }),
  );
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => annotations.invalidate()));
  host.disposables.add(vscode.workspace.onDidSaveTextDocument((document) => (document.fileName.endsWith("touchstone.yaml") ? annotations.invalidate() : undefined)));
}
