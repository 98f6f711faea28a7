import type { ExportPart } from "../api/exporters.ts";

const words: Readonly<Record<ExportPart, string>> = {
  log: "everything printed (log)",
  environment: "environment: variables, packages, machine and working folder",
  code: "code: commit, uncommitted changes and script",
};

/** What a bundle carries of launches, beyond what runs logged: whoever hands the file on should know. */
export class Holds {
  readonly #launches = new Map<ExportPart, Set<string>>();
  masked = 0;

  add(part: ExportPart, launchId: string): void {
    this.#launches.set(part, (this.#launches.get(part) ?? new Set()).add(launchId));
  }

  /** `code: commit, uncommitted changes and script (2 launches)` */
  get words(): string[] {
    return [...this.#launches].map(([part, { size }]) => `${words[part]} (${size} ${size === 1 ? "launch" : "launches"}${part === "log" && this.masked > 0 ? `; what looks like a key or password is masked in ${this.masked} ${this.masked === 1 ? "line" : "lines"}` : ""})`);
  }
}
