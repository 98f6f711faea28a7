import { existsSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../disposables.ts";
import { ConnectedLink } from "./connected.ts";
import { door } from "./door.ts";
import type { EngineLink } from "./link.ts";

/** Where the files lie that paths of runs name: of a bundle's runs, in the window's first folder, as far as they are there. */
export function workingFolder({ folder, bundle }: EngineLink): string {
  return bundle === null ? folder : (vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? folder);
}

/** One link per workspace folder's store, made when first asked for; nothing is started before a request. */
export class Engines implements vscode.Disposable {
  readonly #links = new Map<string, EngineLink & vscode.Disposable>();
  readonly #disposables = new DisposableStore();
  readonly #make: (folder: string) => EngineLink & vscode.Disposable;
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<EngineLink>());
  /** Fires when any link changes its state. */
  readonly onState = this.#changed.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#make = (folder) => new ConnectedLink(folder, context, log);
  }

  /** The link of the file's store, or of the active editor's, or of the first folder; undefined without a folder. */
  forUri(uri?: vscode.Uri): EngineLink | undefined {
    const about = uri ?? vscode.window.activeTextEditor?.document.uri;
    const folder = (about === undefined ? undefined : vscode.workspace.getWorkspaceFolder(about)) ?? vscode.workspace.workspaceFolders?.[0];
    if (folder === undefined || folder.uri.scheme !== "file") return undefined;
    const start = about?.scheme === "file" && about.fsPath.startsWith(folder.uri.fsPath + sep) ? dirname(about.fsPath) : folder.uri.fsPath;
    const found = door().storeFolderOf(start);
    // Without a store or a repository around the file, the store is the workspace folder's, not the file's own folder's.
    const own = found === door().storeFolderOf(folder.uri.fsPath) || [".touchstone", ".git"].some((name) => existsSync(join(found, name)));
    return this.forFolder(own ? found : door().storeFolderOf(folder.uri.fsPath));
  }

  forFolder(folder: string): EngineLink {
    const known = this.#links.get(folder);
    if (known !== undefined) return known;
    const link = this.#make(folder);
    this.#links.set(folder, link);
    this.#disposables.add(link);
    this.#disposables.add(link.onState(() => this.#changed.fire(link)));
    return link;
  }

  all(): readonly EngineLink[] {
    return [...this.#links.values()];
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
