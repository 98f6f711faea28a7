import type { DatasetRecordPut } from "./operations/evaluationDatasets.ts";
import { type PythonJson, type PythonObject, PythonNumber, dumpPython, parsePython } from "./pythonJson.ts";

/**
 * The schema of an evaluation dataset as MLflow keeps it (store/tracking/sqlalchemy_store.py, `_update_dataset_schema`):
 * the type of each field when it was first seen; of outputs that are no object, their type. JSON text.
 */
export function schemaWith(before: string | null, records: readonly DatasetRecordPut[]): string | null {
  if (before === null && records.length === 0) return null;
  const parsed = before === null ? null : parsePython(before);
  const schema: PythonObject =
    parsed instanceof Map ? parsed : new Map<string, PythonJson>([["inputs", new Map()], ["outputs", new Map()], ["expectations", new Map()], ["version", "1.0"]]);
  for (const record of records) {
    for (const part of ["inputs", "outputs", "expectations"] as const) {
      const text = record[part] ?? null;
      const value = text === null ? null : parsePython(text);
      const known = schema.get(part);
      if (!(known instanceof Map)) continue;
      if (value instanceof Map) {
        for (const [key, field] of value) if (!known.has(key)) known.set(key, typeOf(field));
      } else if (value !== null && part === "outputs" && known.size === 0) {
        schema.set(part, typeOf(value));
      }
    }
  }
  return dumpPython(schema);
}

function typeOf(value: PythonJson): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (value instanceof PythonNumber) return value.isFloat ? "float" : "integer";
  return value instanceof Map ? "object" : "array";
}
