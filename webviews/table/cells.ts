import { html, nothing, type TemplateResult } from "lit";
import type { Cell, RunHead, RunStatus } from "../../engine/api/runs.ts";
import { exact, formatAge, formatDuration, formatNumber, formatTime, MISSING, shortId } from "../ui/format.ts";
import type { Content } from "../ui/grid/column.ts";
import { icon } from "../ui/icon.ts";
import { runDotClass } from "../ui/palette.ts";
import type { RunRow } from "./run-row.ts";

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

/** Dot, title, number of children and star. The title opens the run. */
export function titleCell(row: RunRow, openRun: (row: RunRow) => void, fold: (row: RunRow) => void): Content {
  const { head } = row;
  const twisty =
    head.children > 0
      ? html`<button class="tool twisty" tabindex="-1" aria-label="${row.open ? "Hide" : "Show"} the ${head.children} runs of ${head.title}" aria-expanded=${row.open} @click=${() => fold(row)}>${icon(row.open ? "chevron-down" : "chevron-right")}</button>`
      : html`<span class=${row.depth > 0 ? "indent deep" : "indent"}></span>`;
  return html`${twisty}<span class="${runDotClass(head.color)} ${row.depth > 0 ? "small" : ""}"></span><a class="title cut ${row.depth > 0 ? "two" : ""}" @click=${() => openRun(row)}>${head.title}</a>
    ${head.children > 0 ? html`<span class="two small">${head.children} runs</span>` : nothing}${head.starred ? html`<span class="icon star" role="img" aria-label="starred">${icon("star-full")}</span>` : nothing}`;
}

/** State icon with age and duration; how far a live run is; why a run failed. */
export function stateCell({ head }: RunRow, now: number): Content {
  const state = stateOf(head);
  const live = head.status === "running" || head.status === "scheduled";
  const [done, total] = (head.progress ?? "").split("/");
  const middle = live && head.progress !== null ? html`${done}${total === undefined ? nothing : html`<span class="two">/${total}</span>`}` : formatAge(head.start, now);
  return html`<span class="state">${state.icon}<span class="hidden-text">${state.text}</span><span>${middle}</span><span class="two took">${formatDuration((head.end ?? head.silentSince ?? now) - head.start)}</span></span>`;
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
