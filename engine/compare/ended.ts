import type { LaunchRecord } from "../store/records.ts";

/** Tells each launch once, when it has ended. */
export class EndedLaunches {
  readonly #ended = new Set<number>();

  /** `known` are those whose end is not told any more. */
  constructor(known: Iterable<LaunchRecord>) {
    for (const launch of known) if (hasEnded(launch)) this.#ended.add(launch.launchKey);
  }

  /** Those of the changed launches that ended with this change. */
  take(changed: readonly LaunchRecord[]): string[] {
    return changed.flatMap((launch) => {
      if (!hasEnded(launch) || this.#ended.has(launch.launchKey)) return [];
      this.#ended.add(launch.launchKey);
      return [launch.launchId];
    });
  }
}

function hasEnded({ status }: LaunchRecord): boolean {
  return status !== "running" && status !== "scheduled";
}
