import { html, nothing, type TemplateResult } from "lit";
import type { LabelProgress, LabelQueue, LabelSetView, LabelVote } from "../../engine/api/labeling.ts";
import { formatCount, plural } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { styleVars } from "../ui/style-vars.ts";
import { keyCap } from "./keys.ts";
import type { Saving } from "./session.ts";

const queueNames: Readonly<Record<LabelQueue, string>> = { open: "", skipped: "skipped items", unsure: "items you were unsure of", conflicts: "conflicts to settle" };

/** What the bars can ask of the panel. */
export interface BarActions {
  answer(state: "labelled" | "skipped" | "out-of-scope" | "unsure", classId?: string): void;
  undo(): void;
  note(): void;
  guidelines(): void;
  help(): void;
  more(event: Event): void;
  settle(): void;
}

/** Set, which items, how far, undo, guidelines. */
export function headerBar(view: LabelSetView, queue: LabelQueue, guidelinesOpen: boolean, act: BarActions): TemplateResult {
  const { done, total } = view.progress;
  const share = total === 0 ? 0 : done / total;
  const title = queueNames[queue] || view.title;
  return html`<header>
    <h1 class="cut" title=${title === "" ? view.name : `${view.name}: ${title}`}>
      <span class="set ${title === "" ? "strong" : "two"}">${view.name}</span>${title === "" ? nothing : html`${icon("chevron-right")}<span class="strong">${title}</span>`}
    </h1>
    <span class="rule"></span>
    <span class="count"><b>${formatCount(done)}</b> <span class="two">of ${formatCount(total)}</span></span>
    <span class="bar" role="progressbar" aria-label=${t("Answered")} aria-valuemin="0" aria-valuemax=${total} aria-valuenow=${done}><span ${styleVars({ width: `${share * 100}%` })}></span></span>
    <span class="grow"></span>
    <button class="tool" @click=${act.undo}>${icon("discard")}<span class="wide">${t("Undo")}</span><kbd>${keyCap(view.keys.undo)}</kbd></button>
    <button class="tool" aria-pressed=${guidelinesOpen} @click=${act.guidelines}>${icon("book")}<span class="wide">${t("Guidelines")}</span><kbd>${keyCap(view.keys.guidelines)}</kbd></button>
    <button class="tool" aria-label=${t("More actions")} aria-haspopup="menu" @click=${act.more}>${icon("ellipsis")}</button>
  </header>`;
}

/** The classes and actions as legends of their keys; a click does the same. */
export function answerBar(view: LabelSetView, standing: LabelVote | null, disabled: boolean, act: BarActions): TemplateResult {
  const action = (key: string, label: string, run: () => void): TemplateResult =>
    html`<button class="action" ?disabled=${disabled} @click=${run}><kbd class="cap">${keyCap(key)}</kbd>${label}</button>`;
  return html`<div class="answers" role="toolbar" aria-label=${t("Answers")}>
    <div class="classes">
      ${view.classes.map(
        (one) => html`<button class="class" ?disabled=${disabled} aria-pressed=${standing?.class === one.id} title=${one.description || nothing} @click=${() => act.answer("labelled", one.id)}>
          ${one.key === "" ? nothing : html`<kbd class="cap">${keyCap(one.key)}</kbd>`}<span class="cut">${one.name}</span>
        </button>`,
      )}
    </div>
    <div class="actions">
      ${action(view.keys.skip, "skip", () => act.answer("skipped"))}${action(view.keys.outOfScope, "out of scope", () => act.answer("out-of-scope"))}
      ${action(view.keys.unsure, "unsure", () => act.answer("unsure"))}${action(view.keys.note, "note", act.note)}
    </div>
  </div>`;
}

/** Saved or not, agreement, conflicts, pace: facts. */
export function footBar(view: LabelSetView, saving: Saving, last: LabelVote | null, act: BarActions): TemplateResult {
  const { progress } = view;
  const pace = progress.medianMs === null ? null : progress.medianMs / 1000;
  const left = progress.total - progress.done;
  return html`<footer>
    <span role="status" class="saved">${savedText(saving)}</span>
    ${last === null ? nothing : html`<span><span class="two">last:</span> ${answerName(last, view)}</span>`}
    ${agreementText(progress, view.annotator)}
    ${progress.conflicts === 0 ? nothing : html`<button class="link" @click=${act.settle}>${plural(progress.conflicts, "conflict")} to settle</button>`}
    <span class="grow"></span>
    ${pace === null ? nothing : html`<span class="two pace">${pace < 10 ? pace.toFixed(1) : Math.round(pace)} s per item, median</span>`}
    ${pace === null || left === 0 ? nothing : html`<span class="two pace">${timeLeft(pace * left)} left</span>`}
    <button class="link keys" @click=${act.help}><kbd class="cap">?</kbd> keys</button>
  </footer>`;
}

function savedText(saving: Saving): TemplateResult {
  if (saving === "saving") return html`<span class="three">${icon("sync")} saving</span>`;
  if (saving === "waiting") return html`<span class="warn">${icon("warning")} not saved yet: the engine is away. It is sent again.</span>`;
  return saving === "saved" ? html`<span class="good">${icon("check")}</span> saved` : html`<span class="three">every answer is saved as it is given</span>`;
}

/** What an answer is called on the screen. */
export function answerName(vote: LabelVote, view: LabelSetView): string {
  if (vote.state === "labelled") return view.classes.find((one) => one.id === vote.class)?.name ?? "a class that is gone";
  return vote.state === "out-of-scope" ? "out of scope" : vote.state;
}

function agreementText(progress: LabelProgress, annotator: string | null): TemplateResult | typeof nothing {
  const others = progress.annotators.filter((one) => one !== annotator);
  if (others.length === 0) return nothing;
  const who = others.length === 1 ? others[0] : `${others.length} others`;
  const { value, n } = progress.alpha;
  if (value !== null) return html`<span title=${t("Krippendorff's α: 1 is full agreement, 0 is chance")}>α ${value.toFixed(2)} <span class="two">with ${who}</span> <span class="three">n ${formatCount(n)}</span></span>`;
  return html`<span class="two">${n === 0 ? `no item in common with ${who} yet` : `α undefined with ${who}: everyone gave one answer throughout`} <span class="three">n ${formatCount(n)}</span></span>`;
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min` : `about ${(seconds / 3600).toFixed(1)} h`;
}
