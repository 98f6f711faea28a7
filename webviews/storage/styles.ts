import { css, type CSSResult } from "lit";

export const storageStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-width: 0; }
  answer-line { flex: none; padding: 10px 16px; border-bottom: 1px solid var(--ts-line); }
  .page { flex: 1 1 0; min-height: 0; overflow: auto; }
  section { padding: 8px 16px 14px; border-bottom: 1px solid var(--ts-line); overflow-x: auto; }
  h2 { margin: 4px 0 6px; font-size: 13px; font-weight: 600; }
  table { width: 100%; max-width: 900px; border-collapse: collapse; }
  th, td { height: 22px; padding: 0 16px 0 0; font-weight: 400; text-align: left; white-space: nowrap; }
  thead th { color: var(--ts-fg2); font-size: 12px; }
  th.num, td.num { text-align: right; font-variant-numeric: tabular-nums; }
  td.cut, th.cut { max-width: 320px; overflow: hidden; text-overflow: ellipsis; }
  td.share { width: 160px; padding-right: 0; }
  meter { width: 150px; height: 8px; vertical-align: middle; }
  meter::-webkit-meter-bar { height: 8px; border: none; border-radius: 4px; background: var(--ts-line); }
  meter::-webkit-meter-optimum-value { background: var(--vscode-charts-blue); }
  table.kinds { width: auto; }
  .buttons { display: flex; gap: 8px; }
  form { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 8px; }
  input.where { flex: 1 1 260px; max-width: 560px; height: 26px; padding: 0 8px; border: 1px solid var(--vscode-input-border, var(--ts-line)); background: var(--vscode-input-background); color: var(--vscode-input-foreground); font-family: var(--vscode-editor-font-family); }
  label { display: inline-flex; align-items: center; gap: 6px; }
  .wrong { margin: 4px 0; color: var(--ts-bad); }
  .quiet { color: var(--ts-fg2); }
  p { margin: 4px 0; }
`;
