import { basename, dirname } from "node:path";

/**
 * What metrics of followed logs are called in their run. The first log that has a name owns it; a second log of the same kind puts its
 * folder's name before it; one of another kind says the same once more (Lightning with two loggers), and is left out.
 */
export class MetricNames {
  readonly #owners = new Map<string, { readonly group: string; readonly format: string }>();

  /** What was given before, by an engine that is gone. */
  restore(names: readonly string[], group: string, format: string): void {
    for (const name of names) this.#owners.set(name, { group, format });
  }

  /**
   * Null: it is left out.
   * @param first what it is called where nobody else has the name
   */
  nameOf(key: string, first: string, group: string, format: string): string | null {
    for (const name of [first, `${labelOf(group)}/${key}`, `${basename(dirname(group))}/${labelOf(group)}/${key}`]) {
      const owner = this.#owners.get(name);
      if (owner === undefined) this.#owners.set(name, { group, format });
      else if (owner.format !== format) return null;
      if (owner === undefined || owner.group === group) return name;
    }
    return null;
  }
}

/** A run's id where the log has one, else the name of its folder or file. */
export function labelOf(group: string): string {
  return group.split("#")[1] ?? basename(group).replace(/^run-(.+)\.wandb$/, "$1").replace(/\.(csv|tsv)$/, "");
}
