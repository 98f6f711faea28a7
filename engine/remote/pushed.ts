import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { PushCount } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import type { LeftOut } from "../exporters/leftOut.ts";
import type { Store } from "../store/store.ts";
import type { RemoteServer } from "./client.ts";
import type { Notes } from "./pushNotes.ts";

/** On the server: what of a thing stands there, as a digest. While it is the same, nothing is sent again. */
export const DIGEST_TAG = "touchstone.pushed";
/** Tags, params or models of one call. */
export const VALUES = 100;
/** Metrics of one call. */
export const METRICS = 1_000;
/** Bytes of files after which it is noted that they were sent: so many, and one file, are sent again at most where a push breaks off. */
const NOTED = 16 << 20;
export const PARAM_LENGTH = 6_000;
export const TAG_LENGTH = 5_000;

/** What became of a thing that stands there now. */
export type Became = keyof PushCount;

/** What a push of one thing needs of the whole push. */
export interface Sending {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly server: RemoteServer;
  readonly signal: AbortSignal;
  readonly left: LeftOut;
  /** Says why something of a run could not be sent. */
  readonly failed: (runId: string, reason: string) => void;
  /** The id there of a run of ours that stands there. */
  runThere(runId: string): string | undefined;
  /** What is remembered there of a run of ours that stands there; what is noted is written when all was sent. */
  notesOf(runId: string): Notes;
  /** The id there of an experiment of ours, which is made. */
  experimentThere(experimentId: number): Promise<string>;
  /** Ids of all experiments there, in groups that a search takes. */
  groups(): Promise<Iterable<readonly string[]>>;
}

export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

export function* parts<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

/** A value as a server takes it; what is cut off is said. */
export function cut(value: string, length: number, runId: string, left: LeftOut): string {
  if (value.length > length) left.add(`the end of values longer than ${length} characters`, runId);
  return value.slice(0, length);
}

/** Whether a server answers so because it has no such route, or keeps no such thing. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof TouchstoneError)) return false;
  const { code, message } = error.shape;
  return code === "REMOTE_ODD" || (code === "REMOTE_ANSWER" && /not supported|not implemented|endpoint.not.found/i.test(message));
}

/** Whether an artifact's content is gone from the store, or is no longer what was stored. */
export function isDamaged(error: unknown): error is TouchstoneError {
  return error instanceof TouchstoneError && ["BLOB_CORRUPT", "BLOB_MISSING", "ARTIFACT_MISSING"].includes(error.shape.code);
}

/** Where it is remembered which files stand there. */
interface Remembered {
  readonly notes: Notes;
  /** Writes them there. */
  write(): Promise<unknown>;
}

/**
 * Puts the files of a run, a logged model or a trace to where the server keeps them: those that were not put there with this content
 * before. A damaged one is said and left out.
 * @param root - Their `artifact_uri` there
 * @param what - Whose they are, for the reason why one failed
 * @returns Whether none was damaged
 */
export async function sendFiles({ store, artifacts, server, signal, left, failed }: Sending, owner: ArtifactOwner, root: string, runId: string, { notes, write }: Remembered, what = "", skip = ""): Promise<boolean> {
  const place = `${owner.kind}:${owner.id}`;
  const files = store.read.artifacts.under(place, "").filter(({ path }) => path !== skip);
  if (files.length === 0) return true;
  if (!root.startsWith("mlflow-artifacts:")) return (left.add("artifacts: the server does not take them itself (it runs without --serve-artifacts)", runId), true);
  let whole = true;
  let unnoted = 0;
  for (const { path, bytes, digest } of files) {
    const name = `file ${place} ${path}`;
    if (notes.isOurs(name, digest)) continue;
    let file: string;
    try {
      ({ file } = await artifacts.locate(owner, path));
    } catch (error) {
      if (!isDamaged(error)) throw error;
      whole = false;
      failed(runId, `${what}The artifact ${path}: ${error.shape.message}`);
      continue;
    }
    await server.upload(root, path, createReadStream(file), bytes, signal);
    notes.set(name, digest);
    unnoted += bytes;
    if (unnoted < NOTED) continue;
    await write();
    unnoted = 0;
  }
  return whole;
}
