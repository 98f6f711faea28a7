import { html, nothing, type TemplateResult } from "lit";
import type { ComparedCode, ComparedFile, ComparedMetric, ComparedValue, RunComparison } from "../../engine/api/compare.ts";
import { columnDecimals, exact, formatNumber, formatSigned, MISSING, plural, shortId, toNumber } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { runDotClass } from "../ui/palette.ts";

/** What a section needs: the comparison, and whether equal rows are shown too. */
export interface SectionState {
  readonly comparison: RunComparison;
  readonly all: boolean;
}

const BAR = 5;

/** `A`, `B`, … `Z`, `AA`: what the answer calls a run. */
export function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : letter(Math.floor(index / 26) - 1) + letter(index % 26);
}

export function others({ heads, against }: RunComparison): number[] {
  return heads.map((_, index) => index).filter((index) => index !== against);
}

export function runHeader({ heads }: RunComparison, index: number): TemplateResult {
  const head = heads[index];
  return html`<span class=${runDotClass(head?.color ?? 0)}></span> <span title=${head?.title ?? ""}>${letter(index)}</span>`;
}

/** Value of each run, its difference to the one it is held against; the best is bold. */
export function metricsSection({ comparison, all }: SectionState): TemplateResult | typeof nothing {
  const rows = comparison.metrics.filter(({ key }) => all || !key.startsWith("system/"));
  const shown = all ? rows : rows.filter(({ differs }) => differs);
  if (rows.length === 0) return nothing;
  const rest = others(comparison);
  const { against } = comparison;
  // Beside one other run there is room for the interval; beside more it stands behind each difference.
  const intervals = rest.length === 1 && rows.some(({ chances }) => chances.some((chance) => chance !== null));
  return html`<section><h2 class="section">Metrics <span class="two small">${shown.length === 0 ? "the same in all" : `${plural(rows.filter(({ differs }) => differs).length, "differs", "differ")} · last values · ${intervalNote(rows)}`}</span></h2>
    ${shown.length === 0 ? nothing : html`<table>
      <thead><tr><th scope="col">metric</th><th scope="col" class="num">${runHeader(comparison, against)}</th>${rest.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th><th scope="col" class="num">${letter(index)} − ${letter(against)}</th>${intervals ? html`<th scope="col" class="num">95 %, seeds</th>` : nothing}`)}</tr></thead>
      <tbody>${shown.map((metric) => metricRow(metric, against, rest, intervals))}</tbody>
    </table>`}</section>`;
}

/** What the intervals are made of, or why there is none. */
function intervalNote(rows: readonly ComparedMetric[]): string {
  const seeds = [...new Set(rows.flatMap(({ seeds: found }) => found.map((one) => one?.n ?? 0)))];
  if (rows.some(({ chances }) => chances.some((chance) => chance !== null))) return "colour means more than chance over the seeds of each configuration";
  return seeds.every((n) => n < 2) ? "1 run each: no interval" : "no interval: a side has one run, or they repeat one configuration";
}

function metricRow(metric: ComparedMetric, against: number, rest: readonly number[], intervals: boolean): TemplateResult {
  const decimals = columnDecimals(metric.values);
  const value = (index: number): TemplateResult => {
    const cell = metric.values[index] ?? null;
    const text = formatNumber(cell, decimals);
    const seeds = metric.seeds[index];
    const more = seeds == null || seeds.n < 2 ? "" : `; mean of ${seeds.n} runs of this configuration ${exact(seeds.mean)} ± ${exact(seeds.se)}`;
    return html`<td class="num ${cell === null ? "three" : ""}" title="${exact(cell)}${more}">${metric.best.includes(index) && metric.differs ? html`<b>${text}</b>` : text}</td>`;
  };
  return html`<tr class=${metric.differs ? "" : "quiet"}><th scope="row" class=${metric.isKey ? "strong" : ""}>${metric.key} <span class="three">${metric.direction === "up" ? "↑" : metric.direction === "down" ? "↓" : ""}</span></th>
    ${value(against)}${rest.map((index) => html`${value(index)}<td class="num">${change(metric, index, decimals)}</td>${intervals ? html`<td class="num two">${intervalCell(metric, index, decimals)}</td>` : nothing}`)}</tr>`;
}

/** The difference of the two runs; coloured where their seeds say that it is more than chance. */
function change(metric: ComparedMetric, index: number, decimals: number): TemplateResult {
  const difference = metric.differences[index] ?? null;
  const number = difference === null ? 0 : toNumber(difference);
  const chance = metric.chances[index];
  const verdict = chance?.verdict;
  return html`<span class=${verdict === "better" ? "good" : verdict === "worse" ? "bad" : "two"} title="${exact(difference)}${chance == null ? "" : `; means over seeds ${exact(chance.value)} [${exact(chance.low)} … ${exact(chance.high)}], Welch's t`}">${formatSigned(difference, decimals)}${number > 0 ? " ▴" : number < 0 ? " ▾" : ""}</span>`;
}

function intervalCell({ chances, seeds }: ComparedMetric, index: number, decimals: number): TemplateResult | string {
  const chance = chances[index] ?? null;
  if (chance === null) return html`<span class="three" title=${t("Needs two finished runs of each configuration")}>${MISSING}</span>`;
  return html`<span title="means of ${seeds[index]?.n ?? 0} runs; their difference ${exact(chance.value)}; Welch's t">${formatSigned(chance.low, decimals)} … ${formatSigned(chance.high, decimals)}</span>`;
}

/** Params or environment: a row a name, a column a run; what stands apart from the run held against is bold. */
export function valuesSection(title: string, what: string, values: readonly ComparedValue[], { comparison, all }: SectionState): TemplateResult | typeof nothing {
  const differing = values.filter(({ differs }) => differs);
  const shown = all ? values : differing;
  if (shown.length === 0) return nothing;
  const order = [comparison.against, ...others(comparison)];
  return html`<section><h2 class="section">${title} <span class="two small">${differing.length} of ${plural(values.length, what)} ${differing.length === 1 ? "differs" : "differ"}</span></h2>
    <table>
      <thead><tr><th scope="col">${what}</th>${order.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th>`)}</tr></thead>
      <tbody>${shown.map((row) => {
        const base = row.values[comparison.against];
        return html`<tr class=${row.differs ? "" : "quiet"}><th scope="row">${row.name}</th>${order.map((index) => {
          const value = row.values[index] ?? null;
          return html`<td class="num cut" title=${value ?? ""}>${value === null ? html`<span class="three">${MISSING}</span>` : row.differs && value !== base ? html`<b>${value}</b>` : value}</td>`;
        })}</tr>`;
      })}</tbody>
    </table></section>`;
}

/** Files that differ, with lines added and removed; VS Code's diff editor shows them. */
export function codeSection(state: SectionState, openDiff: (from: number, to: number) => void): TemplateResult | typeof nothing {
  const { comparison, all } = state;
  const { code, against } = comparison;
  const rest = others(comparison);
  if (code.differs === false && !all) return nothing;
  const [first] = rest;
  return html`<section><h2 class="section spread"><span>Code <span class="two small">${commits(code, comparison)}</span></span>
      ${code.files.length > 0 && first !== undefined && rest.length === 1 ? html`<button class="link" @click=${() => openDiff(first, against)}>${t("Open all in diff editor")}</button>` : nothing}</h2>
    ${code.note === null ? nothing : html`<p class="two small">${code.note}</p>`}
    ${code.files.length === 0 ? html`<p class="two">${code.differs === null ? "The code of fewer than two runs was captured." : "The code is the same."}</p>` : html`<table>
      <thead><tr><th scope="col">file</th>${rest.map((index) => html`<th scope="col"><button class="link" title=${t("Open in VS Code's diff editor")} @click=${() => openDiff(index, against)}>${letter(against)} → ${letter(index)} ${icon("diff")}</button></th>`)}</tr></thead>
      <tbody>${code.files.map((file) => html`<tr><th scope="row" class="mono cut" title=${file.path}>${file.path}</th>${rest.map((index) => html`<td>${fileChange(file.changes[index] ?? null)}</td>`)}</tr>`)}</tbody>
    </table>`}</section>`;
}

function commits({ states }: ComparedCode, { heads }: RunComparison): string {
  const known = states.map((state, index) => ({ state, name: letter(index) })).filter(({ state }) => state !== null);
  const names = [...new Set(known.map(({ state }) => state?.commit ?? "no commit"))];
  const dirty = known.filter(({ state }) => state !== null && state.added + state.removed > 0).map(({ name }) => name);
  const changes = dirty.length === 0 ? "" : `; ${dirty.join(", ")} had uncommitted changes`;
  if (known.length < heads.length && known.length === 0) return "";
  return `${names.map((name) => (name === "no commit" ? name : shortId(name))).join(" ↔ ")}${changes}`;
}

function fileChange(change: ComparedFile["changes"][number]): TemplateResult {
  if (change === null) return html`<span class="two">same</span>`;
  const { state, added, removed } = change;
  if (added === null || removed === null) return html`<span class="two">${state}, not text</span>`;
  const more = added + removed === 0 ? 0 : Math.round((added / (added + removed)) * BAR);
  return html`<span class="num"><span class="good">+${added}</span> <span class="bad">−${removed}</span></span><span class="bar" aria-hidden="true">${Array.from({ length: BAR }, (_, index) => html`<i class=${index < more ? "" : "less"}></i>`)}</span>${state === "modified" ? nothing : html` <span class="two small">${state}</span>`}`;
}
