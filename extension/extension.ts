import * as vscode from "vscode";
import { registerAgents } from "./agents/register.ts";
import { registerCode } from "./code/register.ts";
import { registerConfig } from "./config/register.ts";
import { DisposableStore } from "./disposables.ts";
import { Engines } from "./engine/engines.ts";
import { registerStatusBar } from "./engine/statusBar.ts";
import { registerTerminals } from "./engine/terminals.ts";
import { showError } from "./errors.ts";
import { registerEvaluation } from "./evaluation/register.ts";
import { registerExporters } from "./exporters/register.ts";
import type { ExtensionHost } from "./host.ts";
import { registerImporters } from "./importers/register.ts";
import { registerLabeling } from "./labeling/register.ts";
import { registerLaunches } from "./launches/register.ts";
import { registerLenses } from "./lenses/register.ts";
import { registerNotebooks } from "./notebooks/register.ts";
import { Panels } from "./panels/panels.ts";
import { sharedHandlers } from "./panels/shared.ts";
import { registerRemote } from "./remote/register.ts";
import { registerRuns } from "./runs/register.ts";
import { registerBackups } from "./storage/backups.ts";
import { registerStorage } from "./storage/register.ts";

/** The composition root: plain constructors, in order. Starts no process; the first request does. */
export function activate(context: vscode.ExtensionContext): void {
  const disposables = new DisposableStore();
  context.subscriptions.push(disposables);
  const log = disposables.add(vscode.window.createOutputChannel("Touchstone", { log: true }));
  const engines = disposables.add(new Engines(context, log));
  const panels = disposables.add(new Panels(context, engines, sharedHandlers));
  const host: ExtensionHost = {
    context,
    log,
    engines,
    panels,
    disposables,
    command: (name, handler) => {
      disposables.add(
        vscode.commands.registerCommand(`touchstone.${name}`, async (...args: readonly unknown[]) => {
          try {
            return await handler(...args);
          } catch (error) {
            showError(error, log);
            return undefined;
          }
        }),
      );
    },
  };
  registerStatusBar(host);
  registerLaunches(host);
  const runsView = registerRuns(host);
  registerCode(host);
  registerLenses(host);
  registerTerminals(host);
  registerNotebooks(host);
  registerEvaluation(host);
  registerLabeling(host);
  registerImporters(host);
  registerStorage(host);
  registerBackups(host);
  registerExporters(host);
  registerConfig(host);
  registerAgents(host);
  registerRemote(host, runsView);
}
