import type { ColumnType } from "./tables.ts";
import { request } from "./tokens.ts";

/** Some rows of a table among a run's artifacts; cells are texts, missing is null. */
export interface TableWindow {
  readonly total: number;
  readonly from: number;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly fileType: string }[];
  /** Columns that are not shown. */
  readonly moreColumns: number;
  readonly rows: readonly (readonly (string | null)[])[];
}

/** At most 500 rows a call. */
export const artifactsTable = request<{ runId: string; path: string; from: number; to: number }, TableWindow>("artifacts/table");
/** What a model file says of itself: format, inputs and outputs, versions; null where it is no model that is known. */
export const artifactsModel = request<{ runId: string; path: string }, { facts: Readonly<Record<string, string>> | null; absolutePath: string }>("artifacts/model");
