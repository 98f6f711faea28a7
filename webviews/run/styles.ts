import { css, type CSSResult } from "lit";

export const runStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-width: 0; }
  header { flex: none; padding: 10px 16px 6px; }
  .title { display: flex; align-items: center; gap: 8px; min-height: 28px; }
  .title h1 { margin: 0; font-size: 18px; font-weight: 600; line-height: 24px; min-width: 0; }
  .facts { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 26px; }
  .facts .row { gap: 6px; }
  .command { display: inline-flex; align-items: center; gap: 4px; max-width: min(60ch, 100%); min-width: 0; height: 20px; padding: 0 2px 0 6px; border-radius: 4px; background: var(--vscode-textCodeBlock-background); }
  .command .mono { line-height: 20px; }
  tab-bar { flex: none; padding: 0 6px; }
  answer-line { flex: none; padding: 10px 16px; border-bottom: 1px solid var(--ts-line); }
  .page { flex: 1 1 0; min-height: 0; overflow: auto; }
  .page.fill { display: flex; flex-direction: column; overflow: hidden; }
  .page.fill > * { flex: 1 1 0; }
  .columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(260px, 32%); min-height: 100%; }
  .side { border-left: 1px solid var(--ts-line); }
  section { padding: 8px 16px 12px; border-bottom: 1px solid var(--ts-line); min-width: 0; overflow-x: auto; }
  section p { margin: 2px 0; }
  section:last-child { border-bottom: 0; }
  .spread { display: flex; justify-content: space-between; }
  table { width: 100%; border-collapse: collapse; }
  table.narrow { width: auto; min-width: min(100%, 560px); }
  th, td { height: 22px; padding: 0 16px 0 0; font-weight: 400; text-align: left; white-space: nowrap; }
  th:last-child, td:last-child { padding-right: 0; }
  thead th { color: var(--ts-fg2); font-size: 12px; }
  th.num, td.num { text-align: right; }
  th.strong { font-weight: 600; }
  .quiet th, .quiet td { color: var(--ts-fg2); }
  .value { max-width: 240px; }
  .spark-cell { width: 110px; min-width: 80px; }
  .spark { display: block; width: 100%; height: 22px; }
  .spark polyline { fill: none; stroke: var(--c, currentColor); stroke-width: 1.25; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
  .strip { display: block; width: 100%; max-width: 420px; }
  .strip .axis { stroke: var(--ts-line); }
  .strip text { fill: var(--ts-fg2); font-size: 11px; font-family: var(--vscode-font-family); }
  .strip .other { fill: var(--ts-fg3); cursor: pointer; }
  .strip .own circle { fill: var(--c, currentColor); stroke: var(--ts-bg); }
  .strip .own line { stroke: var(--c, currentColor); stroke-width: 1.5; }
  details summary { cursor: pointer; line-height: 22px; }
  .changes { display: flex; flex-wrap: wrap; gap: 4px 16px; }
  .note { white-space: pre-wrap; }
  .trace { margin: 4px 0 0; overflow: auto; }
  .file { display: flex; gap: 8px; padding: 3px 0; }
  .file .icon { margin-top: 1px; }
  .registered { flex-wrap: wrap; gap: 0 6px; min-height: 22px; }
  .named { min-width: 0; overflow-wrap: anywhere; }
  .curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); gap: 0 8px; padding-top: 6px; }
  .curves curve-panel { height: 260px; }
  dl { display: grid; grid-template-columns: minmax(140px, max-content) 1fr; gap: 0 24px; margin: 0; line-height: 22px; }
  dt { color: var(--ts-fg2); }
  dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
  summary { cursor: pointer; }
  code { font-family: var(--ts-mono); font-size: 12px; }
  @media (max-width: 960px) {
    .columns { display: block; }
    .side { border-left: 0; border-top: 1px solid var(--ts-line); }
  }
  @media (max-width: 760px) {
    .wide { display: none; }
    .title { flex-wrap: wrap; }
    .facts { margin-top: 4px; }
    th, td { padding-right: 12px; }
  }
  /* Figures and the line that logged them before drawings. */
  @media (max-width: 620px) {
    .last-runs { display: none; }
    th, td { padding-right: 10px; }
    dl { grid-template-columns: minmax(80px, max-content) 1fr; gap: 0 12px; }
  }
  @media (max-width: 540px) {
    .spark-cell, .curve-head { display: none; }
    .metric-name, .value { max-width: 120px; overflow: hidden; text-overflow: ellipsis; }
  }
  @media (max-width: 400px) {
    header { padding: 10px 8px 6px; }
    section { padding: 8px 8px 12px; }
  }
`;
