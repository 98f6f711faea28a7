import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { hostCommand } from "../../engine/api/host.ts";
import { artifactsModel } from "../../engine/api/artifacts.ts";
import { isTable } from "../../engine/api/tables.ts";
import { artifactsRead, type ArtifactEntry } from "../../engine/api/runs.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { formatBytes } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { errorShape, isCancelled } from "../ui/rpc.ts";
import "../ui/state-view.ts";
import { base } from "../ui/theme.ts";
import "./html-preview.ts";
import { markdown } from "./markdown.ts";
import "./table-preview.ts";

const IMAGES: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", svg: "image/svg+xml", bmp: "image/bmp" };
const CHUNK = 1024 * 1024;
const MOST_IMAGE = 16 * CHUNK;
const MOST_TEXT = CHUNK / 4;
/** A page holds its images and scripts. */
const MOST_PAGE = 8 * CHUNK;

const MODELS = /(^|\/)MLmodel$|\.(onnx|safetensors)$/;

type Preview =
  | { readonly kind: "table" }
  | { readonly kind: "model"; readonly facts: Readonly<Record<string, string>>; readonly text: string }
  | { readonly kind: "markdown"; readonly body: TemplateResult }
  | { readonly kind: "html"; readonly text: string }
  | { readonly kind: "image"; readonly url: string }
  | { readonly kind: "text"; readonly text: string; readonly cut: boolean; readonly note?: string }
  | { readonly kind: "binary" }
  | { readonly kind: "large" };

/** `<artifact-preview .runId .entry>`: image, text, table, Markdown, HTML without scripts, a model's signature; what it cannot show it says, with the way to open it. */
class ArtifactPreview extends LitElement {
  static override properties = { runId: { type: String }, entry: { attribute: false }, preview: { state: true }, file: { state: true }, error: { state: true } };
  static override styles = [
    base,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
      .bar { display: flex; align-items: center; gap: 8px; flex: none; height: 30px; padding: 0 12px; border-bottom: 1px solid var(--ts-line); }
      .body { flex: 1 1 0; min-height: 0; padding: 12px; }
      pre { margin: 0; font-family: var(--ts-mono); font-size: 12px; line-height: 18px; white-space: pre; }
      article { max-width: 760px; line-height: 20px; }
      article pre { padding: 8px; border-radius: 4px; background: var(--vscode-textCodeBlock-background); overflow-x: auto; }
      article code { font-family: var(--ts-mono); font-size: 12px; }
      article table { border-collapse: collapse; }
      article th, article td { padding: 2px 12px 2px 0; border-bottom: 1px solid var(--ts-line); text-align: left; font-weight: 400; }
      article th { font-weight: 600; }
      article .num { text-align: right; }
      article blockquote { margin: 8px 0; padding-left: 12px; border-left: 3px solid var(--ts-line); color: var(--ts-fg2); }
      article .address { color: var(--vscode-textLink-foreground); }
      article .h1 { margin: 0 0 8px; font-size: 18px; line-height: 24px; }
      article .h2 { margin: 16px 0 6px; font-size: 15px; }
      article h5 { margin: 12px 0 4px; font-size: 13px; }
      dl { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 0 24px; margin: 0 0 12px; line-height: 22px; }
      dt { color: var(--ts-fg2); }
      dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
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
        ${this.file !== "" && isTable(entry.path) ? html`<button class="tool" @click=${this.#evaluate}>${icon("target")} Evaluate</button>` : nothing}
        ${this.file === "" ? nothing : html`<button class="tool" title=${t("Open in the editor")} aria-label="Open ${entry.path} in the editor" @click=${this.#open}>${icon("go-to-file")}</button>`}</div>
      <div class="body scroll" tabindex="0" role="region" aria-label="Preview of ${entry.path}">${error === undefined ? this.#body(entry, preview) : html`<state-view kind="error" .error=${error}></state-view>`}</div>`;
  }

  #body(entry: ArtifactEntry, preview: Preview | undefined): TemplateResult {
    if (preview === undefined) return html`<state-view kind="loading" .message=${"Reading…"}></state-view>`;
    if (preview.kind === "image") return html`<img src=${preview.url} alt=${entry.path} />`;
    if (preview.kind === "table") return html`<table-preview .runId=${this.runId} .path=${entry.path}></table-preview>`;
    if (preview.kind === "model") {
      return html`<dl>${Object.entries(preview.facts).map(([name, value]) => html`<dt>${name}</dt><dd>${/^(inputs|outputs)$/.test(name) ? html`${value.split(", ").map((part) => html`<div class="mono">${part}</div>`)}` : value}</dd>`)}</dl>
        ${preview.text === "" ? nothing : html`<details><summary class="two">${t("The file")}</summary><pre>${preview.text}</pre></details>`}`;
    }
    if (preview.kind === "markdown") return html`<article>${preview.body}</article>`;
    if (preview.kind === "html") return html`<html-preview .source=${preview.text}></html-preview>`;
    if (preview.kind === "text") return html`${preview.note === undefined ? nothing : html`<p class="small two" role="status">${preview.note}</p>`}<pre>${preview.text}</pre>${preview.cut ? html`<p class="small two">The first ${formatBytes(MOST_TEXT)} of ${formatBytes(entry.bytes)}. Open it in the editor to see all.</p>` : nothing}`;
    const message = preview.kind === "large" ? `${formatBytes(entry.bytes)} are too much for a preview.` : "This file is not text, and no preview knows it.";
    return html`<state-view kind="empty" .message=${message} .action=${this.file === "" ? undefined : { label: "Open in the editor", run: () => this.#open() }}></state-view>`;
  }

  async #load(entry: ArtifactEntry): Promise<void> {
    const busy = new AbortController();
    this.#busy = busy;
    const type = IMAGES[entry.path.slice(entry.path.lastIndexOf(".") + 1).toLowerCase()];
    try {
      if (isTable(entry.path)) {
        // Where it lies, so that it can be opened, and that it is whole.
        await this.#read(entry, 1, busy.signal);
        if (!busy.signal.aborted) this.preview = { kind: "table" };
        return;
      }
      const model = MODELS.test(entry.path) ? await rpc.request(artifactsModel, { runId: this.runId, path: entry.path }, { signal: busy.signal }) : null;
      const most = type !== undefined ? MOST_IMAGE : /\.html?$/i.test(entry.path) ? MOST_PAGE : MOST_TEXT;
      const { data, total } = await this.#read(entry, most, busy.signal);
      if (busy.signal.aborted) return;
      if (type !== undefined) this.preview = total > most ? { kind: "large" } : { kind: "image", url: URL.createObjectURL(new Blob(data, { type })) };
      else {
        const text = asText(data, total > most);
        if (model?.facts) this.preview = { kind: "model", facts: model.facts, text: text.kind === "text" ? text.text : "" };
        else if (text.kind === "text" && !text.cut && /\.(md|markdown)$/i.test(entry.path)) this.preview = asMarkdown(text.text);
        else if (text.kind === "text" && !text.cut && /\.html?$/i.test(entry.path)) this.preview = { kind: "html", text: text.text };
        else this.preview = text;
      }
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

/** Read once; what is nested beyond what a page can hold stands as the text that it is. */
function asMarkdown(text: string): Preview {
  try {
    return { kind: "markdown", body: markdown(text) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: "text", text, cut: false, note: t("Its Markdown is nested too deeply to be laid out, so it stands here as it was written.") };
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
