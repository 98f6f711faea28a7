import type { ExportPart } from "../api/exporters.ts";

const words: Readonly<Record<ExportPart, string>> = {
  log: "everything printed (log)",
  environment: "environment: variables, packages, machine and working folder",
  code: "code: commit, uncommitted changes and script",
};

/** What follows from masking, for those who read the part. */
const consequences: Partial<Readonly<Record<ExportPart, string>>> = { code: ": there the code is not what ran" };

/** What a bundle carries of launches, beyond what runs logged: whoever hands the file on should know. */
export class Holds {
  readonly #launches = new Map<ExportPart, Set<string>>();
  readonly #masked = new Map<ExportPart, number>();

  add(part: ExportPart, launchId: string): void {
    this.#launches.set(part, (this.#launches.get(part) ?? new Set()).add(launchId));
  }

  /** Lines of a part in which something was masked. */
  mask(part: ExportPart, lines: number): void {
    this.#masked.set(part, (this.#masked.get(part) ?? 0) + lines);
  }

  /** `code: commit, uncommitted changes and script (2 launches)` */
  get words(): string[] {
    return [...this.#launches].map(([part, { size }]) => {
      const lines = this.#masked.get(part) ?? 0;
      const masked = lines === 0 ? "" : `; what looks like a key or password is masked in ${lines} ${lines === 1 ? "line" : "lines"}${consequences[part] ?? ""}`;
      return `${words[part]} (${size} ${size === 1 ? "launch" : "launches"}${masked})`;
    });
  }
}
