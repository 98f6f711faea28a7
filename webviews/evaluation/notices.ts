import { html, nothing, type TemplateResult } from "lit";
import type { EvaluationView } from "../../engine/api/evaluation.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { icon } from "../ui/icon.ts";
import "../ui/progress-line.ts";
import type { EvaluationModel } from "./model.ts";
import { shownPath } from "./words.ts";
import { t } from "../ui/l10n.ts";

export interface NoticeActions {
  readonly recompute: () => void;
  readonly remap: () => void;
  readonly dismiss: () => void;
  readonly copy: (error: ErrorShape) => void;
  readonly open: (error: ErrorShape) => void;
}

/** The lines above an evaluation: what is stale, gone, not kept, failed or under way, each with what to do. */
export function evaluationNotices(view: EvaluationView, model: EvaluationModel, actions: NoticeActions): TemplateResult {
  const { name } = shownPath(view.path);
  return html`${model.gone
    ? html`<div class="notice" role="status">${icon("warning")}<span class="grow">${name} is no longer there. What you see was read before; it is back as soon as the file is.</span></div>`
    : view.stale && model.phase === "ready"
      ? html`<div class="notice" role="status">${icon("warning")}<span class="grow">${name} has changed since it was evaluated.</span><button class="link" @click=${actions.recompute}>${t("Recompute")}</button></div>`
      : nothing}
    ${view.unsaved === undefined ? nothing : html`<div class="notice" role="status">${icon("lock")}<span class="grow">This evaluation is shown, not kept, and tags and labels cannot be written: ${view.unsaved}</span></div>`}
    ${model.error === null ? nothing : failure(model.error, model, actions)}
    ${model.phase === "evaluating" ? html`<div class="working"><progress-line label="Evaluating ${name}" .progress=${model.progress} cancellable @progress-cancel=${() => model.stop()}></progress-line></div>` : nothing}`;
}

function failure(error: ErrorShape, model: EvaluationModel, actions: NoticeActions): TemplateResult {
  const place = error.file === undefined ? "" : `${shownPath(error.file).name}${error.line === undefined ? "" : `:${error.line}`}`;
  const columns = error.code === "MIXED_TYPES" || error.code === "NO_USABLE_ROW" || error.code === "NO_USABLE_COLUMN" || error.code === "NO_COLUMN";
  return html`<div class="notice error" role="alert">${icon("error")}<span class="grow">${error.message} ${error.hint ?? ""}</span>
    ${place === "" ? nothing : html`<button class="link mono" @click=${() => actions.open(error)}>${place}</button>`}
    ${columns && model.described ? html`<button class="link" @click=${actions.remap}>${t("Choose columns…")}</button>` : nothing}
    <button class="link" @click=${() => actions.copy(error)}>${t("Copy details")}</button><button class="tool" aria-label=${t("Dismiss")} @click=${actions.dismiss}>${icon("close")}</button></div>`;
}
