/** VS Code 1.139's own colours (Dark Modern, Light Modern, Dark and Light High Contrast), as far as the panels use them. */
export type ThemeName = "dark" | "light" | "hc-dark" | "hc-light";

interface Theme {
  readonly className: string;
  readonly colors: Readonly<Record<string, string>>;
}

const dark = {
  foreground: "#cccccc", "editor-background": "#1f1f1f", "panel-border": "#2b2b2b", focusBorder: "#0078d4",
  "list-activeSelectionBackground": "#04395e", "list-activeSelectionForeground": "#ffffff", "list-hoverBackground": "#2a2d2e", "list-inactiveSelectionBackground": "#37373d",
  "input-background": "#313131", "input-border": "#3c3c3c", "input-foreground": "#cccccc", "input-placeholderForeground": "#989898", "inputOption-activeBackground": "#2489db82", "inputValidation-errorBackground": "#5a1d1d", "inputValidation-errorBorder": "#be1100",
  "button-background": "#0078d4", "button-foreground": "#ffffff", "button-hoverBackground": "#026ec1", "button-secondaryBackground": "#313131", "button-secondaryForeground": "#cccccc", "button-secondaryHoverBackground": "#3c3c3c", "button-border": "#ffffff12",
  "badge-background": "#616161", "badge-foreground": "#f8f8f8", "textLink-foreground": "#4daafc", "textLink-activeForeground": "#4daafc", "toolbar-hoverBackground": "#5a5d5e50", "progressBar-background": "#0078d4",
  "widget-shadow": "#0000005c", "editorWidget-background": "#202020", "editorWidget-border": "#454545", "editorHoverWidget-background": "#202020", "editorHoverWidget-border": "#454545", "editorSuggestWidget-background": "#202020", "editorSuggestWidget-border": "#454545", "editorSuggestWidget-selectedBackground": "#04395e", "editorSuggestWidget-selectedForeground": "#ffffff", "editorSuggestWidget-highlightForeground": "#2aaaff",
  "menu-background": "#1f1f1f", "menu-foreground": "#cccccc", "menu-border": "#454545", "menu-selectionBackground": "#0078d4", "menu-selectionForeground": "#ffffff", "menu-separatorBackground": "#454545",
  "charts-blue": "#59a4f9", "charts-red": "#f14c4c", "charts-lines": "#cccccc80", "testing-iconPassed": "#73c991", "testing-iconFailed": "#f14c4c", "editorWarning-foreground": "#cca700", errorForeground: "#f85149", "editorError-foreground": "#f14c4c",
  "diffEditor-insertedTextBackground": "#9ccc2c33", "diffEditor-removedTextBackground": "#ff000033", "gitDecoration-addedResourceForeground": "#81b88b", "gitDecoration-deletedResourceForeground": "#c74e39",
  "panelTitle-activeBorder": "#0078d4", "sash-hoverBorder": "#0078d4", "scrollbarSlider-background": "#79797966", "checkbox-background": "#313131", "checkbox-border": "#3c3c3c", "checkbox-foreground": "#cccccc", "settings-dropdownBackground": "#313131", "settings-dropdownBorder": "#3c3c3c", "settings-dropdownForeground": "#cccccc", "settings-checkboxBackground": "#313131", "settings-checkboxBorder": "#3c3c3c", "settings-checkboxForeground": "#cccccc", "editor-findMatchBackground": "#9e6a03", "editor-findMatchHighlightBackground": "#ea5c0055", "textCodeBlock-background": "#2b2b2b", "textPreformat-background": "#3c3c3c", "keybindingLabel-foreground": "#cccccc",
  "terminal-ansiBlack": "#000000", "terminal-ansiRed": "#cd3131", "terminal-ansiGreen": "#0dbc79", "terminal-ansiYellow": "#e5e510", "terminal-ansiBlue": "#2472c8", "terminal-ansiMagenta": "#bc3fbc", "terminal-ansiCyan": "#11a8cd", "terminal-ansiWhite": "#e5e5e5", "terminal-ansiBrightBlack": "#666666", "terminal-ansiBrightRed": "#f14c4c", "terminal-ansiBrightGreen": "#23d18b", "terminal-ansiBrightYellow": "#f5f543", "terminal-ansiBrightBlue": "#3b8eea", "terminal-ansiBrightMagenta": "#d670d6", "terminal-ansiBrightCyan": "#29b8db", "terminal-ansiBrightWhite": "#e5e5e5",
};

