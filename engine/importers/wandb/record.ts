import { body, fieldsOf, text } from "../bytes/protobuf.ts";

/** A value somewhere in history, summary, config or stats: its path and its JSON. */
export interface Leaf {
  readonly path: readonly string[];
  readonly json: string;
}

/** What of wandb_internal.proto's `Record` is read here. Times in UTC ms. */
export type WandbRecord =
  | { readonly kind: "history" | "summary" | "config"; readonly leaves: readonly Leaf[]; readonly step: number | null }
  | { readonly kind: "stats"; readonly leaves: readonly Leaf[]; readonly time: number }
  | { readonly kind: "run"; readonly run: RunRecord }
  | { readonly kind: "environment"; readonly program: string; readonly commit: string; readonly remote: string }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "other" };

export interface RunRecord {
  id: string;
  entity: string;
  project: string;
  group: string;
  jobType: string;
  name: string;
  notes: string;
  sweep: string;
  host: string;
  readonly tags: string[];
  start: number | null;
  readonly config: Leaf[];
  readonly summary: Leaf[];
}

/**
 * Decodes a record of a `.wandb` file. Field numbers are those of wandb/proto/wandb_internal.proto of wandb 0.31, which only ever adds.
 *
 * @throws RangeError where the bytes are none
 */
export function decodeRecord(bytes: Buffer): WandbRecord {
  for (const field of fieldsOf(bytes)) {
    switch (field.number) {
      case 2:
        return decodeHistory(body(field));
      case 3:
        return { kind: "summary", leaves: leavesOf(body(field), 1), step: null };
      case 5:
        return { kind: "config", leaves: leavesOf(body(field), 1), step: null };
      case 7:
        return decodeStats(body(field));
      case 17:
        return { kind: "run", run: decodeRun(body(field)) };
      case 18:
        return decodeExit(body(field));
      case 26:
        return decodeEnvironment(body(field));
    }
  }
  return { kind: "other" };
}

function decodeHistory(bytes: Buffer): WandbRecord {
  let step: number | null = null;
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 2) continue;
    step = 0;
    for (const inner of fieldsOf(body(field))) if (inner.number === 1) step = inner.integer;
  }
  return { kind: "history", leaves: leavesOf(bytes, 1), step };
}

/** Items {key 1, nested_key 2 (repeated), value_json 16} in the field of that number. */
function leavesOf(bytes: Buffer, number: number): Leaf[] {
  const leaves: Leaf[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number !== number) continue;
    const path: string[] = [];
    let key = "";
    let json = "null";
    for (const inner of fieldsOf(body(field))) {
      if (inner.number === 1) key = text(inner);
      else if (inner.number === 2) path.push(text(inner));
      else if (inner.number === 16) json = text(inner);
    }
    leaves.push({ path: path.length > 0 ? path : [key], json });
  }
  return leaves;
}

function decodeStats(bytes: Buffer): WandbRecord {
  let time = Number.NaN;
  for (const field of fieldsOf(bytes)) if (field.number === 2) time = timestamp(body(field));
  return { kind: "stats", leaves: leavesOf(bytes, 3), time };
}

function decodeRun(bytes: Buffer): RunRecord {
  const run: RunRecord = { id: "", entity: "", project: "", group: "", jobType: "", name: "", notes: "", sweep: "", host: "", tags: [], start: null, config: [], summary: [] };
  for (const field of fieldsOf(bytes)) {
    switch (field.number) {
      case 1:
        run.id = text(field);
        break;
      case 2:
        run.entity = text(field);
        break;
      case 3:
        run.project = text(field);
        break;
      case 4:
        run.config.push(...leavesOf(body(field), 1));
        break;
      case 5:
        run.summary.push(...leavesOf(body(field), 1));
        break;
      case 6:
        run.group = text(field);
        break;
      case 7:
        run.jobType = text(field);
        break;
      case 8:
        run.name = text(field);
        break;
      case 9:
        run.notes = text(field);
        break;
      case 10:
        run.tags.push(text(field));
        break;
      case 12:
        run.sweep = text(field);
        break;
      case 13:
        run.host = text(field);
        break;
      case 17:
        run.start = timestamp(body(field));
        break;
    }
  }
  return run;
}

function decodeExit(bytes: Buffer): WandbRecord {
  let code = 0;
  for (const field of fieldsOf(bytes)) if (field.number === 1) code = field.integer;
  return { kind: "exit", code };
}

function decodeEnvironment(bytes: Buffer): WandbRecord {
  const found = { program: "", commit: "", remote: "" };
  for (const field of fieldsOf(bytes)) {
    if (field.number === 6) found.program = text(field);
    else if (field.number === 9) {
      for (const inner of fieldsOf(body(field))) {
        if (inner.number === 1) found.remote = text(inner);
        else if (inner.number === 2) found.commit = text(inner);
      }
    }
  }
  return { kind: "environment", ...found };
}

/** google.protobuf.Timestamp as UTC ms. */
function timestamp(bytes: Buffer): number {
  let [seconds, nanos] = [0, 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) seconds = field.integer;
    else if (field.number === 2) nanos = field.integer;
  }
  return seconds * 1000 + Math.floor(nanos / 1e6);
}
