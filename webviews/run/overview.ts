import { html, nothing, type TemplateResult } from "lit";
import type { CallSite, Direction, FileUse, MetricSummary, RunDetail } from "../../engine/api/runs.ts";
import type { WireNumber } from "../../engine/api/tokens.ts";
import { isTable } from "../../engine/api/tables.ts";
import { columnDecimals, exact, formatBytes, formatNumber, formatSigned, MISSING, shortId, toNumber } from "../ui/format.ts";
import { sparkline } from "../ui/grid/sparkline.ts";
import { icon } from "../ui/icon.ts";
import type { Spark } from "../table/sparks.ts";
import { neighbourHead, type Neighbours, type Recent, type Standing } from "./run-data.ts";
import { modelsSection } from "./models-section.ts";
import { paramsSection, type ParamsState } from "./params-section.ts";
import { noFiles, sameAndUnknown } from "./server-words.ts";
import { standingSection } from "./standing.ts";
import { hostValue } from "./system.ts";
import { t } from "../ui/l10n.ts";

/** What the overview may do. */
export interface OverviewActions {
  readonly openSite: (site: CallSite) => void;
  readonly openFile: (path: string) => void;
  readonly openRun: (runId: string) => void;
  readonly compare: (runIds: readonly string[]) => void;
  /** Absent where nothing can be changed. */
  readonly editNote?: () => void;
  readonly evaluate: (path: string) => void;
  readonly copy: (text: string) => void;
}

export interface OverviewState extends ParamsState {
  readonly standing: Standing | null;
  readonly recent: Recent;
  readonly sparks: (key: string) => Spark | undefined;
  readonly actions: OverviewActions;
}

/** Metrics, params, what changed and note on the left; files on the right. */
export function overview(state: OverviewState): TemplateResult {
  const { detail, actions } = state;
  return html`<div class="columns">
    <div class="main">
      ${detail.exception === null ? nothing : exceptionSection(detail, actions)}
      ${metricsSection(state)}${paramsSection(state)}${changedSection(state)}
      <section><h2 class="section">Note ${actions.editNote === undefined ? nothing : html`<button class="tool" aria-label=${t("Edit the note")} @click=${actions.editNote}>${icon("edit")}</button>`}</h2>
        <p class="note">${detail.note === "" ? html`<span class="three">${t("No note.")}</span>` : detail.note}</p></section>
    </div>
    <div class="side">
      ${standingSection(state.standing, detail.head.color, actions.openRun)}
      ${modelsSection(detail.models, actions.copy)}
      ${filesSection("Inputs", detail.inputs, noFiles("inputs", detail.head.server), false, actions)}${filesSection("Outputs", detail.outputs, noFiles("outputs", detail.head.server), true, actions)}
      ${(detail.launch?.notes.length ?? 0) === 0 ? nothing : html`<section><h2 class="section">${t("Not captured")}</h2>${detail.launch?.notes.map((note) => html`<p class="two small">${note}</p>`)}</section>`}
      ${environmentSection(detail)}
    </div>
  </div>`;
}

function exceptionSection({ exception }: RunDetail, actions: OverviewActions): TemplateResult | typeof nothing {
  if (exception === null) return nothing;
  const { rank, type, message, site, traceback } = exception;
  return html`<section><h2 class="section">${icon("error", "bad")} ${rank === undefined ? nothing : `${t("rank")} ${rank}: `}${type}${site === null ? nothing : html` ${siteLink(site, actions)}`}</h2>
    <p>${message}</p><details><summary class="two">${t("Traceback")}</summary><pre class="mono trace">${traceback}</pre></details></section>`;
}

