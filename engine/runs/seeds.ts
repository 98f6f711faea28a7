/**
 * Names of params that choose the randomness of a run and nothing else. A param is a seed where the last part of its name (after
 * dots and slashes, in words) is one of these or ends in one of `seedEndings`. The list is published in the README.
 */
export const seedNames: readonly string[] = ["seed", "random seed", "random state", "rng", "rng seed", "manual seed", "global seed", "seed everything", "randomseed", "randomstate", "rngseed", "manualseed"];

/** `data_seed`, `torch_manual_seed`, `split_random_state`. */
export const seedEndings: readonly string[] = ["seed", "random state"];

/** Words before `seed` that make it a count or a switch instead: `num_seeds`, `use_seed`. */
const notSeeds = new Set(["num", "n", "use", "fix", "set", "no", "number", "count"]);

/** True where runs that differ in this param alone are repetitions of one configuration. */
export function isSeed(key: string): boolean {
  const words = lastPart(key)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  if (words.some((word) => notSeeds.has(word))) return false;
  const name = words.join(" ");
  return seedNames.includes(name) || seedEndings.some((ending) => name.endsWith(` ${ending}`));
}

/** `model.optimizer.lr` is known as `lr` to the one who wrote it. */
export function lastPart(key: string): string {
  return key.slice(Math.max(0, key.search(/[^./]+$/)));
}

/** The published list, in Markdown. */
export function seedTable(): string {
  const names = (list: readonly string[]): string => list.map((name) => `\`${name.replaceAll(" ", "_")}\``).join(" ");
  return `A param is a seed where the last part of its name is one of ${names(seedNames)}, in any spelling (\`randomState\`, \`RANDOM_STATE\`), or ends in ${seedEndings.map((ending) => `\`_${ending.replaceAll(" ", "_")}\``).join(" or ")}; a count or a switch (\`num_seeds\`, \`use_seed\`) is none.`;
}
