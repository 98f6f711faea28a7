import type * as vscode from "vscode";
import type { DisposableStore } from "./disposables.ts";
import type { Engines } from "./engine/engines.ts";
import type { Panels } from "./panels/panels.ts";

/** What a feature of the extension is given: built once in extension.ts, passed to every `register…`. */
export interface ExtensionHost {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  /** Connections to engines, one per store. */
  readonly engines: Engines;
  readonly panels: Panels;
  /** Lives as long as the extension. */
  readonly disposables: DisposableStore;
  /**
   * Registers `touchstone.<name>`. What the handler throws is shown to the person with its hint; `args` are
   * whatever the caller (a menu, a lens, a webview) passed.
   */
  command(name: string, handler: (...args: readonly unknown[]) => unknown): void;
}