function metricsSection({ detail, neighbours, sparks, recent, actions }: OverviewState): TemplateResult {
  const own = detail.metrics.filter(({ key }) => !key.startsWith("system/"));
  if (own.length === 0) {
    return html`<section><h2 class="section">${t("Metrics")}</h2><p class="two">No metric was logged. Print <code>loss=0.2 step=3</code>, call <code>touchstone.log({"loss": 0.2})</code>, or use the MLflow client.</p></section>`;
  }
  const ordered = [...own].sort((a, b) => Number(b.isKey) - Number(a.isKey));
  const previous = neighbourHead(neighbours, neighbours?.previous);
  const best = neighbourHead(neighbours, neighbours?.best);
  const baseline = neighbourHead(neighbours, neighbours?.baseline);
  const several = [...recent.values()].some((values) => values.length > 1);
  const named = [["previous", previous], [`best on ${neighbours?.bestKey ?? ""}`, best], ["baseline", baseline]] as const;
  return html`<section><h2 class="section">Metrics <span class="two small">last value</span></h2>
    <table>
      <thead><tr><th scope="col">metric</th><th scope="col" class="num">value</th><th scope="col" class="curve-head">curve</th>${several ? html`<th scope="col" class="curve-head last-runs">last runs</th>` : nothing}
        ${previous === undefined ? nothing : html`<th scope="col" class="num">Δ previous</th>`}${best === undefined ? nothing : html`<th scope="col" class="num">Δ best</th>`}${baseline === undefined ? nothing : html`<th scope="col" class="num">Δ baseline</th>`}<th scope="col">logged at</th></tr></thead>
      <tbody>${ordered.map((metric) => metricRow(metric, detail, neighbours, sparks(metric.key), several ? (recent.get(metric.key) ?? []) : null, actions))}</tbody>
    </table>
    ${named.every(([, run]) => run === undefined) ? nothing : html`<p class="small two">${named.flatMap(([name, run]) => (run === undefined ? [] : [html`${name}: ${runLink(run.runId, run.title, actions)} · `]))}${chanceNote(neighbours)}</p>`}
  </section>`;
}

/** What the colour of a change says, or why there is none. */
function chanceNote(neighbours: Neighbours | null): string {
  const chances = neighbours?.comparison.metrics.flatMap((metric) => metric.chances.filter((chance) => chance !== null)) ?? [];
  return chances.length > 0 ? "grey: within chance over the seeds, or not known" : "one run each: whether a difference is more than chance is not known, so none is coloured";
}

function metricRow(metric: MetricSummary, detail: RunDetail, neighbours: Neighbours | null, spark: Spark | undefined, recent: readonly number[] | null, actions: OverviewActions): TemplateResult {
  const decimals = columnDecimals([metric.last, metric.min, metric.max].filter((value) => Number.isFinite(toNumber(value))));
  const compared = neighbours?.comparison.metrics.find(({ key }) => key === metric.key);
  const change = (index: number | null | undefined): TemplateResult | typeof nothing => {
    if (index === null || index === undefined) return nothing;
    const difference = compared?.differences[index] ?? null;
    // The engine gives the other run minus this one; the page says what this run gained.
    const verdict = compared?.chances[index]?.verdict;
    return html`<td class="num">${changeText(difference === null ? null : -toNumber(difference), decimals, verdict === "better" ? "bad" : verdict === "worse" ? "good" : "two")}</td>`;
  };
  const last = recent ?? [];
  return html`<tr>
    <th scope="row" class="metric-name ${metric.isKey ? "strong" : ""}" title=${metric.key}>${metric.key} <span class="three">${arrow(metric.direction)}</span></th>
    <td class="num" title="${exact(metric.last)} at step ${metric.step}; lowest ${exact(metric.min)}, highest ${exact(metric.max)} of ${metric.points} points"><b>${formatNumber(metric.last, decimals)}</b></td>
    <td class="spark-cell r${detail.head.color % 10}">${spark === undefined ? nothing : sparkline(spark.y, spark.low, spark.high)}</td>
    ${recent === null ? nothing : html`<td class="spark-cell last-runs two" title=${last.map((value) => formatNumber(value, decimals)).join(", ")}>${last.length < 2 ? nothing : sparkline(last, Math.min(...last), Math.max(...last))}</td>`}
    ${change(neighbours?.previous)}${change(neighbours?.best)}${change(neighbours?.baseline)}
    <td>${metric.site === null ? html`<span class="three">${MISSING}</span>` : siteLink(metric.site, actions)}</td></tr>`;
}

/** A change with its sign and arrow; in colour where the seeds say that it is more than chance. */
function changeText(change: WireNumber | null, decimals: number, tone: "good" | "bad" | "two"): TemplateResult {
  if (change === null) return html`<span class="three">${MISSING}</span>`;
  const number = toNumber(change);
  return html`<span class=${tone} title=${exact(change)}>${formatSigned(change, decimals)}${number > 0 ? " ▴" : number < 0 ? " ▾" : ""}</span>`;
}

