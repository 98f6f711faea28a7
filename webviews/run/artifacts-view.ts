import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { artifactsList, type ArtifactEntry } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { formatBytes } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { errorShape } from "../ui/rpc.ts";
import "../ui/split-view.ts";
import "../ui/state-view.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";
import "./artifact-preview.ts";

interface Line {
  readonly entry: ArtifactEntry;
  readonly depth: number;
}

/** `<artifacts-view .runId>`: a run's artifacts as a tree, folders read as they open, and a preview of the chosen file. */
class ArtifactsView extends LitElement {
  static override properties = { runId: { type: String }, folders: { state: true }, open: { state: true }, chosen: { state: true }, focusAt: { state: true }, error: { state: true }, size: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      split-view { flex: 1 1 0; }
      [role="tree"] { flex: 1 1 0; min-height: 0; padding: 4px 0; }
      [role="treeitem"] { display: flex; align-items: center; gap: 6px; height: 22px; padding: 0 12px 0 calc(8px + var(--depth) * 12px); cursor: pointer; white-space: nowrap; }
      [role="treeitem"]:hover { background: var(--ts-hover); }
      [role="treeitem"][aria-selected="true"] { background: var(--vscode-list-inactiveSelectionBackground); }
      [role="treeitem"]:focus[aria-selected="true"] { background: var(--vscode-list-activeSelectionBackground); color: var(--vscode-list-activeSelectionForeground); }
      .pad { flex: none; width: 16px; }
      artifact-preview { flex: 1 1 0; }
    `,
  ];

  declare runId: string;
  declare folders: ReadonlyMap<string, readonly ArtifactEntry[]>;
  declare open: ReadonlySet<string>;
  declare chosen: ArtifactEntry | undefined;
  declare focusAt: number;
  declare error: ErrorShape | undefined;
  declare size: number;

  constructor() {
    super();
    this.runId = "";
    this.folders = new Map();
    this.open = new Set();
    this.chosen = undefined;
    this.focusAt = 0;
    this.error = undefined;
    this.size = 520;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("runId") && this.runId !== "") {
      this.folders = new Map();
      this.chosen = undefined;
      void this.#read("");
    }
  }

  protected override firstUpdated(): void {
    // In a half-width editor the names keep their room.
    this.size = Math.min(this.size, Math.round(this.clientWidth * 0.6));
  }

  override render(): TemplateResult {
    if (this.error !== undefined) return html`<state-view kind="error" .error=${this.error} .action=${{ label: "Try again", run: () => void this.#read("") }}></state-view>`;
    const top = this.folders.get("");
    if (top === undefined) return html`<state-view kind="loading" .message=${"Reading artifacts…"}></state-view>`;
    if (top.length === 0) return html`<state-view kind="empty" .message=${"This run kept no artifacts."} .hint=${'touchstone.artifact("model.onnx") or mlflow.log_artifact keep a file with the run. Files that it wrote stand under Outputs.'}></state-view>`;
    const lines = this.#lines("", 0);
    return html`<split-view horizontal .size=${this.size} .min=${160} .label=${"Width of the preview"} @split-resize=${(event: CustomEvent<number>) => (this.size = event.detail)}>
      <div slot="first" role="tree" class="scroll" aria-label=${t("Artifacts")} @keydown=${this.#onKey}>
        ${lines.map(({ entry, depth }, index) => html`<div role="treeitem" data-index=${index} tabindex=${index === this.focusAt ? 0 : -1} aria-level=${depth + 1} aria-selected=${this.chosen?.path === entry.path} aria-expanded=${entry.isDir ? this.open.has(entry.path) : nothing}
          ${styleVars({ "--depth": depth })} @click=${() => this.#pick(index, entry)}>
          ${entry.isDir ? icon(this.open.has(entry.path) ? "chevron-down" : "chevron-right") : html`<span class="pad"></span>`}${icon(entry.isDir ? "folder" : "file")}
          <span class="cut grow">${nameOf(entry)}</span><span class="small two">${entry.isDir ? nothing : formatBytes(entry.bytes)}</span></div>`)}
      </div>
      <artifact-preview slot="second" .runId=${this.runId} .entry=${this.chosen}></artifact-preview>
    </split-view>`;
  }

  #lines(path: string, depth: number): Line[] {
    return (this.folders.get(path) ?? []).flatMap((entry) => [{ entry, depth }, ...(entry.isDir && this.open.has(entry.path) ? this.#lines(entry.path, depth + 1) : [])]);
  }

  async #read(path: string): Promise<void> {
    const { runId } = this;
    try {
      const { entries } = await rpc.request(artifactsList, { runId, path });
      if (runId !== this.runId) return;
      this.folders = new Map([...this.folders, [path, entries]]);
      this.error = undefined;
      const kept = keptChoice(runId);
      const wanted = entries.find((entry) => !entry.isDir && entry.path === kept);
      if (wanted !== undefined) this.chosen = wanted;
      // Down to the file that was looked at before the window was reloaded.
      const inside = entries.find((entry) => entry.isDir && kept?.startsWith(`${entry.path}/`));
      if (inside !== undefined && this.chosen === undefined) this.#fold(inside, true);
      const first = entries.find((entry) => !entry.isDir);
      if (path === "" && this.chosen === undefined && inside === undefined && first !== undefined) this.chosen = first;
    } catch (error) {
      this.error = errorShape(error);
    }
  }

  #pick(index: number, entry: ArtifactEntry): void {
    this.#focus(index);
    if (!entry.isDir) {
      this.chosen = entry;
      setState({ artifact: { runId: this.runId, path: entry.path } });
    } else this.#fold(entry, !this.open.has(entry.path));
  }

  #fold(entry: ArtifactEntry, open: boolean): void {
    const now = new Set(this.open);
    if (open) now.add(entry.path);
    else now.delete(entry.path);
    this.open = now;
    if (open && !this.folders.has(entry.path)) void this.#read(entry.path);
  }

  #focus(index: number): void {
    this.focusAt = index;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus());
  }

  #onKey(event: KeyboardEvent): void {
    const lines = this.#lines("", 0);
    const line = lines[this.focusAt];
    if (line === undefined) return;
    const { entry } = line;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#focus(Math.min(lines.length - 1, this.focusAt + 1)),
      ArrowUp: () => this.#focus(Math.max(0, this.focusAt - 1)),
      Home: () => this.#focus(0),
      End: () => this.#focus(lines.length - 1),
      ArrowRight: () => entry.isDir && this.#fold(entry, true),
      ArrowLeft: () => entry.isDir && this.#fold(entry, false),
      Enter: () => this.#pick(this.focusAt, entry),
      " ": () => this.#pick(this.focusAt, entry),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  }
}

/** What was chosen of this run before the window was reloaded. */
function keptChoice(runId: string): string | null {
  const kept = getState()["artifact"];
  return typeof kept === "object" && kept !== null && "runId" in kept && kept.runId === runId && "path" in kept && typeof kept.path === "string" ? kept.path : null;
}

function nameOf({ path }: ArtifactEntry): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

customElements.define("artifacts-view", ArtifactsView);
