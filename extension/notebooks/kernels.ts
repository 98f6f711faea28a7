import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as vscode from "vscode";
import { launchChanged, launchList, type LaunchState } from "../../engine/api/launches.ts";
import { notebookPrepare } from "../../engine/api/notebooks.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { shellEnvironment } from "../launches/register.ts";
import { codeFile, notebookOf, spentText } from "./cell.ts";

type Prepared = NonNullable<(typeof notebookPrepare)["result"]>;

/** Which notebooks' kernels are tracked, as the engines say, and the files that cells load to be tracked. */
export class TrackedKernels {
  readonly #host: ExtensionHost;
  readonly #running = new Map<string, LaunchState>();
  readonly #waiting = new Map<string, Prepared>();
  readonly #followed = new Set<EngineLink>();
  readonly #changed: vscode.EventEmitter<void>;
  /** Fires when a kernel begins or ceases to be tracked. */
  readonly onChanged: vscode.Event<void>;

  constructor(host: ExtensionHost) {
    this.#host = host;
    this.#changed = host.disposables.add(new vscode.EventEmitter<void>());
    this.onChanged = this.#changed.event;
    host.disposables.add(host.engines.onState((link) => this.#follow(link)));
  }

  /** The launch that the notebook's kernel is tracked into; undefined where it is not, or not yet. */
  tracked(notebook: string): LaunchState | undefined {
    return this.#running.get(notebook);
  }

  /** What a kernel has to execute. What no kernel took (the person left, or has not run the cell yet) is given again. */
  async codeFor(link: EngineLink, notebook: string): Promise<Prepared> {
    const waiting = this.#waiting.get(notebook) ?? (await link.request(notebookPrepare, { notebook, env: shellEnvironment() }));
    this.#waiting.set(notebook, waiting);
    return waiting;
  }

  #take(launch: LaunchState): void {
    const notebook = notebookOf(launch);
    if (notebook === null || launch.status === "scheduled") return;
    if (this.#waiting.get(notebook)?.launch.launchId === launch.launchId) this.#waiting.delete(notebook);
    const known = this.#running.get(notebook);
    if (launch.end !== null) {
      if (known?.launchId === launch.launchId) this.#running.delete(notebook);
    } else {
      if (known !== undefined && (known.launchId === launch.launchId || known.start > launch.start)) return;
      this.#running.set(notebook, launch);
    }
    this.#spend(notebook, launch.launchId);
    this.#changed.fire();
  }

  /** Writes the code, which holds the launch's token, where only this user reads it, outside of every workspace. */
  write(notebook: string, code: string): string {
    const file = this.#file(notebook);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // The mode counts for a new file only.
    rmSync(file, { force: true });
    writeFileSync(file, code, { mode: 0o600 });
    return file;
  }

  /** The token leaves the disk as soon as a kernel took it. */
  #spend(notebook: string, launchId: string): void {
    const file = this.#file(notebook);
    const spent = spentText(launchId, vscode.l10n.t("This kernel is not tracked: choose Track below the first cell, then run this one again."));
    if (!existsSync(file)) return;
    const text = readFileSync(file, "utf8");
    if (text !== spent && text.includes(JSON.stringify(launchId))) writeFileSync(file, spent);
  }

  #file(notebook: string): string {
    return codeFile(this.#host.context.globalStorageUri.fsPath, notebook);
  }

  #follow(link: EngineLink): void {
    if (!this.#followed.has(link)) {
      this.#followed.add(link);
      this.#host.disposables.add(link.on(launchChanged, (launch) => this.#take(launch)));
    }
    if (link.state !== "connected") return;
    link.request(launchList, { live: true }).then(
      ({ launches }) => launches.forEach((launch) => this.#take(launch)),
      (error: unknown) => this.#host.log.warn(`No list of live launches: ${String(error)}`),
    );
  }
}
