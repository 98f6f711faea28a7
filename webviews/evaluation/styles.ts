import { css, type CSSResult } from "lit";

export const evaluationStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-height: 0; container: panel / inline-size; }
  h1 { margin: 0; font-size: 15px; line-height: 22px; font-weight: 600; }
  header { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; flex: none; padding: 8px 16px 4px; min-height: 40px; }
  .about { color: var(--ts-fg2); min-width: 0; }
  .cohort { display: flex; align-items: center; gap: 8px; flex: none; min-height: 32px; padding: 0 16px; }
  .bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; flex: none; border-bottom: 1px solid var(--ts-line); }
  .bar tab-bar { border: 0; min-width: 0; }
  .working { flex: none; padding: 0 16px; }
  .answer { flex: none; padding: 12px 16px; border-bottom: 1px solid var(--ts-line); }
  .body { position: relative; flex: 1 1 0; min-height: 0; overflow: auto; display: flex; flex-direction: column; }
  /* What is drawn is of the cohort before: a click on it would open other rows than it shows. */
  .body[aria-busy="true"] :is(density-plot, histogram-plot, calibration-plot, residual-view) { pointer-events: none; }
  .top { display: grid; grid-template-columns: minmax(min-content, 0.6fr) minmax(min-content, 0.5fr) minmax(440px, 2fr); flex: none; border-bottom: 1px solid var(--ts-line); }
  .top.numbers { grid-template-columns: minmax(min-content, 0.8fr) minmax(340px, 1.2fr) minmax(420px, 1.4fr); }
  .top > section { min-width: 0; padding: 8px 12px 12px; border-left: 1px solid var(--ts-line); overflow-x: auto; }
  .top > section:first-child { border-left: 0; padding-left: 16px; }
  .low { display: grid; grid-template-columns: 300px 1fr; flex: 1 1 0; min-height: 330px; }
  .low > section { display: flex; flex-direction: column; min-width: 0; min-height: 0; padding: 8px 0 0; border-left: 1px solid var(--ts-line); }
  .low > section:first-child { border-left: 0; padding: 8px 16px; }
  .low evaluation-rows { flex: 1 1 0; min-height: 0; }
  .full { display: flex; flex-direction: column; flex: 1 1 0; min-height: 0; }
  section > .head { display: flex; align-items: baseline; gap: 8px; flex-wrap: wrap; }
  .padded { padding: 8px 16px; }
  table.plain { width: 100%; border-collapse: collapse; }
  table.plain th { height: 24px; padding: 0 6px; text-align: left; font-weight: 400; color: var(--ts-fg2); white-space: nowrap; }
  table.plain td { height: 22px; padding: 0 6px; white-space: nowrap; }
  table.plain th:first-child, table.plain td:first-child { padding-left: 0; }
  table.plain .n { text-align: right; font-variant-numeric: tabular-nums; }
  table.plain tr.act { cursor: pointer; }
  table.plain tr.act:hover { background: var(--ts-hover); }
  table.plain tr[aria-selected="true"] { background: var(--vscode-list-inactiveSelectionBackground); }
  table.plain tr[aria-selected="true"] :is(.two, .three) { color: var(--ts-fg); }
  table.plain tr.dim { opacity: 0.75; }
  .rowlink { padding: 0; border: 0; background: none; color: inherit; text-align: left; cursor: pointer; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: block; }
  .wide { width: 100%; max-width: 0; }
  .switch { display: flex; gap: 4px; align-items: center; }
  .settings { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; white-space: nowrap; }
  .settings vscode-single-select { width: 132px; }
  .full > evaluation-rows { flex: 1 0 260px; }
  .plotbox { display: flex; flex-direction: column; flex: 1 1 0; min-height: 230px; }
  .plotbox > * { flex: 1 1 0; }
  .threshold { display: flex; align-items: center; gap: 10px; margin-left: auto; }
  .notes { flex: none; margin: 0; padding: 8px 16px 16px; color: var(--ts-fg3); font-size: 12px; list-style: none; }
  @container panel (max-width: 1240px) {
    .top, .top.numbers { grid-template-columns: minmax(min-content, 1fr) minmax(min-content, 1fr); }
    .top > section:nth-child(3) { grid-column: 1 / -1; padding-left: 16px; border-left: 0; border-top: 1px solid var(--ts-line); }
  }
  @container panel (max-width: 420px) { .baseline { display: none; } }
  /* The tools stay beside the name; the threshold has a line of its own. */
  @container panel (max-width: 900px) {
    header .switch { margin-left: auto; }
    header threshold-slider { order: 1; flex: 1 0 100%; margin-left: 0; }
  }
  @container panel (max-width: 680px) {
    .top, .top.numbers, .low { grid-template-columns: minmax(0, 1fr); }
    .top > section, .low > section { border-left: 0; border-top: 1px solid var(--ts-line); }
    .top > section { padding-left: 16px; padding-right: 16px; }
    .top > section:first-child { border-top: 0; }
    .low { flex: none; }
    .low > section { min-height: 320px; }
    .threshold { margin-left: 0; }
  }
`;
