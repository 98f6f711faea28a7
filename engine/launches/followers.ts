import type { LogChunk } from "../api/launches.ts";
import type { LaunchFiles } from "./files.ts";
import { logSize, readLog } from "./logReader.ts";

export const MAX_CHUNK_BYTES = 256 * 1024;
/** So much of an endless log goes to a client at a time; the rest follows at the next look. */
const CHUNKS_A_LOOK = 4;

/** The part of a log that a client asked for. @param over the launch has ended, so the log grows no more. */
export function logChunk(launchId: string, files: LaunchFiles, offset: number, over: boolean): LogChunk {
  const { offset: at, data, skipped, total } = readLog(files, offset, MAX_CHUNK_BYTES);
  return { launchId, offset: at, data, skipped, ended: over && at + data.length >= total };
}

/** Clients that see a launch's log as it grows: each has its own position. */
export class Followers {
  readonly #launchId: string;
  readonly #files: LaunchFiles;
  readonly #send: (clientId: number, chunk: LogChunk) => void;
  readonly #positions = new Map<number, number>();

  constructor(launchId: string, files: LaunchFiles, send: (clientId: number, chunk: LogChunk) => void) {
    this.#launchId = launchId;
    this.#files = files;
    this.#send = send;
  }

  follow(clientId: number, from: number): void {
    this.#positions.set(clientId, from);
  }

  leave(clientId: number): void {
    this.#positions.delete(clientId);
  }

  /** Sends what is new. @param over sends everything that is left, and that it is the end. */
  deliver(over: boolean): void {
    if (this.#positions.size === 0) return;
    const end = logSize(this.#files);
    for (const [clientId, position] of this.#positions) {
      let at = position;
      for (let round = 0; (at < end && (over || round < CHUNKS_A_LOOK)) || (over && round === 0); round++) {
        const chunk = logChunk(this.#launchId, this.#files, at, over);
        at = chunk.offset + chunk.data.length;
        this.#send(clientId, chunk);
        if (chunk.data.length === 0) break;
      }
      this.#positions.set(clientId, at);
    }
    if (over) this.#positions.clear();
  }

  /** True while a client has not seen everything yet. */
  get behind(): boolean {
    const end = logSize(this.#files);
    return [...this.#positions.values()].some((position) => position < end);
  }
}
