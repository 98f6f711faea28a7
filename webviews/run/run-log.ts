import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { launchLog, launchOutput, launchUnfollow, type LogChunk } from "../../engine/api/launches.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { formatBytes, formatCount, plural } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { errorShape } from "../ui/rpc.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";
import { logLinks } from "./log-links.ts";
import { LogText, type LogSpan } from "./log-text.ts";
import { logStyles } from "./log-styles.ts";

const LINE = 18;

/** `<run-log .launchId>`: what the launch printed, followed while it lives; search with Ctrl+F or the box; places in code are links. */
class RunLog extends LitElement {
  static override properties = { launchId: { type: String }, search: { state: true }, found: { state: true }, at: { state: true }, error: { state: true }, ended: { state: true } };
  static override styles = [base, logStyles];

  declare launchId: string | null;
  declare search: string;
  declare found: readonly number[];
  declare at: number;
  declare error: ErrorShape | undefined;
  declare ended: boolean;

  #log = new LogText();
  #decoder = new TextDecoder();
  #offset = 0;
  #skipped = 0;
  /** Stays at the end while the person has not scrolled away from it. */
  #stick = true;
  /** Where it stood before the window was reloaded; null once it stands there again. */
  #wanted: number | null = null;
  #virtual: Virtualizer<HTMLElement, HTMLElement> | undefined;
  #unmount: (() => void) | undefined;
  #leave: (() => void) | undefined;

  constructor() {
    super();
    this.launchId = null;
    this.search = "";
    this.found = [];
    this.at = 0;
    this.error = undefined;
    this.ended = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leave = rpc.on(launchOutput, (chunk) => this.#take(chunk));
    if (this.hasUpdated) void this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave?.();
    this.#unmount?.();
    this.#virtual = undefined;
    if (this.launchId !== null && !this.ended) void rpc.request(launchUnfollow, { launchId: this.launchId }).catch(() => undefined);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("launchId") && this.launchId !== null) void this.#open();
  }

  override render(): TemplateResult {
    if (this.launchId === null) return html`<state-view kind="empty" .message=${"This run has no log of its own."} .hint=${"Its script logged here from outside; only runs started with Run & track or touchstone run are captured."}></state-view>`;
    if (this.error !== undefined) return html`<state-view kind="error" .error=${this.error} .action=${{ label: "Try again", run: () => void this.#open() }}></state-view>`;
    this.#virtual?.setOptions(this.#options(this.#virtual.scrollElement));
    const items = this.#virtual?.getVirtualItems() ?? [];
    const { count, dropped } = this.#log;
    return html`<div class="bar" @keydown=${this.#onBarKey}>
        <input class="field" type="search" aria-label=${t("Search the log")} placeholder=${t("Search")} .value=${this.search} @input=${this.#onSearch} />
        <span class="small two count" role="status">${this.search === "" ? "" : this.found.length === 0 ? "no line" : `${this.at + 1} of ${plural(this.found.length, "line")}`}</span>
        <button class="tool" aria-label=${t("Previous match")} ?disabled=${this.found.length === 0} @click=${() => this.#go(-1)}>${icon("arrow-up")}</button>
        <button class="tool" aria-label=${t("Next match")} ?disabled=${this.found.length === 0} @click=${() => this.#go(1)}>${icon("arrow-down")}</button>
        <span class="grow"></span>
        <span class="small two">${plural(count + dropped, "line")}${dropped > 0 ? `, the first ${formatCount(dropped)} are not shown` : ""}${this.#skipped > 0 ? `, ${formatBytes(this.#skipped)} in the middle were not kept` : ""}${this.ended ? "" : ", live"}</span>
        <button class="tool" aria-label=${t("Go to the end")} @click=${this.#toEnd}>${icon("fold-down")}</button>
      </div>
      <div class="lines scroll" tabindex="0" role="log" aria-label=${t("Log")} @scroll=${this.#onScroll}>
        <div class="space" ${styleVars({ height: `${count * LINE}px` })}>
          ${items.map(({ index, start }) => html`<div class="line ${this.found[this.at] === index && this.search !== "" ? "here" : ""}" ${styleVars({ top: `${start}px` })}><span class="no" aria-hidden="true">${index + 1 + dropped}</span><span class="said">${this.#line(index)}</span></div>`)}
        </div>
        ${count === 0 ? html`<div class="two none">${this.ended ? "Nothing was printed." : "Nothing has been printed yet."}</div>` : nothing}
      </div>`;
  }

  protected override updated(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>(".lines");
    if (scroller === null) return;
    if (this.#virtual === undefined) {
      this.#virtual = new Virtualizer(this.#options(scroller));
      this.#unmount = this.#virtual._didMount();
      this.requestUpdate();
    }
    this.#virtual._willUpdate();
    if (this.#wanted !== null && this.#log.count * LINE >= this.#wanted + scroller.clientHeight) {
      scroller.scrollTop = this.#wanted;
      this.#wanted = null;
    }
    if (this.#stick) scroller.scrollTop = scroller.scrollHeight;
  }

  #options(scroller: HTMLElement | null) {
    return { count: this.#log.count, getScrollElement: () => scroller, estimateSize: () => LINE, overscan: 8, scrollToFn: elementScroll, observeElementRect, observeElementOffset, onChange: () => this.requestUpdate() };
  }

  /** Cut where the style, a link or a match begins or ends. */
  #line(index: number): TemplateResult[] {
    const text = this.#log.text(index);
    const links = logLinks(text);
    const matches = this.search === "" ? [] : Array.from(text.toLowerCase().matchAll(new RegExp(escape(this.search.toLowerCase()), "g")), ({ index: from }) => ({ from, to: from + this.search.length }));
    let offset = 0;
    return this.#log.line(index).flatMap((span) => {
      const start = offset;
      offset += span.text.length;
      const cuts = [...new Set([start, offset, ...[...links, ...matches].flatMap(({ from, to }) => [from, to])])].filter((cut) => cut >= start && cut <= offset).sort((a, b) => a - b);
      return cuts.slice(0, -1).map((from, place) => {
        const to = cuts[place + 1] ?? offset;
        const link = links.find((one) => from >= one.from && to <= one.to);
        const match = matches.some((one) => from >= one.from && to <= one.to);
        const piece = styled(span, text.slice(from, to), match);
        return link === undefined ? piece : html`<button class="link" title="Open ${link.file}:${link.line}" @click=${() => this.#openSite(link.file, link.line)}>${piece}</button>`;
      });
    });
  }

  async #open(): Promise<void> {
    const { launchId } = this;
    if (launchId === null) return;
    this.#log = new LogText();
    this.#decoder = new TextDecoder();
    this.#offset = 0;
    this.#skipped = 0;
    this.ended = false;
    this.error = undefined;
    const kept = keptPlace(launchId);
    this.#stick = kept === null;
    this.#wanted = kept?.top ?? null;
    this.search = kept?.search ?? this.search;
    try {
      for (;;) {
        const chunk = await rpc.request(launchLog, { launchId, offset: this.#offset, follow: true });
        if (launchId !== this.launchId) return;
        this.#take(chunk);
        if (chunk.data.length === 0 || chunk.ended) break;
      }
    } catch (error) {
      this.error = errorShape(error);
    }
  }

  #take(chunk: LogChunk): void {
    if (chunk.launchId !== this.launchId) return;
    const known = this.#offset - chunk.offset;
    // What was followed may overlap what was read; a gap is what an endless log did not keep.
    if (known < 0) this.#skipped += -known;
    const data = known > 0 ? chunk.data.subarray(Math.min(known, chunk.data.length)) : chunk.data;
    this.#offset = Math.max(this.#offset, chunk.offset + chunk.data.length);
    this.#log.feed(this.#decoder.decode(data, { stream: true }));
    this.ended = chunk.ended;
    if (this.search !== "") this.#find();
    this.requestUpdate();
  }

  #onSearch(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.search = event.target.value;
    this.#find();
    this.at = Math.max(0, this.found.length - 1);
    this.#go(0);
  }

