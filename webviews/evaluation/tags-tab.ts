import { html, type TemplateResult } from "lit";
import type { EvaluationView } from "../../engine/api/evaluation.ts";
import "../ui/state-view.ts";
import "./failure-table.ts";
import type { EvaluationModel } from "./model.ts";
import { selectedId } from "./overview.ts";

/** Every tag, worst first; without one, what a tag is and how to make the first. */
export function tagsTab(view: EvaluationView, model: EvaluationModel, openConfig: () => void): TemplateResult {
  if (view.tags.length === 0) {
    const unfit = view.notes.filter((note) => note.startsWith("The tag “"));
    return html`<state-view kind="empty" .message=${unfit.length === 0 ? "No kind of rows has a name yet." : "None of the tags in touchstone.yaml fits this file."}
      .hint=${`${unfit.length === 0 ? "" : `${unfit[0]} `}Choose a slice, a cell or rows and press Tag: the kind of rows gets a name, and every evaluation says how wrong the model is on it. A column with the role “tag” counts too.`}
      .action=${{ label: "Open touchstone.yaml", run: openConfig }}></state-view>`;
  }
  return html`<div class="padded"><failure-table .tags=${view.tags} .result=${null} .counted=${view.task !== "regression"} .most=${200} .average=${model.slices?.averageRate ?? null} .selected=${selectedId(model)}></failure-table></div>`;
}
