import { html, nothing, type TemplateResult } from "lit";
import type { ComparedCode, ComparedFile, ComparedMetric, ComparedValue, RunComparison } from "../../engine/api/compare.ts";
import type { WireNumber } from "../../engine/api/tokens.ts";
import { columnDecimals, exact, formatBytes, formatNumber, formatSigned, MISSING, plural, shortId, toNumber } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
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

function others({ heads, against }: RunComparison): number[] {
  return heads.map((_, index) => index).filter((index) => index !== against);
}

function runHeader({ heads }: RunComparison, index: number): TemplateResult {
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
  return html`<section><h2 class="section">Metrics <span class="two small">${shown.length === 0 ? "the same in all" : `${plural(rows.filter(({ differs }) => differs).length, "differs", "differ")} · last values, one run each: differences are grey because chance is not ruled out`}</span></h2>
    ${shown.length === 0 ? nothing : html`<table>
      <thead><tr><th scope="col">metric</th><th scope="col" class="num">${runHeader(comparison, against)}</th>${rest.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th><th scope="col" class="num">${letter(index)} − ${letter(against)}</th>`)}</tr></thead>
      <tbody>${shown.map((metric) => metricRow(metric, against, rest))}</tbody>
    </table>`}</section>`;
}

function metricRow(metric: ComparedMetric, against: number, rest: readonly number[]): TemplateResult {
  const decimals = columnDecimals(metric.values);
  const value = (index: number): TemplateResult => {
    const cell = metric.values[index] ?? null;
    const text = formatNumber(cell, decimals);
    return html`<td class="num ${cell === null ? "three" : ""}" title=${exact(cell)}>${metric.best.includes(index) && metric.differs ? html`<b>${text}</b>` : text}</td>`;
  };
  return html`<tr class=${metric.differs ? "" : "quiet"}><th scope="row" class=${metric.isKey ? "strong" : ""}>${metric.key} <span class="three">${metric.direction === "up" ? "↑" : metric.direction === "down" ? "↓" : ""}</span></th>
    ${value(against)}${rest.map((index) => html`${value(index)}<td class="num two">${change(metric.differences[index] ?? null, decimals)}</td>`)}</tr>`;
}

function change(difference: WireNumber | null, decimals: number): TemplateResult {
  const number = difference === null ? 0 : toNumber(difference);
  return html`<span title=${exact(difference)}>${formatSigned(difference, decimals)}${number > 0 ? " ▴" : number < 0 ? " ▾" : ""}</span>`;
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
      ${code.files.length > 0 && first !== undefined && rest.length === 1 ? html`<button class="link" @click=${() => openDiff(first, against)}>Open all in diff editor</button>` : nothing}</h2>
    ${code.note === null ? nothing : html`<p class="two small">${code.note}</p>`}
    ${code.files.length === 0 ? html`<p class="two">${code.differs === null ? "The code of fewer than two runs was captured." : "The code is the same."}</p>` : html`<table>
      <thead><tr><th scope="col">file</th>${rest.map((index) => html`<th scope="col"><button class="link" title="Open in VS Code's diff editor" @click=${() => openDiff(index, against)}>${letter(against)} → ${letter(index)} ${icon("diff")}</button></th>`)}</tr></thead>
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

/** Data files by digest and size. */
export function dataSection({ comparison, all }: SectionState): TemplateResult | typeof nothing {
  const differing = comparison.data.filter(({ differs }) => differs);
  const shown = all ? comparison.data : differing;
  if (shown.length === 0) return nothing;
  const order = [comparison.against, ...others(comparison)];
  return html`<section><h2 class="section">Data <span class="two small">${differing.length} of ${plural(comparison.data.length, "file")} ${differing.length === 1 ? "differs" : "differ"}</span></h2>
    <table><thead><tr><th scope="col">file</th>${order.map((index) => html`<th scope="col" class="num">${runHeader(comparison, index)}</th>`)}</tr></thead>
    <tbody>${shown.map(
      ({ name, digests, bytes, differs }) => html`<tr class=${differs ? "" : "quiet"}><th scope="row" class="cut" title=${name}>${name}</th>${order.map((index) => {
        const digest = digests[index] ?? null;
        return html`<td class="num" title=${digest ?? ""}>${digest === null ? html`<span class="three">not read</span>` : html`<span class="mono">${shortId(digest, 6)}</span> <span class="two small">${formatBytes(bytes[index] ?? null)}</span>`}</td>`;
      })}</tr>`,
    )}</tbody></table></section>`;
}
