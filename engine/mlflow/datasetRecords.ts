import { createHash, randomUUID } from "node:crypto";
import type { DatasetRecordPut } from "../store/operations/evaluationDatasets.ts";
import { type PythonJson, type PythonObject, PythonNumber, dumpPython, parsePython } from "../store/pythonJson.ts";
import type { EvaluationRecord } from "../store/read/evaluationDatasets.ts";
import { invalid } from "./errors.ts";

const sourceTypes = ["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"];

/** The tag that says who. */
export const USER_TAG = "mlflow.user";

/** The records of a call, from their JSON text. */
export function recordsOf(text: string): DatasetRecordPut[] {
  const list = parsePython(text);
  if (list instanceof Map && list.size === 0) return [];
  if (!Array.isArray(list)) throw invalid("Invalid value for parameter 'records' supplied: it must be the JSON of a list of objects.");
  return list.map((record: PythonJson) => {
    if (!(record instanceof Map)) throw invalid("Each record must be a dictionary");
    return put(record);
  });
}

function put(record: PythonObject): DatasetRecordPut {
  const inputs = record.get("inputs") ?? (record.has("inputs") ? null : new Map<string, PythonJson>());
  if (!(inputs instanceof Map)) throw invalid("Each record must have an 'inputs' field that is an object");
  const tags = objectOf(record, "tags");
  const source = sourceOf(record.get("source") ?? null);
  const user = tags?.get(USER_TAG);
  return {
    recordId: `dr-${randomUUID().replaceAll("-", "")}`,
    inputHash: createHash("sha256").update(dumpPython(inputs, true)).digest("hex"),
    inputs: dumpPython(inputs),
    ...(record.has("outputs") ? { outputs: nullable(record.get("outputs") ?? null) } : {}),
    expectations: nullable(objectOf(record, "expectations")),
    tags: nullable(tags),
    source: source === null ? null : dumpPython(new Map<string, PythonJson>([["source_type", source.type], ["source_data", source.data]])),
    sourceId: source?.id ?? null,
    sourceType: source?.type ?? null,
    user: typeof user === "string" ? user : null,
  };
}

/** What is empty says nothing, as in Python. */
function objectOf(record: PythonObject, name: string): PythonObject | null {
  const value = record.get(name) ?? null;
  if (value === null) return null;
  if (!(value instanceof Map)) throw invalid(`Invalid value for '${name}' of a record: it must be an object.`);
  return value;
}

function sourceOf(value: PythonJson): { type: string; data: PythonObject; id: string | null } | null {
  if (value === null || (value instanceof Map && value.size === 0)) return null;
  const given = value instanceof Map ? value.get("source_type") : value;
  const type = typeof given === "string" ? given.toUpperCase() : "";
  if (!sourceTypes.includes(type)) {
    throw invalid(`Invalid dataset record source type: ${type}. Valid source types: [${sourceTypes.map((name) => `'${name}'`).join(", ")}]`);
  }
  const field = value instanceof Map ? (value.get("source_data") ?? null) : null;
  const data: PythonObject = field instanceof Map ? field : new Map();
  const id = data.get(type === "TRACE" ? "trace_id" : "source_id");
  return { type, data, id: typeof id === "string" ? id : null };
}

function nullable(value: PythonJson): string | null {
  return value === null ? null : dumpPython(value);
}

/** The JSON text of records, as MLflow's server writes it. */
export function recordsText(datasetId: string, records: readonly EvaluationRecord[]): string {
  const text = (value: string): string => dumpPython(value);
  const fields = (record: EvaluationRecord): [string, string | null][] => [
    ["dataset_record_id", text(record.recordId)],
    ["dataset_id", text(datasetId)],
    ["inputs", record.inputs],
    ["expectations", record.expectations],
    ["tags", record.tags],
    ["source", record.source],
    ["source_id", record.sourceId === null ? null : text(record.sourceId)],
    ["source_type", record.sourceType === null ? null : text(record.sourceType)],
    ["created_time", String(record.created)],
    ["last_update_time", String(record.updated)],
    ["created_by", record.createdBy === null ? null : text(record.createdBy)],
    ["last_updated_by", record.updatedBy === null ? null : text(record.updatedBy)],
    ["outputs", record.outputs],
  ];
  const object = (record: EvaluationRecord): string =>
    `{${fields(record)
      .flatMap(([name, value]) => (value === null ? [] : [`"${name}": ${value}`]))
      .join(", ")}}`;
  return `[${records.map(object).join(", ")}]`;
}

/** The tags of a data set, from their JSON text: a text each, as Python's `str` writes it; null is none. */
export function datasetTags(text: string): { key: string; value: string }[] {
  const tags = parsePython(text);
  if (!(tags instanceof Map)) throw invalid("Invalid value for parameter 'tags' supplied: it must be the JSON of an object.");
  return [...tags].flatMap(([key, value]) => (value === null ? [] : [{ key, value: tagText(value) }]));
}

function tagText(value: PythonJson): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return value instanceof PythonNumber ? value.text : dumpPython(value);
}
