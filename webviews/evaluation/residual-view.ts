import { css, html, LitElement, nothing, svg, type TemplateResult } from "lit";
import type { Residuals, Screened } from "../../engine/api/evaluation.ts";
import { select } from "../ui/controls.ts";
import { formatNumber, formatPercent, MISSING } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { styleVars } from "../ui/style-vars.ts";
import { base } from "../ui/theme.ts";
import type { Box, Hexagon } from "./density-plot.ts";
import "./density-plot.ts";
import { qText } from "./failure-table.ts";
import "./series-plots.ts";
import { evaluationStyles } from "./styles.ts";

const VERDICTS = { passed: "pass", look: "warning", unknown: "question" } as const;

/**
 * `<residual-view .residuals .prediction>`: what is left after the prediction, the ranking of features that it still depends on, and
 * tests with their readings. Fires `pick-feature` (name), `brush-box` ({column, categories, box}), `pick-hexagon`, and `pick-range` of its plots.
 */
class ResidualView extends LitElement {
  static override properties = { residuals: { attribute: false }, third: { state: true } };
  static override styles = [
    base,
    evaluationStyles,
    css`
      :host { display: block; height: auto; }
      .plots { display: grid; grid-template-columns: 1.2fr 1.4fr 1fr; border-bottom: 1px solid var(--ts-line); }
      .plots > section { display: flex; flex-direction: column; min-width: 0; height: 330px; padding: 8px 16px; border-left: 1px solid var(--ts-line); }
      .plots > section:first-child { border-left: 0; }
      .plots density-plot, .plots quantile-plot, .plots lag-plot, .plots histogram-plot { flex: 1 1 0; }
      .reading { display: grid; grid-template-columns: 1.7fr 1fr; }
      .reading > section { padding: 8px 16px; min-width: 0; border-left: 1px solid var(--ts-line); overflow-x: auto; }
      .reading > section:first-child { border-left: 0; }
      .share { display: block; height: 6px; width: calc(var(--share) * 110px); min-width: 1px; background: var(--ts-data); }
      .share.chance { background: var(--ts-fg3); }
      .spark { width: 110px; height: 18px; }
      .spark polyline { fill: none; stroke: var(--ts-data); stroke-width: 1.25; }
      .spark line { stroke: var(--ts-grid); }
      .feature { max-width: 170px; }
      table.plain td.reads { white-space: normal; width: 100%; }
      .test { display: grid; grid-template-columns: 20px 1fr; gap: 0 6px; padding: 7px 0; border-top: 1px solid var(--ts-grid); }
      .test .said { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 12px; }
      .test:first-of-type { border-top: 0; }
      .test p { grid-column: 2 / -1; margin: 0; color: var(--ts-fg2); font-size: 12px; }
      .test .look { color: var(--ts-warn); }
      .test .passed { color: var(--ts-good); }
      vscode-single-select { width: 160px; }
      @container panel (max-width: 900px) { .plots { grid-template-columns: 1fr 1fr; } .plots > section:nth-child(3) { grid-column: 1 / -1; border-left: 0; border-top: 1px solid var(--ts-line); } .reading { grid-template-columns: 1fr; } .reading > section { border-left: 0; } }
      @container panel (max-width: 620px) { .plots { grid-template-columns: minmax(0, 1fr); } .plots > section { border-left: 0; } }
    `,
  ];
  declare residuals: Residuals | null;
  declare third: "qq" | "lags" | "histogram";

  constructor() {
    super();
    this.residuals = null;
    this.third = "qq";
  }

