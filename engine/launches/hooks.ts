import type { LaunchEvents, ParamValue } from "../store/operations.ts";
import type { LaunchFiles } from "./files.ts";

/** A launch as capabilities that watch it know it. */
export interface WatchedLaunch {
  readonly launchId: string;
  readonly runId: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Absolute; null where the command has no script. */
  readonly scriptPath: string | null;
  readonly start: number;
  /** A silence of this length counts as no progress; absent: ten minutes. */
  readonly stalledAfterMs?: number;
  readonly files: LaunchFiles;
}

/** What lines mean for the run; the launch's reader stores it together with its position, so that each line counts once. */
export type LineEffects = Omit<LaunchEvents, "launchId" | "stream" | "from" | "to">;

/** A line of a stream, without its line break. */
export interface StreamLine {
  readonly text: string;
  /** Position of its first byte in everything that was printed (or in the file). */
  readonly offset: number;
  /** It ended with a carriage return: the next line is drawn over it. Only in what was printed. */
  readonly redrawn?: true;
}

/** What other capabilities do with a launch. A hook that throws is logged and never stops the launch. */
export interface LaunchHooks {
  /** Before the launch is recorded: arguments as params. Must be quick and must not fail. */
  readonly params?: (command: readonly string[], scriptPath: string | null) => readonly ParamValue[];
  /** The command as it may be stored: secrets masked. */
  readonly maskCommand?: (command: readonly string[]) => readonly string[];
  /** The script is being started: code, environment and host are captured while it runs. `env` is the person's, before the tracking variables. */
  readonly onStarted?: (launch: WatchedLaunch, env: Readonly<Record<string, string>>) => Promise<void> | void;
  /** Something may have come into the launch's folder; `final`: nothing more will. Before the streams are read. */
  readonly onLook?: (launch: WatchedLaunch, final: boolean) => Promise<void>;
  /** Whole lines of events.jsonl. */
  readonly onEventsLines?: (launch: WatchedLaunch, lines: readonly StreamLine[]) => Promise<LineEffects> | LineEffects;
  /** Whole lines of what was printed, each state of a progress bar being one; colours are still in them. */
  readonly onLogLines?: (launch: WatchedLaunch, lines: readonly StreamLine[]) => Promise<LineEffects> | LineEffects;
  /**
   * The script has ended and everything that it wrote is stored; the launch counts as running until this has resolved, and after a
   * crash of the engine it is called again. `end` in UTC ms.
   */
  readonly onEnded?: (launch: WatchedLaunch, end: number) => Promise<void> | void;
}
