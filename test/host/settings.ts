export type Theme = "dark" | "light" | "hc-black" | "hc-light";

const themes: Record<Theme, string> = {
  dark: "Dark Modern",
  light: "Light Modern",
  "hc-black": "Default High Contrast",
  "hc-light": "Default High Contrast Light",
};

/** What a person's first window in a browser begins with: no advertising, no chat. Theirs to change. */
export const firstSettings: Readonly<Record<string, unknown>> = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
};

/** Settings of a window without anything that is not ours in the picture: no chat, tips, prompts or animations. */
export function windowSettings(theme: Theme): Record<string, unknown> {
  return {
    "workbench.colorTheme": themes[theme],
    "window.autoDetectColorScheme": false,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.layoutControl.enabled": false,
    "workbench.enableExperiments": false,
    "window.commandCenter": false,
    "window.restoreWindows": "none",
    "chat.disableAIFeatures": true,
    "chat.commandCenter.enabled": false,
    "security.workspace.trust.startupPrompt": "never",
    "extensions.ignoreRecommendations": true,
    "extensions.autoCheckUpdates": false,
    "git.openRepositoryInParentFolders": "never",
    "git.autofetch": false,
    "editor.minimap.enabled": false,
    "terminal.integrated.gpuAcceleration": "off",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
  };
}

export const isTheme = (name: string): name is Theme => Object.hasOwn(themes, name);
