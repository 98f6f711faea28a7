import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { findRepository } from "../capture/git.ts";
import { type RecordedCode, rebuildFile } from "../capture/rebuild.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Services } from "../services.ts";

/** The code of a run as its launch recorded it. Paths here are relative to the store's folder, with `/`. */
export interface RunCode {
  readonly recorded: RecordedCode;
  /** Folder in today's repository from which paths of the record are resolved. */
  readonly root: string;
  /** The record's path of a path of the store's folder. */
  recordPath(path: string): string;
  /** The store folder's path of a path of the record. */
  storePath(path: string): string;
  /** The bytes of a file as the run saw it; null where it had none. */
  file(path: string): Promise<Uint8Array | null>;
}

/** Finds the record of a run. Throws `RUN_NOT_FOUND`; null where the run has no launch or its code was not captured. */
export async function codeOfRun(services: Pick<Services, "store" | "artifacts" | "folder">, runId: string): Promise<RunCode | null> {
  const { store, artifacts, folder } = services;
  const run = store.read.runs.byId(runId);
  if (run === undefined) throw new TouchstoneError({ code: "RUN_NOT_FOUND", message: `There is no run ${runId}.` });
  const launch = run.launchKey === null ? undefined : store.read.launches.byKey(run.launchKey);
  if (launch === undefined || launch.code === null) return null;
  const recorded: RecordedCode = {
    state: launch.code,
    blobs: store.read.launches.blobs(launch.launchKey),
    read: async (digest) => readFile(await artifacts.blobs.verified(digest)),
  };
  const start = launch.script === null ? folder : dirname(join(folder, launch.script));
  const { repository } = launch.code.kind === "git" ? await findRepository(start) : { repository: null };
  const root = repository?.root ?? folder;
  const between = slashed(relative(root, folder));
  const recordPath = (path: string): string => (between === "" ? path : slashed(join(between, path)));
  const storePath = (path: string): string => (between === "" ? path : slashed(relative(between, path)));
  return { recorded, root, recordPath, storePath, file: (path) => rebuildFile(root, recorded, recordPath(path)) };
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
