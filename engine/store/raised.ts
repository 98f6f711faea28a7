import type { RunException } from "../api/runs.ts";

/** An exception as it is stored with its run. */
export interface Raised extends RunException {
  readonly time: number;
  /** It ended the script's own process, not a child or a thread of it. */
  readonly main?: boolean;
  /** How often the launcher had started the rank again. */
  readonly attempt?: number;
}

/**
 * Which of two exceptions of a launch says why it failed; `next` came later. The script's own goes before those of its children,
 * threads and launchers. Of a distributed job's ranks the first one is the cause: the others fail because that one is gone; what
 * happened before the ranks were started again was not the end.
 */
export function outranks(next: Raised, before: Raised | null): boolean {
  if (before === null) return true;
  if (isOwn(next) !== isOwn(before)) return isOwn(next);
  if (next.rank !== undefined && before.rank !== undefined) return (next.attempt ?? 0) > (before.attempt ?? 0);
  return isOwn(next);
}

function isOwn({ main, rank }: Raised): boolean {
  return main === true || rank !== undefined;
}
