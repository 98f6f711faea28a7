import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import * as vscode from "vscode";
import { type FileAnnotations, codeAnnotations } from "../../engine/api/code.ts";
import { evaluationSaved } from "../../engine/api/evaluation.ts";
import { runsChanged } from "../../engine/api/runs.ts";
import { DisposableStore } from "../disposables.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { isScript, languageOf, trainsModels } from "./detect.ts";

/** What lenses, inlays and diagnostics share: one answer of the engine per document, read again when runs change. */
export class Annotations implements vscode.Disposable {
  readonly #host: ExtensionHost;
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #known = new Map<string, Promise<FileAnnotations | null>>();
  readonly #watched = new Set<EngineLink>();
  #timer: NodeJS.Timeout | null = null;

  constructor(host: ExtensionHost) {
    this.#host = host;
    this.#disposables.add(host.engines.onState((link) => (link.state === "connected" ? this.invalidate() : undefined)));
  }

  /** Null where the file is not a script that trains, in a folder without a store. Starts no engine without a store. */
  async of(document: vscode.TextDocument): Promise<{ readonly link: EngineLink; readonly file: string; readonly annotations: FileAnnotations | null } | null> {
    const language = languageOf(document.uri.path);
    const link = this.#host.engines.forUri(document.uri);
    if (language === null || document.uri.scheme !== "file" || link === undefined) return null;
    const hasStore = existsSync(join(link.folder, ".touchstone", "touchstone.db"));
    // A touchstone.yaml says as clearly as a store that this folder is meant.
    const isMeant = hasStore || existsSync(join(link.folder, "touchstone.yaml"));
    const text = document.getText();
    const here = dirname(document.uri.fsPath);
    const readLocal = (path: string): Promise<string | null> => readFile(join(here, path), "utf8").catch(() => null);
    if (!isMeant && !(await trainsModels(language, text, readLocal))) return null;
    if (!isScript(language, text)) return null;
    const file = relative(link.folder, document.uri.fsPath).split(sep).join("/");
    return { link, file, annotations: hasStore ? await this.#ask(link, file) : null };
  }

  invalidate(): void {
    this.#known.clear();
    this.#changed.fire();
  }

  #ask(link: EngineLink, file: string): Promise<FileAnnotations | null> {
    this.#watch(link);
    const key = `${link.folder}\n${file}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const answer = link.request(codeAnnotations, { file }).catch((error: unknown) => {
      this.#host.log.warn(`No annotations for ${file}: ${String(error)}`);
      this.#known.delete(key);
      return null;
    });
    this.#known.set(key, answer);
    return answer;
  }

  #watch(link: EngineLink): void {
    if (this.#watched.has(link)) return;
    this.#watched.add(link);
    this.#disposables.add(link.on(runsChanged, () => this.#invalidateSoon()));
    this.#disposables.add(link.on(evaluationSaved, () => this.#invalidateSoon()));
  }

  /** Live runs change ten times a second; the code is annotated anew once a second at most. */
  #invalidateSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.invalidate();
    }, 1000);
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#disposables.dispose();
  }
}
