import * as vscode from "vscode";
import { engineNotes, engineQuota, engineStatus } from "../../engine/api/engine.ts";
import type { ExtensionHost } from "../host.ts";
import type { EngineLink } from "./link.ts";

/** What keeps a store from taking everything: it is only read, the disk is full, artifacts come near their quota. */
export interface Limit {
  readonly readOnly: boolean;
  /** In words; empty for none. */
  readonly notes: readonly string[];
}

const BYTES_PER_MB = 1_000_000;

/**
 * Follows what limits the stores of this window, and tells each engine the quota of the settings. A store that is only read, and what
 * comes up later, is said once in a message.
 */
export function followLimits(host: ExtensionHost, changed: () => void): ReadonlyMap<EngineLink, Limit> {
  const limits = new Map<EngineLink, Limit>();
  const said = new Set<string>();
  const say = (notes: readonly string[]): void => {
    for (const note of notes) {
      if (said.has(note)) continue;
      said.add(note);
      void vscode.window.showWarningMessage(note);
    }
  };
  const take = (link: EngineLink, limit: Limit): void => {
    limits.set(link, limit);
    // What went away may come again, and is news then.
    for (const note of said) if (![...limits.values()].some(({ notes }) => notes.includes(note))) said.delete(note);
    changed();
  };
  const sendQuota = (link: EngineLink): Promise<null> => {
    const megabytes = vscode.workspace.getConfiguration("touchstone", vscode.Uri.file(link.folder)).get<number>("artifacts.quota", 0);
    return link.request(engineQuota, { bytes: megabytes > 0 ? Math.round(megabytes * BYTES_PER_MB) : null });
  };
  const ask = async (link: EngineLink): Promise<void> => {
    // A bundle's store takes no artifacts.
    if (link.bundle === null) await sendQuota(link);
    const status = await link.request(engineStatus, null);
    take(link, status);
    // A bundle's page says itself that it is only read.
    if (status.readOnly && link.bundle === null) say(status.notes);
    else for (const note of status.notes) said.add(note);
  };
  const quietly = (promise: Promise<unknown>): void => void promise.catch((error: unknown) => host.log.warn(String(error)));
  const followed = new Set<EngineLink>();
  host.disposables.add(
    host.engines.onState((link) => {
      if (!followed.has(link)) {
        followed.add(link);
        host.disposables.add(
          link.on(engineNotes, (limit) => {
            take(link, limit);
            say(limit.notes);
          }),
        );
      }
      if (link.state === "connected") quietly(ask(link));
    }),
  );
  host.disposables.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration("touchstone.artifacts.quota")) return;
      for (const link of host.engines.all()) if (link.state === "connected" && link.bundle === null) quietly(sendQuota(link));
    }),
  );
  return limits;
}
