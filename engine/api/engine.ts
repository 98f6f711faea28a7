import { event, request } from "./tokens.ts";

/** Grows when a request changes its meaning; a newer client asks an older engine to drain. */
export const PROTOCOL_VERSION = 1;

export interface EngineStatus {
  readonly version: string;
  readonly protocol: number;
  readonly pid: number;
  /** The folder that holds `.touchstone`. */
  readonly folder: string;
  readonly storeBytes: number;
  /** Of artifacts, code and patches, and what a person allows them to take; null for no limit. */
  readonly artifactBytes: number;
  readonly artifactQuotaBytes: number | null;
  readonly runs: number;
  readonly liveLaunches: number;
  readonly clients: number;
  /** `http://127.0.0.1:<port>`: what MLFLOW_TRACKING_URI is set to. */
  readonly trackingUri: string;
  readonly readOnly: boolean;
  /** What limits this store, in words: newer version, network file system, read-only folder, full disk, artifacts near their quota. */
  readonly notes: readonly string[];
}

export const engineStatus = request<null, EngineStatus>("engine/status");
/** `notes` changed: the disk is full or has room again, artifacts come near their quota. */
export const engineNotes = event<{ readonly readOnly: boolean; readonly notes: readonly string[] }>("engine/notes");
/** What artifacts may take, in bytes; null for no limit. Kept for engines that no editor starts. */
export const engineQuota = request<{ readonly bytes: number | null }, null>("engine/quota");
/** Accepts no more launches, answers what is under way, then leaves; live trainings go on. */
export const engineDrain = request<null, null>("engine/drain");
/** The variables that let a terminal or a notebook kernel log here. */
export const engineTrackingEnvironment = request<null, { env: Readonly<Record<string, string>> }>("engine/trackingEnvironment");
/** Frees artifacts' content that nothing refers to any more; what is younger than an hour stays, its record may be under way. */
export const engineCollect = request<null, { readonly files: number; readonly bytes: number; /** Folders whose run, model or trace the store does not have; they stay. */ readonly strays: readonly string[] }>("engine/collect");
