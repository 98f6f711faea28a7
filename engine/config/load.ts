import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConfigProblem, DeclaredRows, ProjectConfig, RememberedMapping } from "../api/config.ts";
import { bindPredicate } from "../expressions/bind.ts";
import { ExpressionError } from "../expressions/problem.ts";
import { scopeOf } from "../expressions/scope.ts";
import { checkConfig, type ConfigNames, MAX_CONFIG, noNames } from "./check.ts";
import { ROLES, TASKS } from "./schema.ts";

export const CONFIG_FILE = "touchstone.yaml";

export interface LoadedConfig {
  readonly config: ProjectConfig;
  /** `<folder>/touchstone.yaml` */
  readonly file: string;
  readonly exists: boolean;
  readonly problems: readonly ConfigProblem[];
}

const emptyConfig: ProjectConfig = { metrics: [], baseline: null, references: [], tags: [], slices: [], mappings: [], views: [] };
const cache = new Map<string, { readonly stamp: string; readonly loaded: LoadedConfig }>();

/**
 * What the folder's `touchstone.yaml` says now; read again only when its time, size or inode changed. Parts that are wrong
 * are left out and named in `problems`. Never throws.
 */
export function loadConfig(folder: string): LoadedConfig {
  const file = join(folder, CONFIG_FILE);
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  const stamp = found === undefined ? "none" : `${found.mtimeNs}:${found.size}:${found.ino}`;
  const known = cache.get(file);
  if (known?.stamp === stamp) return known.loaded;
  const loaded = { file, exists: found !== undefined, ...(found === undefined ? { config: emptyConfig, problems: [] } : read(file, Number(found.size))) };
  cache.set(file, { stamp, loaded });
  return loaded;
}

function read(file: string, size: number): Pick<LoadedConfig, "config" | "problems"> {
  try {
    return parseConfig(size > MAX_CONFIG ? " ".repeat(MAX_CONFIG + 1) : readFileSync(file, "utf8"));
  } catch (error) {
    return { config: emptyConfig, problems: [wholeFile(`${CONFIG_FILE} cannot be read: ${error instanceof Error ? error.message : String(error)}`)] };
  }
}

function wholeFile(message: string): ConfigProblem {
  return { severity: "error", message, replacement: null, offset: 0, length: 0, line: 1, column: 1, endLine: 1, endColumn: 1 };
}

/** Reads a text as `touchstone.yaml`. Nothing of a text that is not YAML counts. */
export function parseConfig(text: string, names: ConfigNames = noNames): Pick<LoadedConfig, "config" | "problems"> {
  const { document, problems } = checkConfig(text, names);
  if (document.errors.length > 0) return { config: emptyConfig, problems };
  try {
    return { config: projectConfig(record(document.toJS({ maxAliasCount: 100 }))), problems };
  } catch (error) {
    // `yaml` refuses aliases that unfold into very much.
    if (!(error instanceof ReferenceError)) throw error;
    return { config: emptyConfig, problems: [...problems, wholeFile("The file repeats itself too often through aliases (*name); it is not read.")] };
  }
}

type Json = Readonly<Record<string, unknown>>;

function projectConfig(top: Json): ProjectConfig {
  return {
    metrics: entries(top["metrics"]).map(([key, value]) => ({ key, direction: oneOf(typeof value === "string" ? value : record(value)["direction"], ["up", "down"]), target: number(record(value)["target"]) })),
    baseline: baseline(top["baseline"]),
    references: entries(top["references"]).map(([name, value]) => ({
      name,
      metrics: Object.fromEntries(entries(record(value)["metrics"]).flatMap(([key, one]) => (number(one) === null ? [] : [[key, Number(one)]]))),
      note: text(record(value)["note"]),
    })),
    tags: overRows(top["tags"]),
    slices: overRows(top["slices"]),
    mappings: entries(top["mappings"]).map(([files, value]) => mapping(files, record(value))),
    views: entries(top["views"]).map(([name, value]) => {
      const view = record(value);
      return { name, columns: texts(view["columns"]), sort: texts(view["sort"]), filter: expression(view["filter"]), group: typeof view["group"] === "string" ? [view["group"]] : texts(view["group"]) };
    }),
  };
}

function baseline(value: unknown): ProjectConfig["baseline"] {
  const run = text(value);
  if (run !== null) return { run };
  const where = expression(record(value)["where"]);
  return where === null ? null : { where };
}

function overRows(value: unknown): readonly DeclaredRows[] {
  return entries(value).flatMap(([name, one]) => {
    const isMap = typeof one === "object";
    const where = expression(isMap ? record(one)["where"] : one);
    return where === null ? [] : [{ name, where, note: text(record(one)["note"]) }];
  });
}

function mapping(files: string, value: Json): RememberedMapping {
  const columns = entries(value["columns"]).flatMap(([column, one]) => {
    const role = oneOf(typeof one === "string" ? one : record(one)["role"], ROLES);
    const classes = texts(record(one)["classes"]);
    return role === null ? [] : [{ column, role, ...(classes.length === 0 ? {} : { classes }) }];
  });
  return { files, task: oneOf(value["task"], TASKS), positive: text(value["positive"]), columns };
}

/** An expression that can be read; a wrong one is in `problems` and left out here. */
function expression(value: unknown): string | null {
  if (typeof value !== "string" && typeof value !== "boolean" && typeof value !== "number") return null;
  try {
    bindPredicate(String(value), scopeOf([], true));
    return String(value);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

function record(value: unknown): Json {
  // SAFETY: any object can be read by string keys; each value is checked before its use.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(record(value)).filter(([, one]) => one !== null);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function oneOf<T extends string>(value: unknown, words: readonly T[]): T | null {
  return words.find((word) => word === value) ?? null;
}
