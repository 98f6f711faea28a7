import type { ComparedSlices, DataSummary } from "../api/compare.ts";
import { task } from "../compute/messages.ts";
import type { EvaluationSource } from "../evaluation/tasks.ts";

/** Writes down what a later comparison needs of an evaluation. */
export const snapshotTask = task<{ source: EvaluationSource; file: string }, null>("compare/snapshot");
/** `sides` as long as the comparison's heads; null was not evaluated. `missing` names those that can no longer be read. */
export const slicesTask = task<{ sides: readonly ({ readonly source: EvaluationSource; readonly file: string } | null)[]; against: number }, Omit<ComparedSlices, "paths" | "note" | "answer"> & { readonly missing: readonly number[] }>("compare/slices");
export const summaryTask = task<{ path: string }, DataSummary>("compare/summary");
