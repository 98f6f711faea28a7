/** What a format has no place for, by the runs that had it. */
export class LeftOut {
  readonly #runs = new Map<string, Set<string>>();

  add(what: string, runId: string): void {
    this.#runs.set(what, (this.#runs.get(what) ?? new Set()).add(runId));
  }

  /** `stars (2 runs)` */
  get words(): string[] {
    return [...this.#runs].map(([what, { size }]) => `${what} (${size} ${size === 1 ? "run" : "runs"})`);
  }
}
