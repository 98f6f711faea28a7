import { css, type CSSResult } from "lit";

export const compareStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-width: 0; }
  .top { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; flex: none; padding: 10px 16px 0; }
  .run { display: inline-flex; align-items: center; gap: 6px; max-width: 320px; height: 26px; padding: 0 4px 0 10px; border: 1px solid var(--ts-line); border-radius: 13px; }
  .run .tool { height: 18px; min-width: 18px; padding: 0; }
  answer-line { flex: none; padding: 10px 16px; border-bottom: 1px solid var(--ts-line); }
  .page { flex: 1 1 0; min-height: 0; overflow: auto; }
  .columns { display: grid; grid-template-columns: minmax(0, 55fr) minmax(0, 45fr); min-height: 100%; }
  .columns > div + div { border-left: 1px solid var(--ts-line); }
  section { padding: 8px 16px 12px; border-bottom: 1px solid var(--ts-line); overflow-x: auto; }
  section.chart { padding: 4px 0 8px; }
  curve-panel { height: 300px; }
  .spread { display: flex; justify-content: space-between; gap: 16px; }
  table { width: 100%; border-collapse: collapse; }
  th, td { height: 22px; padding: 0 12px 0 0; font-weight: 400; text-align: left; white-space: nowrap; }
  th:last-child, td:last-child { padding-right: 0; }
  thead th { color: var(--ts-fg2); font-size: 12px; }
  th.num, td.num { text-align: right; }
  td.cut, th.cut { max-width: 260px; }
  .quiet th, .quiet td { color: var(--ts-fg2); }
  .bar { display: inline-flex; gap: 1px; margin-left: 6px; vertical-align: middle; }
  .bar i { width: 6px; height: 6px; background: var(--vscode-gitDecoration-addedResourceForeground); }
  .bar i.less { background: var(--vscode-gitDecoration-deletedResourceForeground); }
  label { display: inline-flex; align-items: center; gap: 6px; }
  p { margin: 2px 0; }
  @media (max-width: 900px) {
    .columns { display: block; }
    .columns > div + div { border-left: 0; border-top: 1px solid var(--ts-line); }
  }
`;
