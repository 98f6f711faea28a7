import type { ComparedData, ComparedValue } from "../api/compare.ts";
import type { LaunchInfo } from "../api/runs.ts";
import type { RunTable } from "../runs/columns/runTable.ts";
import type { Readers } from "../store/store.ts";

/** One row for each name that any run has; differing ones first, else in the order in which they came. */
function sideBySide(kind: ComparedValue["kind"], sides: readonly (ReadonlyMap<string, string> | null)[]): ComparedValue[] {
  const names = new Set(sides.flatMap((side) => [...(side?.keys() ?? [])]));
  const rows = [...names].map((name): ComparedValue => {
    const values = sides.map((side) => side?.get(name) ?? null);
    // A run of which nothing is known does not differ.
    const known = values.filter((_, i) => sides[i] !== null);
    return { name, kind, values, differs: known.some((value) => value !== known[0]) };
  });
  return differingFirst(rows);
}

function differingFirst<T extends { readonly differs: boolean }>(rows: readonly T[]): T[] {
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}

export function compareParams(table: RunTable, rows: readonly number[]): ComparedValue[] {
  const sides = rows.map((row) => {
    const own = new Map<string, string>();
    for (const [key, values] of table.params) {
      const value = values.get(row);
      if (value !== null) own.set(key, value);
    }
    return own;
  });
  return sideBySide("param", sides);
}

/** Words that are no params (`train.py 4`) tell runs apart too: where nothing else does, the commands stand beside each other. */
export function withCommand(params: readonly ComparedValue[], commands: readonly (string | null)[]): readonly ComparedValue[] {
  const known = commands.filter((command) => command !== null);
  if (params.some(({ differs }) => differs) || known.every((command) => command === known[0])) return params;
  return [{ name: "command", kind: "param", values: commands, differs: true }, ...params];
}

/** Interpreter, host and packages of the launches; runs without a launch say nothing. */
export function compareEnvironment(launches: readonly (LaunchInfo | null)[]): ComparedValue[] {
  const texts = (record: Readonly<Record<string, unknown>>) => new Map(Object.entries(record).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)] as const])));
  const interpreter = sideBySide("interpreter", launches.map((launch) => launch && new Map(launch.interpreter === null ? [] : [["interpreter", launch.interpreter]])));
  const host = sideBySide("host", launches.map((launch) => launch && texts(launch.host)));
  // Packages that were not captured are unknown, not missing.
  const packages = sideBySide("package", launches.map((launch) => (launch && launch.packages.length > 0 ? new Map(launch.packages.map(({ name, version }) => [name, version])) : null)));
  return differingFirst([...interpreter, ...packages, ...host]);
}

/** Files that the launches read, and data sets that the scripts declared. */
export function compareData(read: Readers, runs: readonly { readonly runKey: number; readonly launchKey: number | null }[]): ComparedData[] {
  const sides = runs.map(({ runKey, launchKey }) => {
    const own = new Map<string, { digest: string | null; bytes: number | null }>();
    if (launchKey !== null) for (const { path, digest, bytes } of read.launches.files(launchKey, "input")) own.set(path, { digest, bytes });
    for (const { name, digest } of read.models.datasets(runKey)) own.set(name, { digest, bytes: null });
    return launchKey === null && own.size === 0 ? null : own;
  });
  const names = new Set(sides.flatMap((side) => [...(side?.keys() ?? [])]));
  const rows = [...names].map((name): ComparedData => {
    const found = sides.map((side) => side?.get(name));
    const digests = found.map((one) => one?.digest ?? null);
    // A run of which nothing is known does not differ.
    const known = digests.filter((_, i) => sides[i] !== null);
    return { name, digests, bytes: found.map((one) => one?.bytes ?? null), differs: known.some((digest) => digest !== known[0]) };
  });
  return differingFirst(rows);
}
