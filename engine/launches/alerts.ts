import type { launchAlert } from "../api/launches.ts";
import type { WatchedLaunch } from "./hooks.ts";
import type { Outcome } from "./outcome.ts";

export type Alert = NonNullable<typeof launchAlert.params>;

/** A script that was never silent for longer counts as stalled after this. */
const STALLED_MS = 10 * 60 * 1000;
/** One that is silent by habit (a long epoch) after so many times its longest silence. */
const STALLED_FACTOR = 5;

/** What people are told of an end; null where they asked for it themselves. */
export function endAlert(launch: WatchedLaunch, title: string, outcome: Outcome, lastLine: string | null): Alert | null {
  const base = { launchId: launch.launchId, runId: launch.runId };
  if (outcome.status === "finished") return { ...base, kind: "finished", title: `${title} finished`, text: `after ${duration(outcome.end - launch.start)}` };
  if (outcome.status === "killed" && outcome.notes.length === 0 && outcome.signal !== "SIGKILL") return null;
  const how = outcome.signal !== null ? `stopped by ${outcome.signal}` : outcome.exitCode !== null ? `exit code ${outcome.exitCode}` : (outcome.notes[0] ?? "nobody saw how it ended");
  const word = outcome.status === "lost" ? "is lost" : outcome.status === "killed" ? "was killed" : "failed";
  return { ...base, kind: "crashed", title: `${title} ${word}`, text: lastLine === null ? how : `${how}: ${lastLine}` };
}

/** What the watch looks at in a launch. */
export interface Quiet {
  /** When it last printed or logged something, on the monotonic clock. */
  readonly lastActivity: number;
  readonly watched: Pick<WatchedLaunch, "launchId" | "stalledAfterMs">;
}

/** Notices launches that were alive and have said nothing for long; each silence is told once. */
export class StallWatch {
  readonly #longest = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #told = new Map<string, number>();

  /** @param now the monotonic clock. Gives those that stalled since the last look. */
  look<L extends Quiet>(launches: Iterable<L>, now: number): readonly L[] {
    const stalled: L[] = [];
    for (const launch of launches) {
      const id = launch.watched.launchId;
      const { lastActivity } = launch;
      const before = this.#seen.get(id) ?? lastActivity;
      this.#seen.set(id, lastActivity);
      const longest = Math.max(this.#longest.get(id) ?? 0, lastActivity - before);
      this.#longest.set(id, longest);
      if (this.#told.get(id) === lastActivity || now - lastActivity < Math.max(launch.watched.stalledAfterMs ?? STALLED_MS, STALLED_FACTOR * longest)) continue;
      this.#told.set(id, lastActivity);
      stalled.push(launch);
    }
    return stalled;
  }

  forget(launchId: string): void {
    for (const map of [this.#longest, this.#seen, this.#told]) map.delete(launchId);
  }
}

/** `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
