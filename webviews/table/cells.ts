import { html, nothing, type TemplateResult } from "lit";
import type { RunGroup } from "../../engine/api/groups.ts";
import type { Cell, ColumnId, RunHead, RunStatus } from "../../engine/api/runs.ts";
import { exact, formatAge, formatDuration, formatError, formatNumber, formatSigned, formatTime, MISSING, plural, shortId, toNumber } from "../ui/format.ts";
import type { Content } from "../ui/grid/column.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";
import { runDotClass } from "../ui/palette.ts";
import type { RunRow } from "./run-row.ts";

const NARROW_SPACE = "\u202f";

const STATES: Readonly<Record<RunStatus, { readonly icon: string; readonly tone: string; readonly text: string }>> = {
  scheduled: { icon: "watch", tone: "three", text: "scheduled" },
  running: { icon: "loading", tone: "spin", text: "running" },
  finished: { icon: "check", tone: "good", text: "finished" },
  failed: { icon: "error", tone: "bad", text: "failed" },
  killed: { icon: "circle-slash", tone: "two", text: "stopped" },
  lost: { icon: "question", tone: "warn", text: "lost" },
};

/** The icon of a run's state and its words, for the table and the run page alike. */
export function stateOf({ status, silentSince }: RunHead): { readonly icon: TemplateResult; readonly text: string } {
  // No spinner for a process that may be gone.
  const { icon: name, tone, text } = STATES[silentSince === undefined ? status : "lost"];
  return { icon: icon(name, tone), text: silentSince === undefined ? text : `no sign of life since ${formatTime(silentSince)}` };
}

/** What a title needs beside the row. */
export interface TitleContext {
  readonly open: (row: RunRow) => void;
  readonly fold: (row: RunRow) => void;
  /** The run that others are compared with. */
  readonly baseline: string | null;
}

/** Twisty, dot, title, how many runs it stands for, baseline and star. The title opens the run, or unfolds the group. */
export function titleCell(row: RunRow, { open, fold, baseline }: TitleContext): Content {
  const { head, group } = row;
  const held = group?.runs ?? head.children;
  const title = group?.title ?? head.title;
  const twisty =
    row.expanded !== undefined
      ? html`<button class="tool twisty" tabindex="-1" aria-label="${row.open ? "Hide" : "Show"} the ${held} runs of ${title}" aria-expanded=${row.open} @click=${() => fold(row)}>${icon(row.open ? "chevron-down" : "chevron-right")}</button>`
      : html`<span class=${row.depth > 0 ? "indent deep" : "indent"}></span>`;
  const marked = group?.baseline ?? row.id === baseline;
  return html`${twisty}<span class="${runDotClass(head.color)} ${row.depth > 0 ? "small" : ""}"></span><a class="title cut ${row.depth > 0 ? "two" : ""}" @click=${() => (group === null ? open(row) : fold(row))}>${title}</a>
    ${held > 0 ? html`<span class="two small held">${heldText(row)}</span>` : nothing}${marked ? html`<span class="chip small">baseline</span>` : nothing}${(group?.starred ?? head.starred) ? html`<span class="icon star" role="img" aria-label="starred">${icon("star-full")}</span>` : nothing}${group === null ? serverSign(head) : nothing}`;
}

/** What says that a run is of a server, whose others see what is changed here. */
export function serverSign({ server }: Pick<RunHead, "server">): TemplateResult | typeof nothing {
  if (server === undefined) return nothing;
  const where = t("On the MLflow server {0}", server);
  return html`<span class="two" role="img" title=${where} aria-label=${where}>${icon("cloud")}</span>`;
}

/** `5 seeds`; `6 runs of 5 seeds` where one was run again; `17 runs` of several configurations. */
function heldText({ group, head }: RunRow): string {
  if (group === null) return plural(head.children, "run");
  if (group.seeds === null) return plural(group.runs, "run");
  return group.seeds === group.runs ? plural(group.seeds, "seed") : `${plural(group.runs, "run")} of ${plural(group.seeds, "seed")}`;
}

/** State icon with age and, where there is `room`, duration; how far a live run is. */
export function stateCell({ head, group }: RunRow, now: number, room: boolean): Content {
  if (group !== null) return groupState(group, now, room);
  const state = stateOf(head);
  const live = head.status === "running" || head.status === "scheduled";
  const [done, total] = (head.progress ?? "").split("/");
  const middle = live && head.progress !== null ? html`${done}${total === undefined ? nothing : html`<span class="two">/${total}</span>`}` : formatAge(head.start, now);
  return html`<span class="state">${state.icon}<span class="hidden-text">${state.text}</span><span>${middle}</span>${room && (head.end !== null || live) ? html`<span class="two took">${formatDuration((head.end ?? head.silentSince ?? now) - head.start)}</span>` : nothing}</span>`;
}