  override render(): TemplateResult | typeof nothing {
    const { residuals } = this;
    if (residuals === null) return nothing;
    const feature = residuals.byFeature;
    const passed = residuals.tests.filter((test) => test.verdict === "passed").length;
    const look = residuals.tests.filter((test) => test.verdict === "look").length;
    return html`<div class="plots">
        <section><div class="head"><h2 class="section">Residual by prediction</h2><span class="grow"></span><span class="two small" title=${residuals.byPrediction.smoothNote}>line: LOWESS</span></div>
          <density-plot label="Residual by prediction" xName="prediction" yName="residual" .density=${residuals.byPrediction} @brush=${(event: CustomEvent<Box>) => this.#brush("@prediction", null, event)} @hexagon=${(event: CustomEvent<Hexagon>) => this.#hexagon("@prediction", null, event)}></density-plot></section>
        <section><div class="head"><h2 class="section">${t("Residual by")}</h2>${feature === null ? html`<span class="two">feature: the file has none</span>` : select("Feature", feature.feature, residuals.screening.map(({ feature: name }) => ({ value: name, label: name })), (name) => this.#emit("pick-feature", name))}</div>
          ${feature === null ? nothing : html`<density-plot label="Residual by ${feature.feature}" .xName=${feature.feature} yName="residual" .density=${feature} .categories=${feature.categories} @brush=${(event: CustomEvent<Box>) => this.#brush(feature.feature, feature.categories, event)} @hexagon=${(event: CustomEvent<Hexagon>) => this.#hexagon(feature.feature, feature.categories, event)}></density-plot>`}</section>
        <section><div class="switch" role="group" aria-label=${t("Third plot")}>${([["qq", "QQ"], ["lags", "autocorrelation"], ["histogram", "histogram"]] as const).map(([id, name]) => html`<button class="tool" aria-pressed=${this.third === id ? "true" : "false"} @click=${() => (this.third = id)}>${name}</button>`)}</div>
          ${this.third === "qq" ? html`<quantile-plot label=${t("Residuals against a normal law")} .qq=${residuals.qq}></quantile-plot>` : this.third === "lags" ? html`<lag-plot label=${t("Autocorrelation of the residuals")} order=${residuals.order} .autocorrelation=${residuals.autocorrelation}></lag-plot>` : html`<histogram-plot label=${t("Residuals")} xName="residual" .histogram=${residuals.histogram}></histogram-plot>`}</section>
      </div>
      <div class="reading">
        <section><div class="head"><h2 class="section">${t("What the residual still depends on")}</h2><span class="two small">share of its variance · q by Benjamini–Hochberg</span></div>${this.#screening(residuals)}</section>
        <section><div class="head"><h2 class="section">${t("Tests, read for you")}</h2><span class="two small">${passed} passed · ${look} to look at</span></div>
          ${residuals.tests.map((test) => html`<div class="test"><span class=${test.verdict}>${icon(VERDICTS[test.verdict])}</span><span class="said"><b>${test.title}</b><span class="two small" title="p = ${test.p ?? ""}">${test.name}${test.statistic === null ? nothing : html` · ${formatNumber(test.statistic, 2)}, p ${test.p === null ? MISSING : qText(test.p)}`}</span></span><p>${test.reading}</p></div>`)}</section>
      </div>`;
  }

  #screening(residuals: Residuals): TemplateResult {
    if (residuals.screening.length === 0) return html`<p class="two">${t("No feature column stands beside the predictions. Write the features into the file to see what the residual depends on.")}</p>`;
    const most = Math.max(0.01, ...residuals.screening.map(({ association }) => association));
    return html`<table class="plain" aria-label=${t("Features by what they explain of the residual")}><thead><tr><th scope="col">feature</th><th scope="col" class="n">explains</th><th scope="col"><span class="hidden-text">share</span></th><th scope="col">mean residual</th><th scope="col" class="n">q</th><th scope="col">reading</th></tr></thead>
      <tbody>${residuals.screening.map((each) => {
        const chance = each.q >= 0.05;
        const pick = (): void => this.#emit("pick-feature", each.feature);
        return html`<tr class="act" aria-selected=${residuals.byFeature?.feature === each.feature ? "true" : "false"} @click=${pick}><td class="feature"><button class="rowlink" @click=${(event: Event) => { event.stopPropagation(); pick(); }}>${each.feature}</button></td>
          <td class="n">${chance ? share(each.association) : html`<b>${share(each.association)}</b>`}</td><td><span class="share ${chance ? "chance" : ""}" ${styleVars({ "--share": each.association / most })}></span></td>
          <td>${spark(each)}</td><td class="n two">${qText(each.q)}</td><td class="two reads">${chance ? "within chance" : each.association < 0.005 ? "real, but tiny" : `${shape(each)}: the model can use more of it`}</td></tr>`;
      })}</tbody></table>`;
  }

  #brush(column: string, categories: readonly string[] | null, event: CustomEvent<Box>): void {
    this.#emit("brush-box", { column, categories, box: event.detail });
  }

  #hexagon(column: string, categories: readonly string[] | null, event: CustomEvent<Hexagon>): void {
    this.#emit("pick-hexagon", { column, categories, ...event.detail });
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** `36.4 %`; what rounds to nothing is 0. */
function share(value: number): string {
  return formatPercent(value < 0.0005 ? 0 : value);
}

/** What the means of the residual do along the feature, in a word. */
function shape({ kind, means }: Screened): string {
  if (kind === "categorical") return "differs between values";
  const { y } = means;
  const steps = y.slice(1).map((value, i) => value - y[i]!);
  const rising = steps.filter((step) => step > 0).length / Math.max(1, steps.length);
  if (rising > 0.7) return "rises";
  return rising < 0.3 ? "falls" : "bends";
}

function spark({ means }: Screened): TemplateResult {
  const { y } = means;
  const [low, high] = [Math.min(0, ...y), Math.max(0, ...y)];
  const at = (value: number): number => 16 - ((value - low) / (high - low || 1)) * 14;
  return html`${svg`<svg class="spark" viewBox="0 0 110 18" aria-hidden="true"><line x1="0" x2="110" y1=${at(0)} y2=${at(0)}></line><polyline points=${y.map((value, i) => `${((i / Math.max(1, y.length - 1)) * 108 + 1).toFixed(1)},${at(value).toFixed(1)}`).join(" ")}></polyline></svg>`}`;
}

customElements.define("residual-view", ResidualView);
