import * as vscode from "vscode";
import type { ExtensionHost } from "../host.ts";
import type { EngineLink } from "./link.ts";

/** The links of the window's folders; each is watched from when it is first seen. A list of the side bar asks here. */
export class WindowLinks implements vscode.Disposable {
  readonly #host: ExtensionHost;
  readonly #watch: (link: EngineLink) => vscode.Disposable;
  readonly #watched = new Map<EngineLink, vscode.Disposable>();

  constructor(host: ExtensionHost, watch: (link: EngineLink) => vscode.Disposable) {
    this.#host = host;
    this.#watch = watch;
  }

  all(): readonly EngineLink[] {
    const links = (vscode.workspace.workspaceFolders ?? []).map((folder) => this.#host.engines.forUri(folder.uri)).filter((link) => link !== undefined);
    for (const link of links) if (!this.#watched.has(link)) this.#watched.set(link, this.#watch(link));
    return [...new Set(links)];
  }

  dispose(): void {
    for (const watch of this.#watched.values()) watch.dispose();
  }
}
