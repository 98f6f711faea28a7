import { css, type CSSResult } from "lit";

export const gridStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; min-height: 0; }
  .grid { position: relative; flex: 1 1 0; overflow: auto; overflow-anchor: none; scrollbar-color: var(--vscode-scrollbarSlider-background) transparent; }
  .head { position: sticky; top: 0; z-index: 3; background: var(--ts-bg); border-bottom: 1px solid var(--ts-line); }
  .line { position: relative; display: flex; }
  .groups { height: 20px; }
  .titles { height: 24px; }
  .content { width: var(--grid-width); min-width: 100%; }
  .body { position: relative; }
  .cell, .h { flex: none; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; padding: 0 8px; }
  .cell:not(.pin), .h:not(.pin) { position: absolute; top: 0; }
  .pin { position: sticky; z-index: 1; background: linear-gradient(var(--row, transparent), var(--row, transparent)), var(--ts-bg); }
  .first { border-left: 1px solid var(--ts-line); }
  .first.start { border-left-color: transparent; }
  .groups .h { height: 20px; line-height: 20px; font-size: 11px; color: var(--ts-fg2); }
  .titles .h { display: flex; align-items: center; gap: 4px; height: 24px; line-height: 24px; font-size: 12px; color: var(--ts-fg2); cursor: default; }
  .titles .h[aria-sort] { color: var(--ts-fg); font-weight: 600; }
  .titles .h:hover { background: linear-gradient(var(--ts-hover), var(--ts-hover)), var(--ts-bg); }
  .titles .h.right { justify-content: flex-end; }
  .h .name { overflow: hidden; text-overflow: ellipsis; }
  .h .mark { color: var(--ts-fg3); font-weight: 400; }
  .h button.mark { border: 0; padding: 0 2px; background: none; font: inherit; cursor: pointer; }
  .h button.mark:hover { color: var(--ts-fg); }
  .h .more { display: none; position: absolute; right: 2px; height: 20px; min-width: 18px; padding: 0; background: var(--ts-bg); }
  .h:hover .more { display: inline-flex; }
  /* At the other end from the title, so that it does not lie over the arrow. */
  .titles .h.right .more { right: auto; left: 2px; }
  .h .more .icon { font-size: 14px; width: 14px; height: 14px; }
  .grip { position: absolute; right: 0; top: 0; bottom: 0; width: 5px; cursor: ew-resize; touch-action: none; }
  .grip:hover, .grip.held { background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder)); }
  .drop-before { box-shadow: inset 2px 0 0 var(--vscode-focusBorder); }
  .drop-after { box-shadow: inset -2px 0 0 var(--vscode-focusBorder); }
  .rowline { position: absolute; left: 0; display: flex; width: var(--grid-width); min-width: 100%; height: 22px; line-height: 22px; background: var(--row, transparent); }
  .rowline.hover { --row: var(--ts-hover); --ts-fg2: color-mix(in srgb, var(--ts-fg) 84%, transparent); --ts-fg3: color-mix(in srgb, var(--ts-fg) 78%, transparent); }
  .rowline[aria-selected="true"] { --row: var(--vscode-list-inactiveSelectionBackground); color: var(--vscode-list-inactiveSelectionForeground, var(--ts-fg)); }
  .grid:focus-within .rowline[aria-selected="true"] { --row: var(--vscode-list-activeSelectionBackground); color: var(--vscode-list-activeSelectionForeground, var(--ts-fg)); }
  .grid:focus-within .rowline[aria-selected="true"] { --ts-fg2: currentColor; --ts-fg3: color-mix(in srgb, currentColor 85%, transparent); }
  .cell { height: 22px; }
  .cell.right { text-align: right; font-variant-numeric: tabular-nums; }
  .cell.box { display: flex; align-items: center; gap: 6px; padding-left: 4px; }
  .cell.box .content { display: flex; align-items: center; gap: 6px; flex: 1 1 auto; min-width: 0; overflow: hidden; }
  .check { display: inline-flex; align-items: center; justify-content: center; flex: none; width: 16px; height: 16px; margin: 0 2px; padding: 0; border: 1px solid transparent; border-radius: 3px; background: none; cursor: pointer; }
  .check .icon { width: 14px; height: 14px; font-size: 14px; visibility: hidden; }
  .hover .check, .h .check, [aria-selected="true"] .check { border-color: var(--vscode-checkbox-border, var(--ts-line)); background: var(--vscode-checkbox-background); color: var(--vscode-checkbox-foreground, var(--ts-fg)); }
  [aria-selected="true"] .check .icon, .check.on .icon { visibility: visible; }
  .actions { display: flex; flex: none; }
  .wait { display: inline-block; width: 60%; height: 8px; margin-top: 7px; border-radius: 2px; background: var(--ts-grid); }
  .spark { display: block; width: 100%; height: 22px; overflow: visible; }
  .spark polyline { fill: none; stroke: var(--c, currentColor); stroke-width: 1.25; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
  :host-context(.vscode-high-contrast) .rowline[aria-selected="true"], :host-context(.vscode-high-contrast-light) .rowline[aria-selected="true"] { outline: 1px solid var(--vscode-contrastActiveBorder, var(--vscode-focusBorder)); outline-offset: -1px; }
  :host-context(.vscode-high-contrast) .rowline.hover, :host-context(.vscode-high-contrast-light) .rowline.hover { outline: 1px dashed var(--vscode-contrastActiveBorder, var(--vscode-focusBorder)); outline-offset: -1px; }
`;
