import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { hostCommand } from "../../engine/api/host.ts";
import { artifactsRead, type ArtifactEntry } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { formatBytes } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import "../ui/state-view.ts";
import { base } from "../ui/theme.ts";

const IMAGES: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", svg: "image/svg+xml", bmp: "image/bmp" };
const TABLE = /\.(csv|tsv|parquet|pq|jsonl|ndjson)$/i;
const CHUNK = 1024 * 1024;
const MOST_IMAGE = 16 * CHUNK;
const MOST_TEXT = CHUNK / 4;

type Preview =
  | { readonly kind: "image"; readonly url: string }
  | { readonly kind: "text"; readonly text: string; readonly cut: boolean }
  | { readonly kind: "binary" }
  | { readonly kind: "large" };

/** `<artifact-preview .runId .entry>`: image or text; what it cannot show it says, with the way to open it. */
class ArtifactPreview extends LitElement {
  static override properties = { runId: { type: String }, entry: { attribute: false }, preview: { state: true }, file: { state: true }, error: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      .bar { display: flex; align-items: center; gap: 8px; flex: none; height: 30px; padding: 0 12px; border-bottom: 1px solid var(--ts-line); }
      .body { flex: 1 1 0; min-height: 0; padding: 12px; }
      pre { margin: 0; font-family: var(--ts-mono); font-size: 12px; line-height: 18px; white-space: pre; }
      img { display: block; max-width: 100%; max-height: 100%; object-fit: contain; background: repeating-conic-gradient(color-mix(in srgb, var(--vscode-foreground) 8%, transparent) 0 25%, transparent 0 50%) 0 0 / 16px 16px; }
    `,
  ];

  declare runId: string;
  declare entry: ArtifactEntry | undefined;
  declare preview: Preview | undefined;
  declare file: string;
  declare error: ErrorShape | undefined;
  #busy: AbortController | undefined;

  constructor() {
    super();
    this.runId = "";
    this.entry = undefined;
    this.preview = undefined;
    this.file = "";
    this.error = undefined;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#clear();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("entry") && !changed.has("runId")) return;
    this.#clear();
    if (this.entry !== undefined) void this.#load(this.entry);
  }

  override render(): TemplateResult {
    const { entry, preview, error } = this;
    if (entry === undefined) return html`<state-view kind="empty" .message=${"Choose a file to look at it."}></state-view>`;
    return html`<div class="bar"><span class="cut grow mono">${entry.path}</span><span class="small two">${formatBytes(entry.bytes)}</span>
        ${this.file !== "" && TABLE.test(entry.path) ? html`<button class="tool" @click=${this.#evaluate}>${icon("target")} Evaluate</button>` : nothing}
        ${this.file === "" ? nothing : html`<button class="tool" title="Open in the editor" aria-label="Open ${entry.path} in the editor" @click=${this.#open}>${icon("go-to-file")}</button>`}</div>
      <div class="body scroll" tabindex="0" role="region" aria-label="Preview of ${entry.path}">${error === undefined ? this.#body(entry, preview) : html`<state-view kind="error" .error=${error}></state-view>`}</div>`;
  }

  #body(entry: ArtifactEntry, preview: Preview | undefined): TemplateResult {
    if (preview === undefined) return html`<state-view kind="loading" .message=${"Reading…"}></state-view>`;
    if (preview.kind === "image") return html`<img src=${preview.url} alt=${entry.path} />`;
    if (preview.kind === "text") return html`<pre>${preview.text}</pre>${preview.cut ? html`<p class="small two">The first ${formatBytes(MOST_TEXT)} of ${formatBytes(entry.bytes)}. Open it in the editor to see all.</p>` : nothing}`;
    const message = preview.kind === "large" ? `${formatBytes(entry.bytes)} are too much for a preview.` : "This file is not text, and no preview knows it.";
    return html`<state-view kind="empty" .message=${message} .action=${this.file === "" ? undefined : { label: "Open in the editor", run: () => this.#open() }}></state-view>`;
  }

  async #load(entry: ArtifactEntry): Promise<void> {
    const busy = new AbortController();
    this.#busy = busy;
    const type = IMAGES[entry.path.slice(entry.path.lastIndexOf(".") + 1).toLowerCase()];
    try {
      const most = type === undefined ? MOST_TEXT : MOST_IMAGE;
      const { data, total } = await this.#read(entry, most, busy.signal);
      if (busy.signal.aborted) return;
      if (type !== undefined) this.preview = total > most ? { kind: "large" } : { kind: "image", url: URL.createObjectURL(new Blob(data, { type })) };
      else this.preview = asText(data, total > most);
    } catch (error) {
      if (!isCancelled(error)) this.error = errorShape(error);
    }
  }

  async #read(entry: ArtifactEntry, most: number, signal: AbortSignal): Promise<{ data: Uint8Array<ArrayBuffer>[]; total: number }> {
    const data: Uint8Array<ArrayBuffer>[] = [];
    let total = Number.POSITIVE_INFINITY;
    for (let offset = 0; offset < Math.min(total, most); ) {
      const chunk = await rpc.request(artifactsRead, { runId: this.runId, path: entry.path, offset, length: Math.min(CHUNK, most - offset) }, { signal });
      total = chunk.total;
      this.file = chunk.absolutePath;
      if (chunk.data.length === 0) break;
      data.push(new Uint8Array(chunk.data));
      offset += chunk.data.length;
    }
    return { data, total: Number.isFinite(total) ? total : 0 };
  }

  #open(): void {
    this.dispatchEvent(new CustomEvent("open-site", { detail: { file: this.file }, bubbles: true, composed: true }));
  }

  async #evaluate(): Promise<void> {
    try {
      await rpc.request(hostCommand, { command: "touchstone.evaluate", args: [this.file, this.runId] });
    } catch (error) {
      this.error = errorShape(error);
    }
  }

  #clear(): void {
    this.#busy?.abort();
    if (this.preview?.kind === "image") URL.revokeObjectURL(this.preview.url);
    this.preview = undefined;
    this.error = undefined;
    this.file = "";
  }
}

/** Text if the bytes are UTF-8 without NUL; a character that the end cut in two is no fault. */
function asText(data: readonly Uint8Array[], cut: boolean): Preview {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const text = data.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
    return text.includes("\u0000") ? { kind: "binary" } : { kind: "text", text: cut ? text : text + decoder.decode(), cut };
  } catch {
    return { kind: "binary" };
  }
}

customElements.define("artifact-preview", ArtifactPreview);
