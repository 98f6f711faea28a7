import { stat } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { parse as parseToml, stringify as stringifyToml } from "smol-toml";
import { parse as parseYaml, stringify as stringifyYaml } from "yaml";
import type { ParamValue } from "../store/operations.ts";
import { isSecretName, MASK, scrub } from "./node/mask.cjs";
import { isSecretFile } from "./secrets.ts";
import { readWorking } from "./sources.ts";

/** A configuration file with more values gives the first ones as params; it is kept whole all the same. */
export const MOST_KEYS = 500;
const MOST_BYTES = 1024 * 1024;
const LONGEST_VALUE = 6_000;
const DEEPEST = 32;

export interface ConfigFile {
  readonly path: string;
  /** Its values, flattened with dots, secrets masked. */
  readonly params: readonly ParamValue[];
  /** The whole file as it may be kept: secrets masked, comments and order as they were where that is possible. */
  readonly content: Uint8Array;
  readonly notes: readonly string[];
}

interface Format {
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

const json: Format = { parse: (text) => JSON.parse(text.replace(/^\uFEFF/, "")), stringify: (value) => JSON.stringify(value, null, 2) };
const yaml: Format = { parse: (text) => parseYaml(text, { maxAliasCount: 100, logLevel: "error" }), stringify: (value) => stringifyYaml(value) };
// SAFETY: what parseToml gave, with texts replaced, is a table again.
const toml: Format = { parse: (text) => parseToml(text), stringify: (value) => stringifyToml(value) };
const FORMATS: Readonly<Record<string, Format>> = { ".json": json, ".yaml": yaml, ".yml": yaml, ".toml": toml };

/**
 * Configuration files named in arguments (`--config a.yaml`, `--config=a.yaml`, `a.yaml`, `config=a.yaml`), each once.
 * A file that is not there, is too large, secret, or no configuration is passed over; one that does not parse is a note.
 */
export async function readConfigs(words: readonly string[], cwd: string): Promise<ConfigFile[]> {
  const paths = new Set<string>();
  for (const word of words) {
    const value = word.replace(/^-{0,2}[\w.+-]+=/, "");
    if (FORMATS[extname(value).toLowerCase()] && !isSecretFile(value)) paths.add(resolve(cwd, value));
  }
  const found: ConfigFile[] = [];
  for (const path of paths) {
    if (!(await stat(path).catch(() => null))?.isFile()) continue;
    const file = await readWorking(path, MOST_BYTES);
    if (file !== null) found.push(readConfig(path, file.content));
  }
  return found;
}

/** One configuration file; exported for tests and for files that are opened later. */
export function readConfig(path: string, content: Uint8Array): ConfigFile {
  const name = basename(path);
  const text = Buffer.from(content).toString("utf8");
  const parsed = parseText(path, text);
  if ("problem" in parsed) return { path, params: [], content: Buffer.from(scrub(text)), notes: [`${name} could not be read as configuration: ${parsed.problem}`] };
  const leaves = [...flatten(parsed.value)];
  const notes = leaves.length > MOST_KEYS ? [`${name} has ${leaves.length} values: the first ${MOST_KEYS} are params, the file is kept whole.`] : [];
  const params = leaves.slice(0, MOST_KEYS).map(({ key, value }): ParamValue => ({ key, value: maskedLeaf(key, value).slice(0, LONGEST_VALUE), source: "config" }));
  return { path, params, content: Buffer.from(maskText(text, parsed.value, parsed.format)), notes };
}

/** True for a configuration file in which something stands under the name of a secret; references to the environment are none. */
export function holdsSecrets(path: string, content: Uint8Array): boolean {
  const name = basename(path);
  if (/^(package(-lock)?|tsconfig.*|jsconfig|pyrightconfig|composer)\.json$/.test(name)) return false;
  const text = Buffer.from(content).toString("utf8");
  if (/\.(ini|cfg|conf)$/.test(name)) {
    return [...text.matchAll(/^\s*([\w.-]+)\s*[=:]\s*(\S.*)$/gm)].some(([, key, value]) => isSecretName(key ?? "") && !isReference(value ?? ""));
  }
  const parsed = parseText(path, text);
  if ("problem" in parsed) return false;
  return [...flatten(parsed.value)].some(({ key, value }) => {
    const parts = key.split(".");
    const named = isSecretName(parts.at(-1) ?? "") || parts.some((part) => /^(secrets?|credentials?)$/i.test(part));
    return named && typeof value === "string" && !isReference(value);
  });
}

function parseText(path: string, text: string): { value: unknown; format: Format } | { problem: string } {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format === undefined) return { problem: "it is neither YAML, JSON nor TOML." };
  try {
    return { value: format.parse(text), format };
  } catch (error) {
    return { problem: error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error) };
  }
}

/** `${VAR}`, `$VAR`, `{{ var }}`, `env:VAR`, `<your key>` and empty values are no secrets. */
function isReference(value: string): boolean {
  return /^\s*(["']?)(\$|\{\{|env[:.]|<|\*+\1$|oc\.env|!|null$|none$|true$|false$|\1$)/i.test(value) || value.trim() === "";
}

type Leaf = { readonly key: string; readonly value: unknown };

/** Lists of plain values are one value; lists of objects are numbered. */
function* flatten(value: unknown, key = "", depth = 0): Generator<Leaf> {
  const isObject = typeof value === "object" && value !== null && !(value instanceof Date);
  if (!isObject || depth > DEEPEST || (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null))) {
    if (key !== "") yield { key, value };
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* flatten(inner, key === "" ? name : `${key}.${name}`, depth + 1);
}

function maskedLeaf(key: string, value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text !== "" && value !== null && key.split(".").some(isSecretName) ? MASK : scrub(text);
}

/** Puts the mask over secret values where they stand; where that does not reach all, the file is written anew. */
function maskText(text: string, value: unknown, format: Format): string {
  const secrets = [...flatten(value)].filter(({ key, value: leaf }) => leaf !== null && leaf !== "" && key.split(".").some(isSecretName));
  if (secrets.length === 0) return scrub(text);
  let replaced = text;
  for (const { value: leaf } of secrets) {
    // A bare `***` is no value in any of the formats: where it stood without quotes it gets some.
    if (typeof leaf === "string" && leaf.length >= 4) replaced = replaced.replaceAll(`"${leaf}"`, `"${MASK}"`).replaceAll(`'${leaf}'`, `'${MASK}'`).replaceAll(leaf, `"${MASK}"`);
  }
  try {
    const left = [...flatten(format.parse(replaced))].some(({ key, value: leaf }) => key.split(".").some(isSecretName) && leaf !== null && leaf !== "" && leaf !== MASK);
    if (!left) return scrub(replaced);
  } catch {
    // The mask broke the file's syntax: below it is written anew.
  }
  return scrub(format.stringify(maskObject(value)));
}

function maskObject(value: unknown, secret = false): unknown {
  if (Array.isArray(value)) return value.map((item) => maskObject(item, secret));
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskObject(inner, secret || isSecretName(name))]));
  }
  return secret && value !== null && value !== "" ? MASK : value;
}
