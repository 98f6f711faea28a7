import type { Committed, WriteRequest } from "./committer.ts";
import type { OperationInput } from "./operations.ts";
import type { Upkeep } from "./upkeep.ts";
import { type PackedChange, packMetrics, unpackMetrics } from "./packing.ts";

/** What the main thread tells the writer when it starts it. */
export interface WriterData {
  readonly file: string;
}

/** Something between the writes; answered as one of them, with the bytes that the file is shorter by. */
export interface UpkeepRequest {
  readonly id: number;
  readonly upkeep: Upkeep;
}

/** What the main thread may send: writes, upkeep, or null to finish what was asked and close. */
export type WriterMessage = readonly WriteRequest[] | UpkeepRequest | null;

/** What the writer sends after each commit. */
export type WriterAnswer = Omit<Committed, "change"> & { readonly change: PackedChange | null };

/** An input as it travels. */
export function packedInput(op: WriteRequest["op"], input: unknown): unknown {
  if (op !== "run.logBatch") return input;
  // SAFETY: `op` and `input` come as a pair from Store.write.
  const batch = input as OperationInput<"run.logBatch">;
  return { ...batch, metrics: packMetrics(batch.metrics) };
}

/** A request as its handler takes it. */
export function unpackedRequest(request: WriteRequest): WriteRequest {
  if (request.op !== "run.logBatch") return request;
  // SAFETY: what `packedInput` made of it.
  const batch = request.input as OperationInput<"run.logBatch">;
  return { ...request, input: { ...batch, metrics: unpackMetrics(batch.metrics) } };
}
