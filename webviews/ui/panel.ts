import { t } from "./l10n.ts";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { ErrorShape, EventToken } from "../../engine/api/tokens.ts";
import { hostCommand, hostCopy, hostEngine, hostOpenFile, hostSubject } from "../../engine/api/host.ts";
import { rpc, setState } from "./host.ts";
import { icon } from "./icon.ts";
import { errorShape, isCancelled } from "./rpc.ts";
import "./state-view.ts";
import { base, installTheme } from "./theme.ts";

type Connection = "connected" | "connecting" | "failed";

export const panelStyles = css`
  .notice { display: flex; align-items: center; gap: 8px; flex: none; min-height: 28px; padding: 4px 16px; border-bottom: 1px solid var(--ts-line); background: var(--vscode-editorWidget-background); }
  .notice .icon { color: var(--ts-warn); }
  .notice.error .icon { color: var(--ts-bad); }
  .notice.bundle .icon { color: inherit; }
`;

/**
 * What every panel shares: its subject, the engine's coming and going, a line for actions that failed, and the events that
 * elements send up (`open-site`, `copy-text`).
 */
export abstract class Panel extends LitElement {
  static override properties = { connection: { state: true }, failure: { state: true }, bundle: { state: true } };
  static override styles = [base, panelStyles];

  declare connection: Connection;
  declare failure: ErrorShape | undefined;
  /** The name of the bundle whose runs are shown, which cannot be changed. */
  declare bundle: string | undefined;
  #leave: (() => void)[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.connection = "connected";
    this.failure = undefined;
    this.bundle = undefined;
  }

  /** The extension says what to show; also after a reload, and when the panel follows another file. */
  abstract show(subject: unknown): void;

  /** The engine is back: what is on the screen may be stale. */
  abstract refresh(): void;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("open-site", this.#onOpenSite);
    this.addEventListener("copy-text", this.#onCopy);
    this.#leave.push(
      rpc.on(hostSubject, ({ subject }) => {
        // What is kept here is what the extension reads to restore the panel after a reload.
        setState({ subject });
        this.bundle = bundleOf(subject);
        this.show(subject);
      }),
      rpc.on(hostEngine, ({ state }) => {
        const back = state === "connected" && this.connection !== "connected";
        this.connection = state;
        if (back) this.refresh();
      }),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave.splice(0)) leave();
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  protected override firstUpdated(_changed: PropertyValues): void {
    rpc.ready();
  }

  /** From `connectedCallback`: asks anew after events that concern what is shown, at most once in `ms`. */
  protected refreshAfter<P>(token: EventToken<P>, ms: number, concerns: (params: P) => boolean = () => true): void {
    this.#leave.push(
      rpc.on(token, (params) => {
        if (!concerns(params)) return;
        this.#soon ??= setTimeout(() => {
          this.#soon = undefined;
          this.refresh();
        }, ms);
      }),
    );
  }

  /** What stands in the page's place while there is nothing to show: the error with a way to try again, else what is waited for. */
  protected instead(error: ErrorShape | undefined, waiting: string): TemplateResult {
    const shown =
      error === undefined
        ? html`<state-view kind="loading" .message=${waiting}></state-view>`
        : html`<state-view kind="error" .error=${error} .action=${{ label: t("Try again"), run: () => this.refresh() }}></state-view>`;
    return html`${this.notices()}${shown}`;
  }

  /** Runs an action of the person; what goes wrong is said on top of the panel. */
  protected async act(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.failure = undefined;
    } catch (error) {
      if (!isCancelled(error)) this.failure = errorShape(error);
    }
  }

  /** Offline and failed-action lines; stands first in every panel's template. */
  protected notices(): TemplateResult {
    return html`${this.bundle === undefined
      ? nothing
      : html`<div class="notice bundle" role="status">${icon("lock")}<span class="grow cut">${t("Runs of {0}, opened for reading: nothing here can be changed.", this.bundle)}</span>
          <button class="link" @click=${this.#takeIn}>${t("Take in…")}</button></div>`}
    ${this.connection === "connected"
      ? nothing
      : html`<div class="notice" role="status">${icon(this.connection === "connecting" ? "loading" : "debug-disconnect", this.connection === "connecting" ? "spin" : "")}
          <span class="grow">${this.connection === "connecting" ? t("Connecting to the engine; what you see is the last known state.") : t("The engine is not running; what you see is the last known state.")}</span>
          ${this.connection === "failed" ? html`<button class="link" @click=${this.#restart}>${t("Restart the engine")}</button>` : nothing}</div>`}
    ${this.failure === undefined
      ? nothing
      : html`<div class="notice error" role="alert">${icon("error")}<span class="grow">${this.failure.message} ${this.failure.hint ?? ""}</span>
          <button class="link" @click=${this.#copyFailure}>${t("Copy details")}</button>
          <button class="tool" aria-label=${t("Dismiss")} @click=${this.#dismiss}>${icon("close")}</button></div>`}`;
  }

  #takeIn(): void {
    void this.act(() => rpc.request(hostCommand, { command: "touchstone.takeInBundle", args: [] }, { timeoutMs: Number.POSITIVE_INFINITY }));
  }

  #restart(): void {
    void this.act(() => rpc.request(hostCommand, { command: "touchstone.restartEngine", args: [] }));
  }

  #copyFailure(): void {
    void rpc.request(hostCopy, { text: JSON.stringify(this.failure, null, 2) });
  }

  #dismiss(): void {
    this.failure = undefined;
  }

  #onOpenSite = (event: Event): void => {
    if (!(event instanceof CustomEvent)) return;
    const { file, line }: { file: string; line?: number } = event.detail;
    void this.act(() => rpc.request(hostOpenFile, { path: file, ...(line === undefined ? {} : { line }), beside: true }));
  };

  #onCopy = (event: Event): void => {
    if (event instanceof CustomEvent) void this.act(() => rpc.request(hostCopy, { text: String(event.detail) }));
  };
}

function bundleOf(subject: unknown): string | undefined {
  return typeof subject === "object" && subject !== null && "bundle" in subject && typeof subject.bundle === "string" ? subject.bundle : undefined;
}

/** Puts the panel's element into the page, in the theme. */
export function mountPanel(tag: string): void {
  installTheme();
  const panel = document.createElement(tag);
  const main = document.createElement("main");
  main.style.height = "100%";
  main.append(panel);
  document.body.append(main);
}
