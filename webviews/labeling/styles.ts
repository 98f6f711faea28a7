import { css, type CSSResult } from "lit";

/** The panel's own layout: bars that never move, and the item between them. */
export const labelingStyles: CSSResult = css`
  :host { --class-line: color-mix(in srgb, var(--vscode-foreground) 24%, var(--ts-bg)); display: flex; flex-direction: column; height: 100%; min-width: 0; }
  :host-context(.vscode-high-contrast), :host-context(.vscode-high-contrast-light) { --class-line: var(--vscode-contrastBorder); }
  header, .answers, footer { display: flex; align-items: center; flex: none; gap: 8px; padding: 0 16px; }
  header { height: 40px; border-bottom: 1px solid var(--ts-line); }
  h1 { display: flex; align-items: center; gap: 4px; min-width: 0; margin: 0; font-size: 13px; font-weight: 400; }
  h1 span { overflow: hidden; text-overflow: ellipsis; }
  .rule { width: 1px; height: 12px; margin: 0 2px; background: var(--ts-line); }
  .count { white-space: nowrap; font-variant-numeric: tabular-nums; }
  .bar { flex: 0 1 180px; min-width: 40px; height: 3px; border-radius: 2px; overflow: hidden; background: color-mix(in srgb, var(--vscode-foreground) 18%, transparent); }
  .bar span { display: block; height: 100%; background: var(--vscode-progressBar-background); }
  .tool { gap: 5px; padding: 0 6px; }

  .middle { position: relative; display: flex; flex: 1 1 auto; min-height: 0; }
  .stage { position: relative; display: flex; flex: 1 1 auto; flex-direction: column; min-width: 0; overflow: auto; padding: clamp(16px, 18vh, 220px) 24px 24px; container-type: inline-size; }
  .stage.image { padding: 12px 16px; }
  .stage:focus-visible { outline: none; }
  .item { display: flex; flex-direction: column; width: 100%; max-width: 720px; margin: 0 auto; }
  .stage.image .item { flex: 1 1 auto; max-width: none; min-height: 0; }
  item-view { flex: 0 1 auto; }
  .stage.image item-view { flex: 1 1 0; }
  .below { display: flex; flex-direction: column; gap: 8px; min-height: 28px; margin-top: 8px; padding: 8px 0; color: var(--ts-fg2); }
  /* Below a long text it stays in sight. */
  .stage:not(.image) .below { position: sticky; bottom: -24px; margin-bottom: -24px; padding-bottom: 24px; background: var(--ts-bg); }
  .below:empty { display: none; }
  .stage.image .below { flex: none; align-items: center; min-height: 22px; margin-top: 8px; }
  .suggestion { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
  .suggestion b { color: var(--ts-fg); }
  .cap { display: inline-block; min-width: 20px; height: 20px; padding: 0 5px; border: 1px solid var(--vscode-keybindingLabel-border, var(--ts-line)); border-radius: 3px; background: var(--vscode-keybindingLabel-background, transparent); color: var(--vscode-keybindingLabel-foreground, var(--ts-fg)); font: 400 11px/18px var(--vscode-font-family, sans-serif); text-align: center; white-space: nowrap; }
  textarea { width: 100%; max-width: 720px; height: 60px; padding: 4px 6px; resize: vertical; }

  aside { flex: 0 0 clamp(220px, 30%, 380px); padding: 12px 16px 24px; overflow: auto; border-left: 1px solid var(--ts-line); }
  aside h2 { margin: 4px 0 8px; font-size: 14px; font-weight: 600; }
  aside h3 { margin: 16px 0 4px; font-size: 13px; font-weight: 600; }
  aside p, aside ul { margin: 0 0 8px; overflow-wrap: anywhere; }
  aside ul { padding-left: 18px; }
  aside code { font-family: var(--ts-mono); font-size: 12px; }

  .answers { flex-wrap: wrap; justify-content: space-between; gap: 8px 16px; padding: 14px 16px; border-top: 1px solid var(--ts-line); max-height: 40vh; overflow: auto; }
  .classes, .actions { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; min-width: 0; }
  .actions { gap: 4px 12px; }
  .class { display: flex; align-items: center; gap: 10px; min-width: 130px; max-width: 260px; height: 36px; padding: 0 12px 0 10px; border: 1px solid var(--class-line); border-radius: 4px; background: none; font-size: 14px; text-align: left; cursor: pointer; }
  .class:hover:not(:disabled), .action:hover:not(:disabled) { background: var(--vscode-toolbar-hoverBackground); }
  .class[aria-pressed="true"] { border-color: var(--vscode-focusBorder); background: var(--vscode-list-inactiveSelectionBackground); }
  .action { display: inline-flex; align-items: center; gap: 8px; height: 28px; padding: 0 4px; border: 0; border-radius: 4px; background: none; color: var(--ts-fg2); white-space: nowrap; cursor: pointer; }
  .class:disabled, .action:disabled { cursor: default; }
  footer { flex-wrap: wrap; min-height: 30px; padding: 5px 16px; gap: 2px 8px; border-top: 1px solid var(--ts-line); font-size: 12px; }
  footer > * + *:not(.grow)::before { content: "•"; margin-right: 8px; color: var(--ts-fg3); display: inline-block; text-decoration: none; }
  footer .grow + *::before { content: none; }
  footer .icon { vertical-align: -3px; font-size: 14px; width: 14px; height: 14px; }
  .keys { color: var(--ts-fg2); }
  .banner { position: absolute; z-index: 1; inset: 0 0 auto; display: flex; align-items: center; justify-content: center; gap: 8px; flex: none; width: 100%; min-height: 28px; padding: 4px 16px; border: 0; border-bottom: 1px solid var(--ts-line); background: var(--vscode-inputValidation-warningBackground, var(--vscode-editorWidget-background)); color: var(--vscode-inputValidation-warningForeground, var(--ts-fg)); cursor: pointer; }
  .done { display: flex; flex-direction: column; align-items: center; gap: 12px; margin: auto; text-align: center; }
  .done .actions { justify-content: center; gap: 12px; }
  .done p { margin: 0; max-width: 480px; text-wrap: balance; }
  /* Which items these are before how far: the count says that too. */
  @media (max-width: 700px) { header .bar, header .rule { display: none; } h1 .set { flex: 0 1 auto; min-width: 48px; }
    /* Only for the eye: the button keeps its name. */
    .tool { position: relative; } .wide { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
  @media (max-width: 420px) { h1 .set.two, h1 .set.two + .icon { display: none; } }
  @media (max-width: 620px) { footer > * + .keys.keys::before { content: none; } .stage:not(.image) { padding-top: 16px; } .pace { display: none; } .class { min-width: 0; } header { padding: 0 8px; gap: 4px; } .bar { min-width: 16px; } }
  @media (max-width: 620px) { .middle { flex-direction: column-reverse; } aside { flex: 0 1 40%; border-left: 0; border-bottom: 1px solid var(--ts-line); } }
`;
