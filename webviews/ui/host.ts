import { createRpc, type Rpc } from "./rpc.ts";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

// VS Code hands this object out once per page.
const vscode = acquireVsCodeApi();

/** This page's connection. */
export const rpc: Rpc = createRpc({
  post: (message) => vscode.postMessage(message),
  listen: (receive) => window.addEventListener("message", (event) => receive(event.data)),
});

/** What the panel kept before a reload, as unknown: the reader decides what it can use. */
export function getState(): Readonly<Record<string, unknown>> {
  const state = vscode.getState();
  return typeof state === "object" && state !== null ? Object.fromEntries(Object.entries(state)) : {};
}

/** Adds to what is kept; plain JSON values only. */
export function setState(part: Readonly<Record<string, unknown>>): void {
  vscode.setState({ ...getState(), ...part });
}
