import { html, nothing, type TemplateResult } from "lit";
import type { RegisteredVersion, RunModel } from "../../engine/api/runs.ts";
import { plural } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";

const STATES: Readonly<Record<RunModel["status"], string>> = { ready: "", pending: "being logged", failed: "upload failed" };
/** A search for the best step logs a model a step. */
const MOST = 12;

/** The models that the run logged, with what they are called in the registry; what a script loads them by is copied. */
export function modelsSection(models: readonly RunModel[], copy: (text: string) => void): TemplateResult | typeof nothing {
  if (models.length === 0) return nothing;
  // What is registered is what somebody chose.
  const ordered = models.toSorted((a, b) => Number(b.versions.length > 0) - Number(a.versions.length > 0));
  return html`<section class="models"><h2 class="section">Models <span class="two small">${registeredText(models)}</span></h2>
    ${ordered.slice(0, MOST).map((model) => modelRow(model, copy))}
    ${ordered.length > MOST ? html`<p class="two small">and ${plural(ordered.length - MOST, "more model")}</p>` : nothing}</section>`;
}

function registeredText(models: readonly RunModel[]): string {
  const count = models.reduce((sum, { versions }) => sum + versions.length, 0);
  return count === 0 ? "logged, none registered" : plural(count, "registered version");
}

function modelRow({ modelId, name, status, step, versions }: RunModel, copy: (text: string) => void): TemplateResult {
  const said = [modelId ?? "of the run's artifacts", step === null || step === 0 ? "" : `step ${step}`].filter((text) => text !== "").join(" · ");
  return html`<div class="file" data-model=${name}>${icon("package")}<div class="grow">
    <div class="row"><span class="cut grow" title=${name}>${name}</span>${status === "ready" ? nothing : html`<span class=${status === "failed" ? "bad small" : "two small"}>${STATES[status]}</span>`}</div>
    <div class="row small two"><span class="cut grow" title=${said}>${said}</span>${modelId === null ? nothing : copyButton(`models:/${modelId}`, copy)}</div>
    ${versions.map((version) => versionRow(version, copy))}
  </div></div>`;
}

function versionRow({ name, version, aliases, stage }: RegisteredVersion, copy: (text: string) => void): TemplateResult {
  return html`<div class="row registered"><span class="named"><b>${name}</b> <span class="two">version ${version}</span></span>${aliases.map((alias) => html`<span class="chip"><span class="cut">@${alias}</span></span>`)}${stage === "None" ? nothing : html`<span class="chip">${stage}</span>`}
    <span class="grow"></span>${copyButton(aliases[0] === undefined ? `models:/${name}/${version}` : `models:/${name}@${aliases[0]}`, copy)}</div>`;
}

function copyButton(uri: string, copy: (text: string) => void): TemplateResult {
  return html`<button class="tool" title=${uri} aria-label=${t("Copy {0}", uri)} @click=${() => copy(uri)}>${icon("copy")}</button>`;
}
