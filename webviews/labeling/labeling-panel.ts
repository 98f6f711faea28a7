import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { labelsAddClass, labelsAnnotator, labelsChanged, labelsLocate, labelsSetAnnotator, type LabelItem, type LabelQueue } from "../../engine/api/labeling.ts";
import { hostCommand, hostInput, hostOpenFile } from "../../engine/api/host.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { plural } from "../ui/format.ts";
import { getState, rpc, setState } from "../ui/host.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { openMenu, type MenuItem } from "../ui/menu.ts";
import { Panel, panelStyles } from "../ui/panel.ts";
import { errorShape } from "../ui/rpc.ts";
import "../ui/state-view.ts";
import { base } from "../ui/theme.ts";
import { answerBar, answerName, footBar, headerBar, type BarActions } from "./bars.ts";
import "./item-view.ts";
import "./key-help.ts";
import { actionOf } from "./keys.ts";
import { markdown } from "./markdown.ts";
import { Pictures } from "./pictures.ts";
import { Session } from "./session.ts";
import { labelingStyles } from "./styles.ts";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

/** Labels one item after the other: a key is an answer, and the next item comes when it is on disk. */
class LabelingPanel extends Panel {
  static override properties = { ...Panel.properties, focused: { state: true }, guidelinesOpen: { state: true }, noteOpen: { state: true }, loadError: { state: true }, proposed: { state: true }, hint: { state: true } };
  static override styles = [base, panelStyles, labelingStyles];

  declare focused: boolean;
  declare guidelinesOpen: boolean;
  declare noteOpen: boolean;
  declare loadError: ErrorShape | undefined;
  declare proposed: string;
  declare hint: string;
  readonly #pictures = new Pictures(rpc);
  readonly #session: Session;
  #set = "";
  #shown: LabelItem | null = null;
  #pressed = 0;
  #leaveEvents: (() => void)[] = [];

