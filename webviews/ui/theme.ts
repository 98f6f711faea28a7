import { css, unsafeCSS, type CSSResult } from "lit";
import { RUN_COLORS } from "./palette.ts";

const DARK = ["#4e9cf5", "#e8a33d", "#35b597", "#d979b5", "#c9c04a", "#7fc8f0", "#e0685a", "#9b8cf2", "#b3967a", "#9aa5b1"];
const LIGHT = ["#0f6cbd", "#c26a00", "#0b8a6a", "#b5408f", "#8a7d00", "#2e96c8", "#c4412f", "#6b57c9", "#7c5f3c", "#667079"];

const palette = (colors: readonly string[]): CSSResult => unsafeCSS(colors.map((color, index) => `--ts-run-${index}: ${color};`).join(" "));
const tone = (share: number): CSSResult => unsafeCSS(`color-mix(in srgb, var(--vscode-foreground) ${share}%, var(--vscode-editor-background))`);

/**
 * The page's tokens, on `body` because VS Code's theme classes stand there. Text tones are mixed from the
 * foreground: the light theme's descriptionForeground equals its foreground.
 */
const tokens = css`
  body {
    --ts-fg: var(--vscode-foreground);
    --ts-fg2: ${tone(72)};
    --ts-fg3: ${tone(62)};
    --ts-bg: var(--vscode-editor-background);
    --ts-line: var(--vscode-panel-border, ${tone(18)});
    --ts-grid: ${tone(9)};
    --ts-hover: var(--vscode-list-hoverBackground);
    --ts-good: var(--vscode-testing-iconPassed, #73c991);
    /* Dark Modern's red is an icon's: as text on a row under the pointer it has a contrast of 3.9. */
    --ts-bad: color-mix(in srgb, var(--vscode-testing-iconFailed, #f48771) 82%, white);
    --ts-warn: var(--vscode-editorWarning-foreground, #cca700);
    --ts-data: var(--vscode-charts-blue, #4e9cf5);
    --ts-mono: var(--vscode-editor-font-family, monospace);
    ${palette(DARK)}
  }
  body.vscode-light, body.vscode-high-contrast-light {
    --ts-fg3: ${tone(72)};
    --ts-good: color-mix(in srgb, var(--vscode-testing-iconPassed, #388a34) 78%, black);
    --ts-bad: color-mix(in srgb, var(--vscode-testing-iconFailed, #c72e0f) 80%, black);
    --ts-warn: color-mix(in srgb, var(--vscode-editorWarning-foreground, #bf8803) 70%, black);
    ${palette(LIGHT)}
  }
  body.vscode-high-contrast, body.vscode-high-contrast-light {
    --ts-fg2: var(--vscode-foreground);
    --ts-fg3: var(--vscode-foreground);
    --ts-line: var(--vscode-contrastBorder);
    --ts-hover: transparent;
  }
  html, body { height: 100%; }
  body {
    margin: 0;
    padding: 0;
    overflow: hidden;
    color: var(--ts-fg);
    background: var(--ts-bg);
    font: 400 13px/18px var(--vscode-font-family, sans-serif);
  }
  @media (prefers-reduced-motion: reduce) {
    * { animation-duration: 0.01ms !important; transition-duration: 0.01ms !important; }
  }
`;

