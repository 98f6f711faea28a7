import { html, nothing, type TemplateResult } from "lit";
import type { ComparedFileContent, MovedStatistic, RunComparison } from "../../engine/api/compare.ts";
import { formatBytes, formatCount, formatNumber, formatPercent, MISSING, plural, shortId } from "../ui/format.ts";
import { letter, others, runHeader, type SectionState } from "./sections.ts";

/** Data files: digest and size of each run's, and what moved inside of those that differ. */
export function dataSection({ comparison, all }: SectionState, contents: readonly ComparedFileContent[] | undefined): TemplateResult | typeof nothing {
  const differing = comparison.data.filter(({ differs }) => differs);
  const shown = all ? comparison.data : differing;
  if (shown.length === 0) return nothing;
  const order = [comparison.against, ...others(comparison)];
  return html`<section><h2 class="section">Data <span class="two small">${differing.length} of ${plural(comparison.data.length, "file")} ${differing.length === 1 ? "differs" : "differ"}</span></h2>
    <table class="data"><thead><tr><th scope="col">what moved</th>${order.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th>`)}<th scope="col" class="num">change</th></tr></thead>
    <tbody>${shown.map(({ name, digests, bytes, differs }) => {
      const content = contents?.find((one) => one.name === name);
      return html`<tr class=${differs ? "" : "quiet"}><th scope="row" class="cut strong" title=${name}>${name}</th>${order.map((index) => {
          const digest = digests[index] ?? null;
          return html`<td class="num" title=${digest ?? ""}>${digest === null ? html`<span class="three">not read</span>` : html`<span class="mono">${shortId(digest, 6)}</span> <span class="two small">${formatBytes(bytes[index] ?? null)}</span>`}</td>`;
        })}<td class="num two">${differs ? "other content" : "same"}</td></tr>
        ${content?.statistics.map((statistic) => statisticRow(statistic, comparison, order)) ?? nothing}
        ${differs ? noteRow(content, contents === undefined, order.length) : nothing}`;
    })}</tbody></table></section>`;
}

function statisticRow({ name, unit, values, changes }: MovedStatistic, comparison: RunComparison, order: readonly number[]): TemplateResult {
  const several = order.length > 2;
  return html`<tr data-moved=${name}><td class="inner cut" title=${name}>${name}</td>${order.map((index) => html`<td class="num">${cell(values[index] ?? null, unit)}</td>`)}
    <td class="num two">${order.flatMap((index) => (index === comparison.against || changes[index] == null ? [] : [`${several ? `${letter(index)} ` : ""}${changes[index]}`])).join(", ")}</td></tr>`;
}

function cell(value: number | string | null, unit: MovedStatistic["unit"]): TemplateResult | string {
  if (value === null) return html`<span class="three">${MISSING}</span>`;
  if (typeof value === "string") return value;
  return unit === "count" ? formatCount(value) : unit === "share" ? formatPercent(value) : formatNumber(value);
}

function noteRow(content: ComparedFileContent | undefined, loading: boolean, runs: number): TemplateResult | typeof nothing {
  const text = loading ? "reading what moved…" : content === undefined ? "Not a table, so only digest and size are compared." : [content.note ?? "", content.more > 0 ? `${plural(content.more, "other statistic")} moved less.` : "", content.note === null && content.statistics.length === 0 ? "Rows, columns, means and shares are the same; single values differ." : ""].filter((part) => part !== "").join(" ");
  return text === "" ? nothing : html`<tr><td class="inner two small wrap" colspan=${runs + 2}>${text}</td></tr>`;
}
