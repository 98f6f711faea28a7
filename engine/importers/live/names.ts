import { basename, dirname, relative, sep } from "node:path";

/** Parts of a training that write the same names each into a folder of its own, as Keras' callback does. */
const PARTS = new Set(["train", "training", "validation", "val", "valid", "eval", "evaluation", "test"]);

/**
 * What metrics of followed logs are called in their launch's run. The first log that has a name owns it; a second log of the same kind
 * puts its folder's name before it; one of another kind says the same once more (Lightning with two loggers), and is left out.
 */
export class MetricNames {
  readonly #owners = new Map<string, { readonly group: string; readonly format: string }>();

  /** What was given before, by an engine that is gone. */
  restore(names: readonly string[], group: string, format: string): void {
    for (const name of names) this.#owners.set(name, { group, format });
  }

  /** Null: it is left out. */
  nameOf(key: string, group: string, format: string, groups: readonly string[]): string | null {
    const prefix = format === "tensorboard" ? prefixOf(group, groups) : "";
    // A chart of several curves: its folders are named after it.
    const first = prefix.startsWith(`${key}/`) || prefix.startsWith(`${key}_`) ? prefix.slice(0, -1) : `${prefix}${key}`;
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
function labelOf(group: string): string {
  return group.split("#")[1] ?? basename(group).replace(/^run-(.+)\.wandb$/, "$1").replace(/\.(csv|tsv)$/, "");
}

/** Writers make folders below their own for parts of a chart and for trials; a time as a name is a trial's, which stands alone. */
function prefixOf(group: string, groups: readonly string[]): string {
  const above = groups.find((other) => other !== group && group.startsWith(other + sep));
  if (above !== undefined) return /^\d+(\.\d+)?$/.test(basename(group)) ? "" : `${relative(above, group).split(sep).join("/")}/`;
  return PARTS.has(basename(group).toLowerCase()) ? `${basename(group)}/` : "";
}