/** For every element's shadow root: resets, focus, links, buttons, chips, icons, the numeric cell. */
export const base: CSSResult = css`
  :host { box-sizing: border-box; color: var(--ts-fg); font: 400 13px/18px var(--vscode-font-family, sans-serif); }
  :host([hidden]), [hidden] { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  :focus { outline: none; }
  :focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  button, input, select, textarea { font: inherit; color: inherit; }
  input[type="checkbox"] { width: 14px; height: 14px; margin: 0; accent-color: var(--vscode-button-background); }
  a, .link {
    padding: 0;
    border: 0;
    border-radius: 2px;
    background: none;
    color: var(--vscode-textLink-foreground);
    text-align: inherit;
    text-decoration: none;
    cursor: pointer;
  }
  a:hover, .link:hover { text-decoration: underline; color: var(--vscode-textLink-activeForeground, var(--vscode-textLink-foreground)); }
  .num { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
  .mono { font-family: var(--ts-mono); font-size: 12px; }
  .two { color: var(--ts-fg2); }
  .three { color: var(--ts-fg3); }
  .small { font-size: 12px; }
  .good { color: var(--ts-good); }
  .bad { color: var(--ts-bad); }
  .warn { color: var(--ts-warn); }
  b, strong, .strong { font-weight: 600; }
  .cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .grow { flex: 1 1 auto; min-width: 0; }
  .row { display: flex; align-items: center; gap: 8px; min-width: 0; }

  .icon {
    display: inline-block;
    flex: none;
    width: 16px;
    height: 16px;
    font: normal normal normal 16px/1 codicon;
    font-style: normal;
    text-align: center;
    vertical-align: text-bottom;
    -webkit-font-smoothing: antialiased;
    user-select: none;
  }
  .icon.spin { animation: ts-spin 1.5s steps(30) infinite; }
  @keyframes ts-spin { to { transform: rotate(360deg); } }

  .button {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    flex: none;
    height: 26px;
    padding: 0 11px;
    border: 1px solid var(--vscode-button-border, transparent);
    border-radius: 4px;
    background: var(--vscode-button-background);
    color: var(--vscode-button-foreground);
    white-space: nowrap;
    cursor: pointer;
  }
  .button:hover { background: var(--vscode-button-hoverBackground); }
  .button.secondary { border-color: var(--vscode-button-secondaryBorder, var(--ts-line)); background: var(--vscode-button-secondaryBackground, transparent); color: var(--vscode-button-secondaryForeground, var(--ts-fg)); }
  .button.secondary:hover { background: var(--vscode-button-secondaryHoverBackground, var(--ts-hover)); }
  .button.small { height: 20px; padding: 0 8px; font-size: 12px; }
  .tool {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 5px;
    flex: none;
    height: 22px;
    min-width: 22px;
    padding: 0 4px;
    border: 0;
    border-radius: 4px;
    background: none;
    white-space: nowrap;
    cursor: pointer;
  }
  .tool:hover { background: var(--vscode-toolbar-hoverBackground); }
  .tool[aria-pressed="true"], .tool[aria-expanded="true"], .tool[aria-checked="true"] { background: color-mix(in srgb, var(--vscode-foreground) 14%, transparent); }
  .button:disabled, .tool:disabled, .link:disabled { opacity: 0.5; cursor: default; }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    flex: none;
    max-width: 240px;
    height: 18px;
    padding: 0 6px;
    border-radius: 4px;
    background: color-mix(in srgb, var(--vscode-foreground) 12%, transparent);
    font-size: 12px;
    line-height: 18px;
  }
  kbd { color: var(--ts-fg3); font: 400 11px/16px var(--vscode-font-family, sans-serif); }
  .section { margin: 0; font-size: 13px; font-weight: 600; line-height: 28px; }
  .section .small, .section .link { font-weight: 400; }
  .field {
    height: 26px;
    padding: 0 6px;
    border: 1px solid var(--vscode-input-border, var(--ts-line));
    border-radius: 4px;
    background: var(--vscode-input-background);
    color: var(--vscode-input-foreground);
  }
  .field::placeholder { color: var(--vscode-input-placeholderForeground); }
  .field:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .scroll { overflow: auto; scrollbar-color: var(--vscode-scrollbarSlider-background) transparent; }
  :host-context(.vscode-high-contrast) .chip { outline: 1px solid var(--vscode-contrastBorder); outline-offset: -1px; }
  :host-context(.vscode-high-contrast) .button, :host-context(.vscode-high-contrast-light) .button { border-color: var(--vscode-contrastBorder); }
  :host-context(.vscode-high-contrast-light) .chip { outline: 1px solid var(--vscode-contrastBorder); outline-offset: -1px; }
`;

const dotColors = unsafeCSS(Array.from({ length: RUN_COLORS }, (_, index) => `.r${index} { --c: var(--ts-run-${index}); }`).join("\n"));

/** The dot that stands for a run; classes come from `runDotClass`. Past the tenth run: ring, half, square. */
export const runDots: CSSResult = css`
  .dot { display: inline-block; flex: none; vertical-align: baseline; width: 10px; height: 10px; border-radius: 50%; background: var(--c); }
  .dot.p1 { border: 2px solid var(--c); background: none; }
  .dot.p2 { border: 2px solid var(--c); background: linear-gradient(90deg, var(--c) 50%, transparent 50%); }
  .dot.p3 { border-radius: 2px; }
  .dot.small { width: 6px; height: 6px; opacity: 0.6; }
  ${dotColors}
`;

/** Puts tokens and the icon font into the page; call once per page, before the first element. */
export function installTheme(): void {
  const sheet = tokens.styleSheet;
  if (sheet !== undefined) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  // A @font-face inside a shadow root is ignored, and an adopted sheet resolves its url against the page: so the font is added here.
  const font = new FontFace("codicon", `url("${new URL("../codicons/codicon.ttf", import.meta.url).href}")`, { display: "block" });
  document.fonts.add(font);
  void font.load().catch(() => undefined);
}

/** The current value of a token, for a canvas; `fallback` where the theme has none. */
export function themeColor(name: string, fallback: string): string {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = name.startsWith("var(") ? name : `var(${name}, ${fallback})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color === "" ? fallback : color;
}

/** Calls back when the person changes the theme (VS Code swaps the class and variables of the page). */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  return () => observer.disconnect();
}
