import { css, unsafeCSS, type CSSResult } from "lit";

const NAMES = ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"];
const colors = unsafeCSS([...NAMES, ...NAMES.map((name) => `Bright${name}`)].map((name, index) => `.a${index} { color: var(--vscode-terminal-ansi${name}); }`).join("\n"));

export const logStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; min-height: 0; }
  .bar { display: flex; align-items: center; gap: 6px; flex: none; padding: 6px 16px; border-bottom: 1px solid var(--ts-line); overflow: hidden; white-space: nowrap; }
  .bar .field { width: 220px; min-width: 80px; }
  .count { min-width: 76px; }
  .lines { position: relative; flex: 1 1 0; font-family: var(--ts-mono); font-size: 12px; line-height: 18px; }
  .space { position: relative; min-width: max-content; }
  .line { position: absolute; left: 0; display: flex; min-width: 100%; height: 18px; white-space: pre; }
  .line.here { background: var(--ts-hover); }
  .no { flex: 0 0 56px; padding-right: 16px; color: var(--ts-fg3); text-align: right; user-select: none; }
  .said { padding-right: 16px; }
  .none { padding: 16px; font-family: var(--vscode-font-family); font-size: 13px; }
  .dim { opacity: 0.7; }
  .italic { font-style: italic; }
  .line-under { text-decoration: underline; }
  .match { background: var(--vscode-editor-findMatchHighlightBackground); outline: 1px solid var(--vscode-editor-findMatchHighlightBorder, transparent); }
  .here .match { background: var(--vscode-editor-findMatchBackground); }
  .link { font: inherit; }
  ${colors}
`;
