import { ProgressType } from "vscode-jsonrpc/node";
import { request, type Progress } from "../api/tokens.ts";

/** What every request carries: its params, and the token that its progress goes by (null: nobody listens). */
export interface Envelope {
  readonly params: unknown;
  readonly progress: number | null;
}

export const progressType = new ProgressType<Progress>();

/** How an event travels: one notification for all of them. */
export const EVENT_METHOD = "event";
export interface EventMessage {
  readonly event: string;
  readonly params: unknown;
}

export interface Hello {
  /** Proof that the client reads the private runtime folder. */
  readonly key: string;
  /** `editor`, `cli`, `runner`, `mcp`, …: for status and logs. */
  readonly kind: string;
  /** Of the client's own engine code: what it would start. */
  readonly version: string;
  readonly protocol: number;
  /** The extension or package that speaks, for the engine's log. */
  readonly extension?: string;
}

export interface Welcome {
  readonly version: string;
  readonly protocol: number;
  readonly pid: number;
  readonly folder: string;
  readonly clientId: number;
  readonly draining: boolean;
}

/** The first request of every connection. */
export const hello = request<Hello, Welcome>("engine/hello");