const light = {
  ...dark,
  foreground: "#3b3b3b", "editor-background": "#ffffff", "panel-border": "#e5e5e5", focusBorder: "#005fb8",
  "list-activeSelectionBackground": "#e8e8e8", "list-activeSelectionForeground": "#000000", "list-hoverBackground": "#f2f2f2", "list-inactiveSelectionBackground": "#e4e6f1",
  "input-background": "#ffffff", "input-border": "#cecece", "input-foreground": "#3b3b3b", "input-placeholderForeground": "#767676", "inputOption-activeBackground": "#bed6ed", "inputValidation-errorBackground": "#f2dede",
  "button-background": "#005fb8", "button-hoverBackground": "#0258a8", "button-secondaryBackground": "#e5e5e5", "button-secondaryForeground": "#3b3b3b", "button-secondaryHoverBackground": "#cccccc", "button-border": "#0000001a",
  "badge-background": "#cccccc", "badge-foreground": "#3b3b3b", "textLink-foreground": "#005fb8", "textLink-activeForeground": "#005fb8", "toolbar-hoverBackground": "#b8b8b850", "progressBar-background": "#005fb8",
  "widget-shadow": "#00000029", "editorWidget-background": "#f8f8f8", "editorWidget-border": "#c8c8c8", "editorHoverWidget-background": "#f8f8f8", "editorHoverWidget-border": "#c8c8c8", "editorSuggestWidget-background": "#f8f8f8", "editorSuggestWidget-border": "#c8c8c8", "editorSuggestWidget-selectedBackground": "#e8e8e8", "editorSuggestWidget-selectedForeground": "#000000", "editorSuggestWidget-highlightForeground": "#0066bf",
  "menu-background": "#ffffff", "menu-foreground": "#3b3b3b", "menu-border": "#cecece", "menu-selectionBackground": "#005fb8", "menu-separatorBackground": "#d4d4d4",
  "charts-blue": "#0063d3", "charts-red": "#e51400", "charts-lines": "#3b3b3b80", "testing-iconPassed": "#388a34", "testing-iconFailed": "#f14c4c", "editorWarning-foreground": "#bf8803", errorForeground: "#f85149", "editorError-foreground": "#e51400",
  "diffEditor-insertedTextBackground": "#9ccc2c40", "gitDecoration-addedResourceForeground": "#587c0c", "gitDecoration-deletedResourceForeground": "#ad0707",
  "panelTitle-activeBorder": "#005fb8", "sash-hoverBorder": "#005fb8", "scrollbarSlider-background": "#64646466", "checkbox-background": "#f8f8f8", "checkbox-border": "#cecece", "checkbox-foreground": "#3b3b3b", "settings-dropdownBackground": "#ffffff", "settings-dropdownBorder": "#cecece", "settings-dropdownForeground": "#3b3b3b", "settings-checkboxBackground": "#f8f8f8", "settings-checkboxBorder": "#cecece", "settings-checkboxForeground": "#3b3b3b", "editor-findMatchBackground": "#a8ac94", "textCodeBlock-background": "#f8f8f8", "textPreformat-background": "#0000001f", "keybindingLabel-foreground": "#3b3b3b",
  "terminal-ansiGreen": "#107c10", "terminal-ansiYellow": "#949800", "terminal-ansiBlue": "#0451a5", "terminal-ansiMagenta": "#bc05bc", "terminal-ansiCyan": "#0598bc", "terminal-ansiWhite": "#555555", "terminal-ansiBrightRed": "#cd3131", "terminal-ansiBrightGreen": "#14ce14",
};

const contrast = { "list-hoverBackground": "transparent", "list-activeSelectionBackground": "transparent", "list-inactiveSelectionBackground": "transparent", "toolbar-hoverBackground": "transparent", "menu-selectionBackground": "transparent", "widget-shadow": "transparent", "button-hoverBackground": "transparent", "button-secondaryHoverBackground": "transparent" };

const hcDark = {
  ...dark, ...contrast,
  foreground: "#ffffff", "editor-background": "#000000", "panel-border": "#6fc3df", contrastBorder: "#6fc3df", contrastActiveBorder: "#f38518", focusBorder: "#f38518",
  "input-background": "#000000", "input-border": "#6fc3df", "input-foreground": "#ffffff", "button-background": "#000000", "button-border": "#6fc3df", "button-secondaryBackground": "#000000", "button-secondaryForeground": "#ffffff", "badge-background": "#000000",
  "textLink-foreground": "#21a6ff", "textLink-activeForeground": "#21a6ff", "progressBar-background": "#6fc3df", "editorWidget-background": "#0c141f", "editorWidget-border": "#6fc3df", "editorHoverWidget-background": "#0c141f", "editorHoverWidget-border": "#6fc3df", "editorSuggestWidget-background": "#0c141f", "editorSuggestWidget-border": "#6fc3df", "editorSuggestWidget-selectedBackground": "transparent", "menu-background": "#000000", "menu-border": "#6fc3df", "menu-foreground": "#ffffff", "menu-selectionBorder": "#f38518", "menu-separatorBackground": "#6fc3df",
  "testing-iconPassed": "#89d185", "testing-iconFailed": "#f48771", "editorWarning-foreground": "#ffd370", "checkbox-background": "#000000", "checkbox-border": "#6fc3df", "settings-dropdownBackground": "#000000", "settings-dropdownBorder": "#6fc3df", "settings-dropdownForeground": "#ffffff", "settings-checkboxBackground": "#000000", "settings-checkboxBorder": "#6fc3df", "panelTitle-activeBorder": "#6fc3df",
};

const hcLight = {
  ...light, ...contrast,
  foreground: "#292929", "editor-background": "#ffffff", "panel-border": "#0f4a85", contrastBorder: "#0f4a85", contrastActiveBorder: "#006bbd", focusBorder: "#006bbd",
  "list-activeSelectionForeground": "#292929", "input-border": "#0f4a85", "button-background": "#0f4a85", "button-border": "#0f4a85", "button-secondaryBackground": "#ffffff", "button-secondaryForeground": "#292929", "badge-background": "#0f4a85", "badge-foreground": "#ffffff",
  "textLink-foreground": "#0f4a85", "textLink-activeForeground": "#0f4a85", "progressBar-background": "#0f4a85", "editorWidget-background": "#ffffff", "editorWidget-border": "#0f4a85", "menu-border": "#0f4a85", "menu-foreground": "#292929", "menu-selectionForeground": "#292929", "menu-selectionBorder": "#006bbd", "menu-separatorBackground": "#0f4a85", "editorSuggestWidget-selectedBackground": "transparent",
  "testing-iconPassed": "#007100", "testing-iconFailed": "#b5200d", "editorWarning-foreground": "#895503", "panelTitle-activeBorder": "#b5200d",
};

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: { className: "vscode-dark", colors: dark },
  light: { className: "vscode-light", colors: light },
  "hc-dark": { className: "vscode-high-contrast", colors: hcDark },
  "hc-light": { className: "vscode-high-contrast-light vscode-high-contrast", colors: hcLight },
};