  #find(): void {
    const wanted = this.search.toLowerCase();
    const found: number[] = [];
    if (wanted !== "") for (let index = 0; index < this.#log.count; index += 1) if (this.#log.text(index).toLowerCase().includes(wanted)) found.push(index);
    this.found = found;
  }

  #go(by: number): void {
    if (this.found.length === 0) return;
    this.at = (this.at + by + this.found.length) % this.found.length;
    this.#stick = false;
    this.#virtual?.scrollToIndex(this.found[this.at] ?? 0, { align: "center" });
  }

  #onBarKey(event: KeyboardEvent): void {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#go(event.shiftKey ? -1 : 1);
  }

  #onScroll(event: Event): void {
    if (event.target instanceof HTMLElement && this.#wanted === null) {
      this.#stick = event.target.scrollTop + event.target.clientHeight >= event.target.scrollHeight - LINE;
      this.#keep(event.target.scrollTop);
    }
    this.requestUpdate();
  }

  #keep(top: number): void {
    setState({ log: { launchId: this.launchId, top: Math.round(top), stick: this.#stick, search: this.search } });
  }

  #toEnd(): void {
    this.#stick = true;
    this.requestUpdate();
  }

  #openSite(file: string, line: number): void {
    this.dispatchEvent(new CustomEvent("open-site", { detail: { file, line }, bubbles: true, composed: true }));
  }
}

/** The place and search of a log that was not left at its end. */
function keptPlace(launchId: string): { readonly top: number; readonly search: string } | null {
  const kept = getState()["log"];
  if (typeof kept !== "object" || kept === null || !("launchId" in kept) || kept.launchId !== launchId || !("stick" in kept) || kept.stick === true) return null;
  return { top: "top" in kept ? Number(kept.top) : 0, search: "search" in kept && typeof kept.search === "string" ? kept.search : "" };
}

function styled({ style }: LogSpan, text: string, match: boolean): TemplateResult {
  const names = [style.bold ? "strong" : "", style.dim ? "dim" : "", style.italic ? "italic" : "", style.underline ? "line-under" : "", typeof style.color === "number" ? `a${style.color}` : "", match ? "match" : ""].join(" ");
  return html`<span class=${names} ${styleVars({ color: typeof style.color === "string" ? style.color : null })}>${text}</span>`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

customElements.define("run-log", RunLog);
