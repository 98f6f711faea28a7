import { html, nothing, type TemplateResult } from "lit";
import type { LaunchInfo } from "../../engine/api/runs.ts";
import { exact, formatBytes, formatNumber } from "../ui/format.ts";
import type { WireNumber } from "../../engine/api/tokens.ts";
import { t } from "../ui/l10n.ts";

/** Interpreter, machine, packages and environment of a launch; resource curves stand above it. */
export function system(launch: LaunchInfo): TemplateResult {
  const facts: [string, string][] = [
    ["Interpreter", launch.interpreter ?? "not known"],
    ["Working directory", launch.cwd],
    ["Terminal", launch.pty ? "a pseudo-terminal: colours and progress bars as the script prints them" : "pipes: no pseudo-terminal could be had"],
    ...Object.entries(launch.host).map(([key, value]): [string, string] => [key, hostValue(key, value)]),
  ];
  const variables = Object.entries(launch.environment);
  return html`<section><h2 class="section">${t("Machine")}</h2><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
    <section><details ?open=${launch.packages.length < 40}><summary class="section">Packages <span class="two small">${launch.packages.length}</span></summary>
      ${launch.packages.length === 0 ? html`<p class="three">${t("None were captured.")}</p>` : html`<dl>${launch.packages.map(({ name, version }) => html`<dt>${name}</dt><dd class="mono">${version}</dd>`)}</dl>`}</details></section>
    ${variables.length === 0 ? nothing : html`<section><details><summary class="section">Environment <span class="two small">${variables.length} variables, secrets masked</span></summary>
      <dl>${variables.map(([name, value]) => html`<dt class="mono">${name}</dt><dd class="mono">${value}</dd>`)}</dl></details></section>`}`;
}

/** A fact of the machine as people read it. */
export function hostValue(key: string, value: WireNumber | string | null): string {
  if (value === null) return "not known";
  if (typeof value !== "number") return exact(value);
  return /memory|bytes|rss|ram/i.test(key) && value > 1e6 ? formatBytes(value) : formatNumber(value);
}