/** How many runs of a group have finished, when the newest began, and what they took together. */
function groupState({ finished, running, runs, start, took }: RunGroup, now: number, room: boolean): Content {
  const { icon: name, tone } = STATES[running > 0 ? "running" : finished === 0 ? "failed" : "finished"];
  const count = finished === runs ? nothing : html`<span>${finished}<span class="two">/${runs}</span></span>`;
  return html`<span class="state">${icon(name, tone)}<span class="hidden-text">${finished} of ${runs} finished${running > 0 ? `, ${running} running` : ""}</span>${count}<span>${formatAge(start, now)}</span>${room && finished === runs ? html`<span class="two took">${formatDuration(took)}</span>` : nothing}</span>`;
}

/** What hovering over the state of a row says. */
export function rowStateText({ head, group }: RunRow): string {
  if (group === null) return stateText(head);
  return `${group.finished} of ${group.runs} finished${group.running > 0 ? `, ${group.running} running` : ""}; the newest started ${formatTime(group.start)}; ${formatDuration(group.took)} in all`;
}

/** What hovering over a state says. */
export function stateText(head: RunHead): string {
  const took = head.end === null ? "" : `, took ${formatDuration(head.end - head.start)}`;
  return `${stateOf(head).text}, started ${formatTime(head.start)}${took}${head.error === null ? "" : `\n${head.error}`}`;
}

/** A metric's value: bold where it is the best of the table. */
export function metricCell(value: Cell, decimals: number, best: boolean): Content {
  if (value === null) return html`<span class="three">${MISSING}</span>`;
  if (typeof value === "boolean") return String(value);
  const number = typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity" ? value : null;
  const text = number === null ? String(value) : formatNumber(number, decimals);
  return best ? html`<b>${text}</b>` : number === "NaN" ? html`<span class="bad">${text}</span>` : text;
}

/** The mean of a group with its standard error; fewer runs than the group has are said. */
export function meanCell({ group, groupCells }: RunRow, id: ColumnId, decimals: number, best: boolean): Content {
  const cell = groupCells[id];
  if (cell === undefined || group === null || cell.value === null) return html`<span class="three">${MISSING}</span>`;
  const fewer = cell.n < group.runs ? html`<span class="two n">n ${cell.n}</span>` : nothing;
  const error = cell.se === null ? nothing : html`<span class="two">${NARROW_SPACE}${formatError(cell.se, decimals)}</span>`;
  return html`${fewer}${metricCell(cell.value, decimals, best)}${error}`;
}

/** Full precision of a mean, for hover and copy. */
export function meanText({ group, groupCells }: RunRow, id: ColumnId): string {
  const cell = groupCells[id];
  if (cell === undefined || group === null) return "";
  if (cell.value === null) return `none of ${plural(group.runs, "run")} has finished with a number here`;
  const error = cell.se === null ? (cell.n === 1 ? "; one run has no standard error" : "") : ` ± ${cell.se} (standard error)`;
  return `${exact(cell.value)}${error}; mean of ${cell.n} of ${plural(group.runs, "run")}`;
}

/** A difference to the baseline: sign and arrow; the colour says that it is more than chance. */
export function deltaCell(row: RunRow, id: ColumnId, decimals: number): Content {
  const value = row.cells[id] ?? null;
  if (value === null || typeof value === "boolean") return html`<span class="three">${MISSING}</span>`;
  const number = Number(value);
  const verdict = row.groupCells[id]?.change?.verdict ?? "unknown";
  const tone = verdict === "better" ? "good" : verdict === "worse" ? "bad" : "two";
  const arrow = number > 0 ? "▲" : number < 0 ? "▼" : "";
  return html`<span class=${tone}>${formatSigned(toNumber(typeof value === "number" ? value : "NaN"), decimals)}<span class="arrow" aria-hidden="true">${arrow}</span></span>`;
}

/** What hovering over a difference says: the interval, or why there is none. */
export function deltaText(row: RunRow, id: ColumnId): string {
  const value = row.cells[id] ?? null;
  if (value === null) return "";
  const change = row.groupCells[id]?.change;
  if (change == null) return `${exact(value)}; one run each does not tell a difference from chance`;
  if (change.low === null || change.high === null) return `${exact(value)}; no interval: it needs two finished runs that differ on either side`;
  return `${exact(value)} (95 % interval ${exact(change.low)} … ${exact(change.high)}, Welch)${change.verdict === "chance" ? ": within chance" : ""}`;
}

/** Times, commits and changes are shortened; everything else is shown as it is. */
export function plainCell(id: string, value: Cell, now: number): Content {
  if (value === null || value === "") return html`<span class="three">${MISSING}</span>`;
  if (id === "start" || id === "end") return typeof value === "number" ? formatAge(value, now) : String(value);
  if (id === "duration") return typeof value === "number" ? formatDuration(value) : String(value);
  if (id === "commit") return html`<span class="mono">${shortId(String(value))}</span>`;
  const change = id === "changes" ? /^\+(\d+) [−-](\d+)(.*)$/.exec(String(value)) : null;
  if (change !== null) return html`<span class="good">+${change[1]}</span> <span class="bad">−${change[2]}</span>${change[3]}`;
  return exact(value);
}
