import type * as vscode from "vscode";
import type { EventToken, Progress, RequestToken } from "../../engine/api/tokens.ts";

export type LinkState = "idle" | "connecting" | "connected" | "failed";

/** The extension's end of the way to one store's engine. Connects at the first request; comes back by itself. */
export interface EngineLink {
  /** The folder that holds `.touchstone`. */
  readonly folder: string;
  /** The bundle that the store was unpacked from, and which is only read; null for a folder's own store. */
  readonly bundle: { readonly name: string; readonly file: string } | null;
  readonly state: LinkState;
  /** Why the last connection failed, in words. */
  readonly message: string | null;
  readonly onState: vscode.Event<LinkState>;
  request<P, R>(token: RequestToken<P, R>, params: P, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<R>;
  on<P>(token: EventToken<P>, listener: (params: P) => void): vscode.Disposable;
  /** Ends the engine and starts a new one; trainings go on. */
  restart(): Promise<void>;
  /** Somebody looks at it. The engine of a bundle is left, and ends, once nobody does and nothing is asked of it; a folder's own is kept. */
  hold(): vscode.Disposable;
  /** True once a request was made: before that nothing was started for the folder. */
  readonly started: boolean;
}
