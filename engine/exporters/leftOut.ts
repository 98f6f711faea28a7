/** Lines of damaged artifacts that are said one by one. */
const LINES = 20;

/** What a format has no place for, by the runs that had it, and what was damaged here. */
export class LeftOut {
  readonly #runs = new Map<string, Set<string>>();
  readonly #damaged: string[] = [];

  add(what: string, runId: string): void {
    this.#runs.set(what, (this.#runs.get(what) ?? new Set()).add(runId));
  }

  /** @param what - Path, owner and reason: `m.txt of the run ab12: its content is damaged` */
  damaged(what: string): void {
    this.#damaged.push(what);
  }

  /** `stars (2 runs)`, then a line for each artifact that could not be read. */
  get words(): string[] {
    const more = this.#damaged.length - LINES;
    return [
      ...[...this.#runs].map(([what, { size }]) => `${what} (${size} ${size === 1 ? "run" : "runs"})`),
      ...this.#damaged.slice(0, LINES).map((what) => `artifact ${what}`),
      ...(more > 0 ? [`${more} more ${more === 1 ? "artifact" : "artifacts"} that cannot be read: \`touchstone doctor\` lists them`] : []),
    ];
  }
}
