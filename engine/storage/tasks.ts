import { type Task, task } from "../compute/messages.ts";
import type { TaskHandler } from "../compute/serve.ts";
import type { BackupAbout, BackupReport } from "../api/storage.ts";
import { backUpStore, readAbout } from "./backup.ts";
import { type Unpacked, unpackBackup } from "./restore.ts";

interface BackUp {
  readonly folder: string;
  readonly file: string;
  readonly replace: boolean;
  readonly artifactRoot: string;
  readonly version: string;
}

interface InFolder {
  readonly file: string;
  readonly folder: string;
}

/** What the thread for backups does: reading and writing whole stores would hold up the engine's main thread. */
export const backUpTask = task<BackUp, BackupReport>("storage.backUp");
export const aboutTask = task<{ readonly file: string }, BackupAbout & { readonly bytes: number }>("storage.about");
export const unpackTask = task<InFolder, Unpacked>("storage.unpack");

function handler<P, R>({ task: name }: Task<P, R>, answer: (params: P, context: Parameters<TaskHandler>[1]) => R | Promise<R>): [string, TaskHandler] {
  // SAFETY: the main thread sends what the token declares.
  return [name, (params, context) => answer(params as P, context)];
}

export function storageTasks(): ReadonlyMap<string, TaskHandler> {
  return new Map([
    handler(backUpTask, (params, { signal, onProgress }) => backUpStore({ ...params, signal, progress: (done, total) => onProgress({ done, total, unit: "files" }) })),
    handler(aboutTask, ({ file }) => readAbout(file)),
    handler(unpackTask, ({ file, folder }, { signal, onProgress }) => unpackBackup(file, folder, (done, total) => onProgress({ done, total, unit: "files" }), signal)),
  ]);
}
