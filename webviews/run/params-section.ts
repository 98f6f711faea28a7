import { html, nothing, type TemplateResult } from "lit";
import type { RunDetail } from "../../engine/api/runs.ts";
import { MISSING } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { moreText, paramsCaption, spreadText } from "./params-text.ts";
import type { Neighbours, Varying } from "./run-data.ts";

const FEW_PARAMS = 12;

export interface ParamsState {
  readonly detail: RunDetail;
  readonly neighbours: Neighbours | null;
  /** Params that are not the same in all runs; null until they are known. */
  readonly varying: Varying | null;
  readonly allParams: boolean;
  readonly toggleParams: () => void;
}

/** The params that differ between runs first. */
export function paramsSection({ detail, neighbours, varying: known, allParams, toggleParams }: ParamsState): TemplateResult {
  const varying: Varying = known ?? new Map();
  const { params } = detail;
  if (params.length === 0) return html`<section><h2 class="section">${t("Params")}</h2><p class="two">${t("No argument, config value or logged param is known.")}</p></section>`;
  const differing = params.filter(({ key }) => varying.has(key));
  const rest = params.filter(({ key }) => !varying.has(key));
  const few = differing.length === 0 ? FEW_PARAMS : Math.max(0, FEW_PARAMS - differing.length);
  const shown = allParams ? [...differing, ...rest] : [...differing, ...rest.slice(0, few)];
  const previous = neighbours?.previous ?? null;
  const before = (key: string): string | null | undefined => (previous === null ? undefined : neighbours?.comparison.params.find(({ name }) => name === key)?.values[previous]);
  return html`<section><h2 class="section">Params <span class="two small">${paramsCaption(known, differing.length)}</span></h2>
    <table class="narrow">
      <thead><tr><th scope="col">param</th><th scope="col" class="num">value</th><th scope="col">set by</th>${previous === null ? nothing : html`<th scope="col" class="num">previous run</th>`}${varying.size === 0 ? nothing : html`<th scope="col">in all runs</th>`}</tr></thead>
      <tbody>${shown.map(({ key, value, source, differs: contradicted }) => {
        const old = before(key);
        const differs = varying.has(key);
        return html`<tr class=${differs ? "" : "quiet"} title=${contradicted ? "Its sources do not agree; each stands in its own row." : nothing}><th scope="row">${key}</th><td class="num cut value" title=${value}>${differs ? html`<b>${value}</b>` : value}</td><td class="two">${source === "client" ? "the script's client" : source === "earlier" ? "an earlier session" : source}</td>
          ${previous === null ? nothing : html`<td class="num cut value">${old === value ? html`<span class="three">same</span>` : (old ?? MISSING)}</td>`}${varying.size === 0 ? nothing : html`<td class="two cut value">${spreadText(varying.get(key))}</td>`}</tr>`;
      })}</tbody>
    </table>
    ${shown.length === params.length && !allParams ? nothing : html`<button class="link" aria-expanded=${allParams} @click=${toggleParams}>${icon(allParams ? "chevron-down" : "chevron-right")} ${allParams ? "Show fewer" : moreText(known, params.length - shown.length)}</button>`}
  </section>`;
}
