import { css, type CSSResult } from "lit";

export const tableStyles: CSSResult = css`
  :host { display: flex; flex-direction: column; height: 100%; min-width: 0; }
  .top { display: flex; align-items: center; gap: 8px; flex: none; padding: 10px 16px 0; }
  .top filter-box { flex: 1 1 auto; }
  .top .button { padding: 0 8px; }
  answer-line { flex: none; padding: 10px 16px 10px; }
  .space { flex: none; height: 10px; }
  split-view { flex: 1 1 0; border-top: 1px solid var(--ts-line); }
  .upper { display: flex; flex-direction: column; flex: 1 1 0; min-height: 0; }
  run-grid { flex: 1 1 0; }
  .pick { max-width: 200px; overflow: hidden; }
  .pick .cut { max-width: 140px; }
  .foot { display: flex; align-items: center; gap: 8px; flex: none; height: 32px; padding: 0 16px; border-top: 1px solid var(--ts-line); overflow: hidden; white-space: nowrap; }
  .pill { height: 20px; border-radius: 10px; padding: 0 10px; font-size: 12px; }
  curve-panel { flex: 1 1 0; }
  /* Beside the code the filter has a line of its own: a name of a group or view would leave it no room. */
  @media (max-width: 760px) {
    .top { flex-wrap: wrap; }
    .top filter-box { flex: 1 0 100%; }
    .pick { flex: 0 1 auto; }
    .pick .cut { max-width: none; }
  }
  @media (max-width: 480px) {
    .top { padding: 8px 8px 0; }
    answer-line { padding: 8px; }
    .foot { padding: 0 8px; }
  }
  @media (max-width: 720px) {
    .foot kbd, .foot .wide { display: none; }
  }
  @media (max-width: 360px) {
    .top .wide, .foot b ~ [role="status"], .foot .compare { display: none; }
    .foot { gap: 2px; }
  }
`;

/** Adopted by the grid as well, whose shadow root holds the cells. */
export const cellStyles: CSSResult = css`
  .title { color: inherit; cursor: pointer; }
  .title:hover { color: inherit; }
  .twisty { width: 16px; min-width: 16px; height: 20px; padding: 0; }
  .hover .held { display: none; }
  .title { min-width: 32px; }
  .indent { flex: none; width: 16px; }
  .indent.deep { width: 32px; }
  .star .icon { color: var(--ts-warn); font-size: 14px; width: 14px; height: 14px; }
  .state { display: flex; align-items: center; gap: 6px; overflow: hidden; }
  .state .took { margin-left: auto; font-variant-numeric: tabular-nums; }
  .arrow { margin-left: 3px; font-size: 9px; }
  .n { margin-right: 6px; font-size: 11px; }
  .content .chip { padding: 0 5px; height: 16px; line-height: 16px; font-size: 11px; }
  .sparked { display: flex; align-items: center; justify-content: flex-end; gap: 10px; }
  .sparkbox { flex: 0 0 76px; width: 76px; }
`;