/** What it ran in, closed: the System tab has all of it. */
function environmentSection({ launch }: RunDetail): TemplateResult | typeof nothing {
  if (launch === null) return nothing;
  const host = Object.entries(launch.host).filter(([, value]) => value !== null);
  const python = launch.interpreter ?? "interpreter not known";
  return html`<section><details><summary><b>${t("Environment")}</b> <span class="two small">${python.slice(python.lastIndexOf("/") + 1)} · ${launch.packages.length} packages</span></summary>
      <dl><dt>interpreter</dt><dd class="mono">${python}</dd>${launch.packages.slice(0, 60).map(({ name, version }) => html`<dt>${name}</dt><dd class="mono">${version}</dd>`)}</dl>${launch.packages.length > 60 ? html`<p class="two small">${launch.packages.length - 60} more under System.</p>` : nothing}</details>
    <details><summary><b>${t("Machine")}</b> <span class="two small">${String(host[0]?.[1] ?? "")}</span></summary><dl>${host.map(([name, value]) => html`<dt>${name}</dt><dd>${hostValue(name, value)}</dd>`)}</dl></details></section>`;
}

function changedSection({ detail, neighbours, actions }: OverviewState): TemplateResult | typeof nothing {
  const index = neighbours?.previous ?? null;
  const previous = neighbourHead(neighbours, index);
  if (neighbours === null || previous === undefined || index === null) return nothing;
  const { params, code, data, environment, unknown } = neighbours.comparison;
  const hidden = new Set([0, index].flatMap((run) => unknown[run] ?? []));
  const moved = params.filter(({ values }) => values[0] !== values[index]);
  const files = code.files.filter(({ changes }) => changes[index] !== null && changes[index] !== undefined);
  const inputs = data.filter(({ digests }) => !hidden.has("data") && digests[0] !== digests[index]);
  const packages = environment.filter(({ values }) => !hidden.has("environment") && values[0] !== values[index]);
  const said = sameAndUnknown(neighbours.comparison, [0, index], { code: files.length === 0 && code.differs !== null, data: inputs.length === 0, environment: packages.length === 0 });
  return html`<section><h2 class="section spread"><span>What changed <span class="two small">since ${runLink(previous.runId, previous.title, actions)}</span></span><button class="link" @click=${() => actions.compare([detail.head.runId, previous.runId])}>${t("Compare")}</button></h2>
    <p class="changes">
      ${moved.slice(0, 6).map(({ name, values }) => html`<span>${name} <span class="two">${values[index] ?? MISSING} →</span> <b>${values[0] ?? MISSING}</b></span>`)}
      ${moved.length > 6 ? html`<span class="two">${moved.length - 6} more params</span>` : nothing}
      ${files.length === 0 ? nothing : html`<span>code: ${files.slice(0, 3).map(({ path }) => path).join(", ")}${files.length > 3 ? ` and ${files.length - 3} more` : ""}</span>`}
      ${inputs.length === 0 ? nothing : html`<span>data: ${inputs.map(({ name }) => name).join(", ")}</span>`}
      ${packages.length === 0 ? nothing : html`<span>environment: ${packages.slice(0, 3).map(({ name }) => name).join(", ")}${packages.length > 3 ? ` and ${packages.length - 3} more` : ""}</span>`}
      ${[said.same, said.unknown].map((text) => (text === null ? nothing : html`<span class="two">${text}</span>`))}
    </p></section>`;
}

function filesSection(title: string, files: readonly FileUse[], none: string, predictions: boolean, actions: OverviewActions): TemplateResult {
  return html`<section><h2 class="section">${title}</h2>
    ${files.length === 0 ? html`<p class="three">${none}</p>` : nothing}
    ${files.map(
      ({ path, bytes, digest, site, model }) => html`<div class="file">${icon(model === null ? "file" : "symbol-method")}<div class="grow">
        <div class="row"><button class="link cut grow" title=${path} @click=${() => actions.openFile(path)}>${path}</button><span class="mono two" title=${digest ?? ""}>${digest === null ? "" : shortId(digest, 6)}</span></div>
        <div class="small two">${formatBytes(bytes)}${model === null ? nothing : ` · ${Object.entries(model).slice(0, 3).map(([key, value]) => `${key} ${value}`).join(", ")}`}${site === null ? nothing : html` · ${siteLink(site, actions)}`}
          ${predictions && isTable(path) ? html` · <button class="link" @click=${() => actions.evaluate(path)}>${t("Evaluate")}</button>` : nothing}</div>
      </div></div>`,
    )}</section>`;
}

function siteLink(site: CallSite, actions: OverviewActions): TemplateResult {
  return html`<button class="link mono" @click=${() => actions.openSite(site)}>${site.file}:${site.line}</button>`;
}

function runLink(runId: string, title: string, actions: OverviewActions): TemplateResult {
  return html`<button class="link" @click=${() => actions.openRun(runId)}>${title}</button>`;
}

function arrow(direction: Direction): string {
  return direction === "up" ? "↑" : direction === "down" ? "↓" : "";
}
