import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { evaluationList, type EvaluationHead, type EvaluationView } from "../../engine/api/evaluation.ts";
import { hostCommand, hostOpenRun } from "../../engine/api/host.ts";
import type { ErrorShape } from "../../engine/api/tokens.ts";
import { exact, formatAge, formatCount, formatNumber, MISSING } from "../ui/format.ts";
import { rpc } from "../ui/host.ts";
import { t } from "../ui/l10n.ts";
import { errorShape } from "../ui/rpc.ts";
import "../ui/state-view.ts";
import { base } from "../ui/theme.ts";
import { evaluationStyles } from "./styles.ts";
import { shownPath } from "./words.ts";

/**
 * `<models-tab .view>`: what else was evaluated in this folder on the same task, beside the file that is shown: one line a
 * file and run, its newest. Opens files and runs; fires `rows-failed` (ErrorShape) where that fails.
 */
class ModelsTab extends LitElement {
  static override properties = { view: { attribute: false }, heads: { state: true }, error: { state: true } };
  static override styles = [base, evaluationStyles];
  declare view: EvaluationView | null;
  declare heads: readonly EvaluationHead[] | null;
  declare error: ErrorShape | null;

  #asked = "";

  constructor() {
    super();
    this.view = null;
    this.heads = null;
    this.error = null;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("view") || this.view === null || this.#asked === this.view.evaluationId) return;
    this.#asked = this.view.evaluationId;
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.heads = (await rpc.request(evaluationList, {})).evaluations;
      this.error = null;
    } catch (error) {
      this.error = errorShape(error);
    }
  }

  override render(): TemplateResult | typeof nothing {
    const { view, heads, error } = this;
    if (error !== null) return html`<state-view kind="error" .error=${error} .action=${{ label: "Try again", run: () => void this.#load() }}></state-view>`;
    if (view === null || heads === null) return nothing;
    const models = comparable(heads, view);
    const another = { label: "Evaluate another file…", run: () => this.#run({ command: "touchstone.evaluate", args: [] }) };
    if (models.length < 2) return html`<state-view kind="empty" .message=${"Nothing else has been evaluated here on this task."} .hint=${"Evaluate the predictions of another model, or of another run, and they stand here beside these."} .action=${another}></state-view>`;
    const others = models.some(({ n }) => n !== view.total);
    return html`<div class="padded"><table class="plain" aria-label=${t("Evaluated models")}>
        <thead><tr><th scope="col">file</th><th scope="col">run</th><th scope="col" class="n">rows</th><th scope="col" class="n">${models[0]?.metric.label}</th><th scope="col" class="n">95 % interval</th><th scope="col" class="wide">worst slice</th><th scope="col" class="n">evaluated</th></tr></thead>
        <tbody>${models.map((head) => this.#row(head, view))}</tbody></table>
      <p class="small three">${others ? "Other numbers of rows: these were not measured on the same rows, so their difference says little. " : ""}One line a file and run, its newest evaluation. A file that was written again keeps what was measured before under its run.</p>
      <p><button class="button secondary" @click=${another.run}>${another.label}</button></p></div>`;
  }

  #row(head: EvaluationHead, view: EvaluationView): TemplateResult {
    const { estimate } = head.metric;
    const here = head.evaluationId === view.evaluationId;
    const { name } = shownPath(head.path);
    const { runId } = head;
    return html`<tr aria-selected=${here ? "true" : "false"}>
      <td title=${head.path}>${here ? html`<b>${name}</b> <span class="two">shown</span>` : html`<button class="link" @click=${() => this.#run({ command: "touchstone.evaluate", args: [head.path, runId] })}>${name}</button>`}</td>
      <td>${runId === null ? html`<span class="three">${MISSING}</span>` : html`<button class="link" @click=${() => void this.#try(rpc.request(hostOpenRun, { runId }))}>run ${runId.slice(0, 7)}</button>`}</td>
      <td class="n">${formatCount(head.n)}</td>
      <td class="n" title=${estimate.value === null ? estimate.reason : exact(estimate.value)}><b>${estimate.value === null ? MISSING : formatNumber(estimate.value, 4)}</b></td>
      <td class="n two">${estimate.value === null ? `n = ${formatCount(estimate.n)}` : `${formatNumber(estimate.low, 4)} – ${formatNumber(estimate.high, 4)}`}</td>
      <td class="wide cut" title=${head.worst ?? nothing}>${head.worst ?? MISSING}</td><td class="n two">${formatAge(head.created, Date.now())} ago</td></tr>`;
  }

  #run(command: { readonly command: string; readonly args: readonly unknown[] }): void {
    void this.#try(rpc.request(hostCommand, command, { timeoutMs: Number.POSITIVE_INFINITY }));
  }

  async #try(action: Promise<unknown>): Promise<void> {
    try {
      await action;
    } catch (error) {
      this.dispatchEvent(new CustomEvent("rows-failed", { detail: errorShape(error), bubbles: true, composed: true }));
    }
  }
}

/** Evaluations of the same task with the same first metric, the best one first: the newest of each file and run. */
function comparable(heads: readonly EvaluationHead[], view: EvaluationView): readonly EvaluationHead[] {
  const seen = new Set<string>();
  const [first] = view.metrics;
  const rank = ({ metric }: EvaluationHead): number => (metric.estimate.value === null ? Number.NEGATIVE_INFINITY : first?.direction === "up" ? metric.estimate.value : -Math.abs(metric.estimate.value));
  const newest = heads.filter((head) => {
    const key = JSON.stringify([head.path, head.runId]);
    if (head.task !== view.task || head.metric.key !== first?.key || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return newest.sort((a, b) => rank(b) - rank(a));
}

customElements.define("models-tab", ModelsTab);
