import { css, type CSSResult } from "lit";

export const compareStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-width: 0; }
  .top { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; flex: none; padding: 10px 16px 0; }
  .run { display: inline-flex; align-items: center; gap: 6px; max-width: 320px; height: 26px; padding: 0 4px 0 10px; border: 1px solid var(--ts-line); border-radius: 13px; }
  .how { display: inline-flex; align-items: center; gap: 8px; }
  .run .tool { height: 18px; min-width: 18px; padding: 0; }
  answer-line { flex: none; padding: 10px 16px; border-bottom: 1px solid var(--ts-line); }
  .page { flex: 1 1 0; min-height: 0; overflow: auto; }
  .columns { display: grid; grid-template-columns: minmax(0, 50fr) minmax(0, 50fr); min-height: 100%; }
  .columns > div + div { border-left: 1px solid var(--ts-line); }
  section { position: relative; padding: 8px 16px 12px; border-bottom: 1px solid var(--ts-line); overflow-x: auto; }
  section.chart { padding: 4px 0 8px; }
  curve-panel { height: 300px; }
  .spread { display: flex; justify-content: space-between; gap: 16px; }
  table { width: 100%; border-collapse: collapse; }
  th, td { height: 22px; padding: 0 12px 0 0; font-weight: 400; text-align: left; white-space: nowrap; }
  th:last-child, td:last-child { padding-right: 0; }
  thead th { color: var(--ts-fg2); font-size: 12px; }
  th.num, td.num { text-align: right; }
  td.cut, th.cut { max-width: 260px; }
  th.strong { font-weight: 600; }
  td.inner { padding-left: 12px; }
  td.wrap { white-space: normal; }
  .whisker { width: 96px; }
  .slices td, .slices th { padding-right: 10px; }
  .slices th.cut { max-width: 190px; }
  .whisker svg { display: block; }
  .whisker line { stroke: var(--ts-fg2); stroke-width: 1.5; }
  .whisker line.zero { stroke: var(--ts-line); stroke-width: 1; }
  .whisker circle { fill: var(--ts-fg2); }
  .whisker .better line { stroke: var(--ts-good); }
  .whisker .better circle { fill: var(--ts-good); }
  .whisker .worse line { stroke: var(--ts-bad); }
  .whisker .worse circle { fill: var(--ts-bad); }
  .quiet th, .quiet td { color: var(--ts-fg2); }
  .bar { display: inline-flex; gap: 1px; margin-left: 6px; vertical-align: middle; }
  .bar i { width: 6px; height: 6px; background: var(--vscode-gitDecoration-addedResourceForeground); }
  .bar i.less { background: var(--vscode-gitDecoration-deletedResourceForeground); }
  label { display: inline-flex; align-items: center; gap: 6px; }
  p { margin: 2px 0; }
  @media (max-width: 1400px) {
    .slices .roomy { display: none; }
  }
  @media (max-width: 900px) {
    .columns { display: block; }
    .columns > div + div { border-left: 0; border-top: 1px solid var(--ts-line); }
  }
`;
