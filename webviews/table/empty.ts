import { html, type TemplateResult } from "lit";
import { plural } from "../ui/format.ts";
import type { TableState } from "./state.ts";

/** Why a table is empty. */
export interface EmptyTable {
  /** Runs before the filter. */
  readonly total: number;
  readonly filter: string;
  readonly view: TableState["view"];
  readonly script: string | undefined;
  readonly set: (part: Partial<TableState>) => void;
  readonly run: (script: string) => void;
}

/** An empty table says why, with the one action that fills it. */
export function emptyTable({ total, filter, view, script, set, run }: EmptyTable): TemplateResult {
  if (filter !== "") return html`<state-view kind="empty" .message=${`None of ${plural(total, "run")} matches the filter.`} .action=${{ label: "Clear the filter", run: () => set({ filter: "", quick: {} }) }}></state-view>`;
  if (view === "deleted") return html`<state-view kind="empty" .message=${"No run is archived."} .action=${{ label: "Show active runs", run: () => set({ view: "active" }) }}></state-view>`;
  const where = script === undefined ? "No run has been tracked in this folder." : `${script} has not been run yet.`;
  return html`<state-view kind="empty" .message=${where} .hint=${"Click Run & track above your training code, or start it from here. Runs of the MLflow client arrive by themselves."} .action=${{ label: "Run & track", run: () => run(script ?? "") }}></state-view>`;
}
