import type { ArtifactEntry } from "../api/runs.ts";
import type { Progress } from "../api/tokens.ts";

/** A change that a person makes to runs. */
export interface RunChange {
  readonly runIds: readonly string[];
  readonly name?: string;
  readonly note?: string;
  readonly setTags?: Readonly<Record<string, string>>;
  readonly deleteTags?: readonly string[];
  readonly deleted?: boolean;
}

/** How runs are fetched before all of them is written somewhere. */
export interface Fetching {
  /** Whether the contents of files are wanted, or only which there are. */
  readonly contents: boolean;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** What is not here of a run that stands on another server. */
export interface Missing {
  readonly words: readonly string[];
  /** Nothing could be asked of its server: all may be missing that nobody looked at before. */
  readonly isApart: boolean;
}

/** Runs that stand on another server: what is fetched when somebody looks, and what is changed there first. */
export interface Elsewhere {
  /** Before a curve of these runs is read. Gives, by run, why points of it may be missing: one run that is gone there costs no other. */
  curve(runIds: readonly string[], key: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** What lies in a folder of a run's artifacts there; null for a run of this folder. */
  files(runId: string, path: string, signal: AbortSignal): Promise<readonly ArtifactEntry[] | null>;
  /** Before an artifact is read. */
  file(runId: string, path: string, signal: AbortSignal): Promise<void>;
  /** Before runs are written somewhere else: all their curves and files. Gives, by run, what could not be fetched. */
  whole(runIds: readonly string[], fetching: Fetching): Promise<ReadonlyMap<string, Missing>>;
  /** Before the change is made here. Throws where it cannot be made there: then nothing is changed. */
  change(change: RunChange): Promise<void>;
}

/** The one place where such runs are looked after; nothing is elsewhere until a capability says so. */
export class ElsewhereRuns implements Elsewhere {
  #current: Elsewhere | null = null;

  set(elsewhere: Elsewhere | null): void {
    this.#current = elsewhere;
  }

  async curve(runIds: readonly string[], key: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return (await this.#current?.curve(runIds, key, signal)) ?? new Map();
  }

  async files(runId: string, path: string, signal: AbortSignal): Promise<readonly ArtifactEntry[] | null> {
    return (await this.#current?.files(runId, path, signal)) ?? null;
  }

  async file(runId: string, path: string, signal: AbortSignal): Promise<void> {
    await this.#current?.file(runId, path, signal);
  }

  async whole(runIds: readonly string[], fetching: Fetching): Promise<ReadonlyMap<string, Missing>> {
    return (await this.#current?.whole(runIds, fetching)) ?? new Map();
  }

  async change(change: RunChange): Promise<void> {
    await this.#current?.change(change);
  }
}
