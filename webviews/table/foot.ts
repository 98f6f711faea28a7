import { html, nothing, type TemplateResult } from "lit";
import { formatCount, plural } from "../ui/format.ts";
import { icon } from "../ui/icon.ts";
import { t } from "../ui/l10n.ts";

/** What the line below the table says and does. */
export interface FootState {
  /** Selected rows, and the runs that they stand for. */
  readonly rows: number;
  readonly runs: number;
  readonly matched: number;
  readonly total: number;
  /** Rows of the table, where it is grouped. */
  readonly groupedRows: number | null;
  readonly archived: boolean;
  /** Nothing can be changed: a bundle that is opened for reading. */
  readonly readOnly: boolean;
  readonly fresh: number;
  readonly stale: boolean;
  readonly curvesOpen: boolean;
  readonly act: (action: "compare" | "changed" | "evaluate" | "tag" | "archive" | "refresh" | "curves" | "keys") => void;
}

/** The selection's actions, the pill behind which new runs wait, and how many runs there are. */
export function tableFoot({ rows, runs, matched, total, groupedRows, archived, readOnly, fresh, stale, curvesOpen, act }: FootState): TemplateResult {
  const count = matched === total ? plural(total, "run") : `${formatCount(matched)} of ${formatCount(total)}`;
  const archive = archived ? "Restore" : "Archive";
  return html`<div class="foot" role="toolbar" aria-label=${t("Selected runs")}>
    ${rows === 0
      ? html`<span class="two small cut">${t("Space selects, Enter opens")}</span>`
      : html`<b>${formatCount(rows)} selected</b>
          <button class="tool" ?disabled=${runs < 2} aria-label=${t("Compare")} @click=${() => act("compare")}>${icon("git-compare")}<span class="compare">${t("Compare")}</span> <kbd>c</kbd></button>
          <button class="tool" ?disabled=${runs !== 2} aria-label=${t("What changed")} @click=${() => act("changed")}>${icon("diff")}<span class="wide">${t("What changed")}</span> <kbd>d</kbd></button>
          <button class="tool" ?disabled=${runs !== 1} aria-label=${t("Evaluate")} title=${t("Evaluate the predictions that the run wrote")} @click=${() => act("evaluate")}>${icon("beaker")}<span class="wide">${t("Evaluate")}</span></button>
          ${readOnly ? nothing : html`<button class="tool" aria-label=${t("Tag")} @click=${() => act("tag")}>${icon("tag")}<span class="wide">${t("Tag")}</span></button>
          <button class="tool" aria-label=${archive} title=${archived ? "Put back into the table" : "Take out of the table; Restore in the view Archived runs brings them back"} @click=${() => act("archive")}>${icon(archived ? "discard" : "archive")}<span class="wide">${archive}</span></button>`}`}
    <span class="grow"></span>
    ${fresh > 0
      ? html`<button class="button pill" @click=${() => act("refresh")}>${icon("arrow-up")}${plural(fresh, "new run")}</button>`
      : stale
        ? html`<button class="button pill" title=${t("A run ended since the means were taken")} @click=${() => act("refresh")}>${icon("refresh")}Recompute</button>`
        : nothing}
    ${curvesOpen ? nothing : html`<button class="tool" @click=${() => act("curves")}>${icon("graph-line")}<span class="wide">${t("Curves")}</span></button>`}
    <span class="two small" role="status">${count}${groupedRows === null ? "" : ` in ${plural(groupedRows, "row")}`}</span>
    <button class="tool" title=${t("Keys (?)")} aria-label=${t("Keys (?)")} @click=${() => act("keys")}>${icon("question")}</button>
  </div>`;
}
