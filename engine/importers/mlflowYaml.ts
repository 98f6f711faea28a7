import { isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { readText, reasonOf } from "./files.ts";
import type { ProblemSource } from "./records.ts";

/** meta.yaml of MLflow is some hundred bytes; a trace's preview may make it longer. */
const LIMIT = 1_000_000;

/** The fields of one YAML file as text; what Python wrote without quotes is not taken for a number, so ids keep all their digits. */
export class Meta {
  readonly #map: YAMLMap;

  constructor(map: YAMLMap) {
    this.#map = map;
  }

  /** Null where it is missing or null. */
  text(name: string): string | null {
    const node = this.#map.get(name, true);
    if (!isScalar(node)) return null;
    const value = String(node.value ?? "");
    return node.type === "PLAIN" && (value === "" || value === "null" || value === "~") ? null : value;
  }

  /** A finite number, or null. */
  number(name: string): number | null {
    const text = this.text(name);
    const value = text === null || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : null;
  }

  map(name: string): Meta | null {
    const node = this.#map.get(name);
    return isMap(node) ? new Meta(node) : null;
  }

  get names(): string[] {
    return this.#map.items.map(({ key }) => (isScalar(key) ? String(key.value) : ""));
  }

  /** As values of the types that YAML gives them. */
  get object(): Record<string, unknown> {
    // SAFETY: a map becomes an object; its keys are text.
    return this.#map.toJSON() as Record<string, unknown>;
  }
}

/** The names of the fields of a YAML file, as far as they can be read: a damaged one is named when it is read. None where there is no such file. */
export function fieldNames(file: string): string[] {
  try {
    const { contents } = parseDocument(readText(file, LIMIT) ?? "", { schema: "failsafe", version: "1.1" });
    return isMap(contents) ? new Meta(contents).names : [];
  } catch {
    return [];
  }
}

/** Reads a YAML file; a problem where it is none. `typed` keeps numbers and booleans apart from text (assessments of traces). */
export function readMeta(file: string, shown: string, typed = false): { readonly meta: Meta } | { readonly problem: ProblemSource } {
  const problem = (reason: string, line?: number) => ({ problem: { k: "problem", file: shown, reason, ...(line === undefined ? {} : { line }) } as const });
  let text: string | null;
  try {
    text = readText(file, LIMIT);
  } catch (error) {
    return problem(reasonOf(error));
  }
  if (text === null) return problem(`It has more than ${LIMIT} bytes, so it is no such file of MLflow.`);
  const document = parseDocument(text, typed ? { version: "1.1" } : { schema: "failsafe", version: "1.1" });
  const [error] = document.errors;
  if (error) return problem(`Broken YAML: ${error.message.split("\n")[0]}`, error.linePos?.[0].line);
  if (!isMap(document.contents)) return problem("Broken YAML: it holds no map.", 1);
  return { meta: new Meta(document.contents) };
}