  constructor() {
    super();
    this.focused = document.hasFocus();
    this.guidelinesOpen = getState()["guidelinesOpen"] === true;
    this.noteOpen = false;
    this.loadError = undefined;
    this.proposed = "";
    this.hint = "";
    this.#session = new Session({
      rpc,
      changed: () => this.requestUpdate(),
      prefetch: (items) => this.#pictures.prefetch(items),
      now: () => Date.now(),
      newId: () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => letters[byte & 31]).join(""),
      engineBack: () => new Promise((resolve) => setTimeout(resolve, 400)),
    });
  }

  show(subject: unknown): void {
    const set = typeof subject === "object" && subject !== null && "set" in subject ? String(subject.set) : "";
    if (set !== this.#set) this.loadError = undefined;
    this.#set = set;
    void this.#open();
  }

  refresh(): void {
    void this.#open();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const onFocus = (): void => {
      this.focused = true;
      if (this.#session.view !== null && this.#session.saving !== "saving" && this.#session.saving !== "waiting") void this.#open();
    };
    const onBlur = (): void => void (this.focused = false);
    window.addEventListener("focus", onFocus);
    window.addEventListener("blur", onBlur);
    window.addEventListener("keydown", this.#onKey, true);
    this.#leaveEvents.push(
      rpc.on(labelsChanged, ({ set, progress, definition }) => {
        if (set !== this.#set) return;
        if (definition) void this.#open();
        else if (progress !== null) this.#session.progress(progress);
      }),
      () => window.removeEventListener("focus", onFocus),
      () => window.removeEventListener("blur", onBlur),
      () => window.removeEventListener("keydown", this.#onKey, true),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leaveEvents.splice(0)) leave();
  }

  async #open(): Promise<void> {
    try {
      await this.#session.open(this.#set);
      if (this.#session.view?.annotator === null) this.proposed = (await rpc.request(labelsAnnotator, null)).proposed;
      this.loadError = undefined;
    } catch (error) {
      this.loadError = errorShape(error);
    }
    this.requestUpdate();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { current } = this.#session;
    if (current === this.#shown) return;
    this.#shown = current;
    if (current === null) return;
    this.noteOpen = false;
    this.#focusStage();
    const pressed = this.#pressed;
    this.#pressed = 0;
    // After the next frame the item is on the screen; benchmarks listen to how long that took.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.#session.painted();
        if (pressed > 0) this.dispatchEvent(new CustomEvent("labelled", { detail: performance.now() - pressed, bubbles: true, composed: true }));
      }),
    );
  }

  override render(): TemplateResult {
    const { view } = this.#session;
    if (this.loadError !== undefined) return html`${this.notices()}<state-view kind="error" .error=${this.loadError} .action=${{ label: "Try Again", run: () => void this.#open() }}></state-view>`;
    if (view === null) return html`${this.notices()}<state-view kind="loading" message=${t("Opening the label set")}></state-view>`;
    if (view.annotator === null) return html`${this.notices()}${this.#askName()}`;
    const busy = this.#session.saving === "waiting" || this.#session.current === null;
    const { current, undone } = this.#session;
    return html`${this.notices()}
      ${headerBar(view, this.#session.queue, this.guidelinesOpen, this.#actions)}
      ${[...view.notes, ...view.problems.map((one) => `${one.file}:${one.line}: ${one.message}`)].slice(0, 3).map((text) => html`<div class="notice" role="status">${icon("warning")}<span class="grow">${text}</span></div>`)}
      <div class="middle">
        ${this.focused || current === null ? nothing : html`<button class="banner" @click=${() => this.#focusStage()}>${icon("keyboard")} Keys do not reach this panel now. Click here, or on the item, to go on.</button>`}
        <div class="stage ${view.kind}" tabindex="0" role="group" aria-label=${t("Item to label")} aria-describedby="keys-hint">
          <span id="keys-hint" class="hidden-text">${t("Press the key of a class to answer, question mark for all keys, Shift and Tab to reach the buttons.")}</span>
          ${current === null ? this.#finished() : html`<div class="item">
              <item-view .item=${current} .pictures=${this.#pictures} @open-item=${() => this.#openItem(current)}></item-view>
              <div class="below">${this.#suggestion(current)}${this.#others(current)}${this.#note()}${this.hint === "" ? nothing : html`<span role="status">${this.hint}</span>`}</div>
            </div>`}
        </div>
        ${this.guidelinesOpen ? this.#guidelines() : nothing}
      </div>
      ${answerBar(view, undone ?? current?.mine ?? null, busy, this.#actions)}
      ${footBar(view, this.#session.saving, this.#session.last, this.#actions)}
      <key-help .view=${view}></key-help>`;
  }

  #askName(): TemplateResult {
    return html`<div class="done" role="group" aria-label=${t("Who labels")}>
      <p>${t("Votes are kept under a name, in git, so that several people can label and agree. Who labels here?")}</p>
      <div class="actions">
        <button class="button" @click=${() => this.#setName(this.proposed)}>Label as ${this.proposed}</button>
        <button class="button secondary" @click=${() => this.#otherName()}>${t("Another Name…")}</button>
      </div>
    </div>`;
  }

  #suggestion(item: LabelItem): TemplateResult | typeof nothing {
    const { suggestion } = item;
    const name = this.#session.view?.classes.find((one) => one.id === suggestion?.class)?.name;
    if (suggestion === null || name === undefined) return nothing;
    return html`<div class="suggestion">${icon("lightbulb")} ${suggestion.by === undefined ? "suggestion" : `suggested by ${suggestion.by}`}: <b>${name}</b>${suggestion.score === null ? nothing : html`<span class="num">${suggestion.score.toFixed(2)}</span>`} <span class="three">·</span> <kbd class="cap">${t("Space")}</kbd> <button class="link" @click=${() => this.#answer(() => this.#session.accept())}>${t("accepts")}</button>${suggestion.reason ? html` <span class="three">· ${suggestion.reason}</span>` : nothing}</div>`;
  }

  #others(item: LabelItem): TemplateResult | typeof nothing {
    const { view } = this.#session;
    if (item.others.length === 0 || view === null) return nothing;
    const said = [...item.others, ...(item.mine ? [item.mine] : [])];
    return html`<div>${said.map((vote, index) => html`${index > 0 ? html` <span class="three">·</span> ` : nothing}${vote.by === view.annotator ? "you" : vote.by}: <b>${answerName(vote, view)}</b>${vote.note === "" ? nothing : html` <span class="three">“${vote.note}”</span>`}`)}</div>`;
  }

  #note(): TemplateResult | typeof nothing {
    const { note } = this.#session;
    if (!this.noteOpen) return note === "" ? nothing : html`<div><span class="three">note:</span> ${note} <button class="link" @click=${() => this.#openNote()}>${t("Edit")}</button></div>`;
    return html`<label><span class="small">${t("Note, saved with your answer (Enter: done)")}</span>
      ${keyed(this.#session.current?.item, html`<textarea class="field" .value=${note} @input=${(event: InputEvent) => this.#typeNote(event)}></textarea>`)}</label>`;
  }

  #guidelines(): TemplateResult {
    const { guidelines, files } = this.#session.view ?? { guidelines: "", files: { guidelines: "" } };
    return html`<aside aria-label=${t("Guidelines")} tabindex="0">
      ${guidelines.trim() === "" ? html`<p class="two">${t("No guidelines yet. Write down when each class applies: what is not written is decided anew by everyone.")}</p>` : markdown(guidelines)}
      <button class="link" @click=${() => this.act(() => rpc.request(hostOpenFile, { path: files.guidelines, beside: true }))}>${t("Edit guidelines")}</button>
    </aside>`;
  }

  #finished(): TemplateResult {
    const progress = this.#session.view?.progress;
    if (!this.#session.finished || !progress) return html`<state-view kind="loading" message=${t("Looking for the next item")}></state-view>`;
    if (progress.total === 0) return html`<state-view kind="empty" message=${t("This label set has no items.")} hint=${t("Its source is empty, or none of its items is in the source any more.")}></state-view>`;
    const queue = this.#session.queue;
    const left = progress.total - progress.done - progress.skipped;
    const sentence = queue !== "open" ? "You have been through all of these." : progress.skipped > 0 ? `All that is left of ${plural(progress.total, "item")} was skipped.` : `All ${plural(progress.total, "item")} ${progress.total === 1 ? "is" : "are"} answered.`;
    const button = (label: string, run: () => void): TemplateResult => html`<button class="button secondary" @click=${run}>${label}</button>`;
    return html`<div class="done">
      <p>${icon("pass")} ${sentence}</p>
      <div class="actions">
        ${queue !== "open" && left > 0 ? button(`Label the ${left} Open`, () => this.#go("open")) : nothing}
        ${progress.skipped > 0 ? button(`Label ${progress.skipped} Skipped`, () => this.#go("skipped")) : nothing}
        ${progress.unsure > 0 && queue !== "unsure" ? button(`Look Again at ${progress.unsure} Unsure`, () => this.#go("unsure")) : nothing}
        ${progress.conflicts > 0 && queue !== "conflicts" ? button(`Settle ${plural(progress.conflicts, "Conflict")}`, () => this.#go("conflicts")) : nothing}
        ${button("Export Labels…", () => this.#export())}
      </div>
    </div>`;
  }

  readonly #actions: BarActions = {
    answer: (state, classId) => this.#answer(() => this.#session.answer(state, classId ?? null)),
    undo: () => this.#undo(),
    note: () => this.#openNote(),
    guidelines: () => this.#toggleGuidelines(),
    help: () => this.#help(),
    more: (event) => void this.#more(event),
    settle: () => this.#go("conflicts"),
  };

  #onKey = (event: KeyboardEvent): void => {
    const { view } = this.#session;
    const target = event.composedPath()[0];
    if (view === null || view.annotator === null || event.isComposing) return;
    if (target instanceof HTMLTextAreaElement) {
      if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey)) {
        event.preventDefault();
        this.noteOpen = false;
        this.#focusStage();
      }
      return;
    }
    if (event.composedPath().some((one) => one instanceof HTMLElement && (one.localName === "popup-menu" || one.localName === "dialog"))) return;
    if (event.key === "Escape") return this.#focusStage();
    // A focused button keeps the keys that press and leave it.
    if (target instanceof HTMLButtonElement && [" ", "Enter", "Tab"].includes(event.key)) return;
    if (target instanceof HTMLElement && target.localName === "aside" && event.key === "Tab") return;
    const action = actionOf(event, view);
    if (action === null) return;
    event.preventDefault();
    // A key that is held down gives one answer.
    if (event.repeat) return;
    this.#pressed = performance.now();
    if (action.kind === "class") this.#actions.answer("labelled", action.classId);
    else if (action.kind === "accept") this.#answer(() => this.#session.accept());
    else if (action.kind === "skip") this.#actions.answer("skipped");
    else if (action.kind === "outOfScope") this.#actions.answer("out-of-scope");
    else if (action.kind === "unsure") this.#actions.answer("unsure");
    else this.#actions[action.kind]();
  };

  #answer(answer: () => Promise<void>): void {
    this.hint = "";
    void this.act(answer);
  }

  #undo(): void {
    this.hint = "";
    void this.act(async () => {
      if (!(await this.#session.undo())) this.hint = "There is no answer of yours left to take back.";
    });
  }

  #openNote(): void {
    if (this.#session.current === null) return;
    this.noteOpen = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector("textarea")?.focus());
  }

  #typeNote(event: InputEvent): void {
    if (event.target instanceof HTMLTextAreaElement) this.#session.note = event.target.value;
  }

  #toggleGuidelines(): void {
    this.guidelinesOpen = !this.guidelinesOpen;
    setState({ guidelinesOpen: this.guidelinesOpen });
  }

  #help(): void {
    const help = this.renderRoot.querySelector("key-help");
    if (help && "open" in help && typeof help.open === "function") help.open();
  }

  #go(queue: LabelQueue): void {
    void this.act(() => this.#session.go(queue));
  }

  #focusStage(): void {
    const stage = this.renderRoot.querySelector<HTMLElement>(".stage");
    stage?.focus({ preventScroll: true });
    if (stage) stage.scrollTop = 0;
  }

  #setName(name: string): void {
    void this.act(async () => {
      await rpc.request(labelsSetAnnotator, { name });
      await this.#open();
    });
  }

  #otherName(): void {
    void this.act(async () => {
      const { text } = await rpc.request(hostInput, { title: "Who labels here? A name for the folder of your votes, never a mail address.", value: this.proposed });
      if (text !== null && text.trim() !== "") this.#setName(text);
    });
  }

  #openItem(item: LabelItem): void {
    void this.act(async () => {
      const { path, line } = await rpc.request(labelsLocate, { set: this.#set, item: item.item });
      await rpc.request(hostOpenFile, { path, beside: true, ...(line === null ? {} : { line }) });
    });
  }

  #export(): void {
    void this.act(() => rpc.request(hostCommand, { command: "touchstone.exportLabels", args: [this.#set] }));
  }

  async #more(event: Event): Promise<void> {
    const { view, queue } = this.#session;
    if (view === null || !(event.currentTarget instanceof HTMLElement)) return;
    const { progress } = view;
    const look = (id: LabelQueue, label: string, n: number): MenuItem => ({ id, label: `${label} (${n})`, checked: queue === id, disabled: n === 0 });
    const box = event.currentTarget.getBoundingClientRect();
    const chosen = await openMenu(
      [
        { id: "open", label: "Items without an answer", checked: queue === "open" },
        look("skipped", "Skipped items", progress.skipped),
        look("unsure", "Unsure items", progress.unsure),
        look("conflicts", "Conflicts", progress.conflicts),
        { id: "addClass", label: "Add a Class…", separator: true },
        { id: "edit", label: "Open labels.yaml" },
        { id: "export", label: "Export Labels…" },
        { id: "name", label: `Label as Someone Else… (${view.annotator ?? ""})` },
        { id: "help", label: "Keys", key: "?", separator: true },
      ],
      box,
    );
    if (chosen === "open" || chosen === "skipped" || chosen === "unsure" || chosen === "conflicts") this.#go(chosen);
    else if (chosen === "addClass") this.#addClass();
    else if (chosen === "edit") void this.act(() => rpc.request(hostOpenFile, { path: view.files.labels, beside: true }));
    else if (chosen === "export") this.#export();
    else if (chosen === "name") this.#otherName();
    else if (chosen === "help") this.#help();
  }

  #addClass(): void {
    void this.act(async () => {
      const { text } = await rpc.request(hostInput, { title: "Name of the new class" });
      if (text === null || text.trim() === "") return;
      await rpc.request(labelsAddClass, { set: this.#set, name: text });
      await this.#open();
    });
  }
}

customElements.define("touchstone-labeling", LabelingPanel);
