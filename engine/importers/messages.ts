import type { ImportFormat } from "../api/importers.ts";
import type { ErrorShape } from "../api/tokens.ts";
import type { Packed } from "./pack.ts";
import type { FilePlace } from "./records.ts";

/** Main thread to the thread that reads. */
export type ReadMessage =
  | { readonly t: "read"; readonly id: number; readonly format: ImportFormat; readonly path: string; readonly from: ReadonlyMap<string, FilePlace>; readonly follow: boolean; readonly run?: string }
  | { readonly t: "stored"; readonly id: number }
  | { readonly t: "stop"; readonly id: number };

/** And back: packs, each to be answered with `stored`, then one `end`. */
export type ReadReply =
  | { readonly t: "pack"; readonly id: number; readonly pack: Packed }
  | { readonly t: "end"; readonly id: number; readonly error: ErrorShape | null };
