import { isInner } from "../offline/manifest.ts";
import type { DatasetSource, ExperimentSource, ModelLinkSource, ModelSource, RegisteredModelSource, RunSource, SourceRecord, TraceSource, VersionSource } from "./records.ts";
import { isObject } from "./rows.ts";
import { isId, isStep, isTime } from "./valid.ts";

// What a bundle says in the terms of every tracker. A stranger may have written it: a record with a field of a wrong kind is none.

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;
type Shape<T extends SourceRecord> = { readonly [K in keyof Required<T>]: Check };

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isMoment: Check = (value) => typeof value === "number" && isTime(value);
const isNumber: Check = (value) => typeof value === "number";
const orNull = (check: Check): Check => (value) => value === null || check(value);
const maybe = (check: Check): Check => (value) => value === undefined || check(value);
const anyOf = (...words: readonly string[]): Check => (value) => typeof value === "string" && words.includes(value);
const matches = (pattern: RegExp): Check => (value) => typeof value === "string" && pattern.test(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const arePairs = listOf((one) => isObject(one) && isText(one["key"]) && isText(one["value"]));
const isVersion = matches(/^\d{1,9}$/);
const isModel: Check = (value) => typeof value === "string" && isId(value);

const experiment: Shape<ExperimentSource> = { k: isText, experiment: isText, name: maybe(isText), tags: maybe(arePairs), created: maybe(isMoment), updated: maybe(isMoment), deleted: maybe(isFlag), script: maybe(orNull(isText)) };
const run: Shape<RunSource> = {
  k: isText, run: isText, id: maybe(isText), experiment: maybe(isText), name: maybe(isText), named: maybe(isFlag), status: maybe(anyOf("scheduled", "running", "finished", "failed", "killed")),
  start: maybe(isMoment), end: maybe(orNull(isMoment)), user: maybe(isText), note: maybe(isText), parent: maybe(isText), deleted: maybe((value) => isFlag(value) || isMoment(value)),
};
const dataset: Shape<DatasetSource> = { k: isText, run: isText, name: isText, digest: isText, sourceType: isText, source: isText, schema: orNull(isText), profile: orNull(isText), tags: arePairs };
const modelLink: Shape<ModelLinkSource> = { k: isText, run: isText, direction: anyOf("input", "output"), model: isModel, step: (value) => typeof value === "number" && isStep(value) };
const model: Shape<ModelSource> = {
  k: isText, model: isModel, experiment: isText, name: isText, created: isMoment, updated: isMoment, status: anyOf("LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"),
  statusMessage: orNull(isText), modelType: orNull(isText), run: orNull(isText), params: arePairs, tags: arePairs, deleted: isFlag,
};
const registeredModel: Shape<RegisteredModelSource> = {
  k: isText, name: isText, created: isMoment, updated: isMoment, description: orNull(isText), tags: arePairs,
  aliases: listOf((one) => isObject(one) && isText(one["alias"]) && isVersion(one["version"])),
};
const version: Shape<VersionSource> = {
  k: isText, name: isText, version: isVersion, created: isMoment, updated: isMoment, stage: isText, description: orNull(isText), user: orNull(isText), source: isText, storage: orNull(isText),
  run: orNull(isText), runLink: orNull(isText), model: orNull(isModel), status: anyOf("PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"), statusMessage: orNull(isText), tags: arePairs,
};
const trace: Shape<TraceSource> = {
  k: isText, trace: isModel, experiment: isText, time: isMoment, duration: orNull(isNumber), state: anyOf("OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"), clientRequestId: orNull(isText),
  requestPreview: orNull(isText), responsePreview: orNull(isText), metadata: arePairs, tags: arePairs, assessments: listOf(isObject), spans: orNull(isText),
  // Only the engine's own readers say it.
  mark: (value) => value === undefined,
};

const shapes = new Map<unknown, Readonly<Record<string, Check>>>(Object.entries({ experiment, run, dataset, modelLink, model, registeredModel, version, trace }));

/** The record as its type has it; the name of the field that is of a wrong kind; null for a record that no shape is for. */
export function commonOf(said: Fields): SourceRecord | { readonly wrong: string } | null {
  const shape = shapes.get(said["k"]);
  if (shape === undefined) return null;
  const wrong = Object.keys(shape).find((field) => shape[field]?.(said[field]) !== true);
  if (wrong !== undefined) return { wrong };
  const known = Object.fromEntries(Object.keys(shape).flatMap((field) => (said[field] === undefined ? [] : [[field, said[field]]])));
  if (typeof known["script"] !== "string" || !isInner(known["script"])) delete known["script"];
  // SAFETY: each field of its shape was looked at.
  return known as unknown as SourceRecord;
}
