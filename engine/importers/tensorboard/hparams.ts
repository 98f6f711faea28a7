import { body, double, fieldsOf, text } from "../bytes/protobuf.ts";
import type { KeyValue } from "../records.ts";

export interface Session {
  readonly params: readonly KeyValue[];
  readonly status: "finished" | "failed" | "running" | null;
  /** Seconds since 1970. */
  readonly start: number | null;
  readonly end: number | null;
}

const STATUS = [null, "finished", "failed", "running"] as const; // SAFETY: tensorboard.hparams.Status by number.

/**
 * What the hparams plugin says of a session (tensorboard/plugins/hparams/plugin_data.proto, HParamsPluginData).
 *
 * @throws RangeError where the bytes are none
 */
export function decodeSession(content: Buffer): Session {
  const params: KeyValue[] = [];
  let status: Session["status"] = null;
  let start: number | null = null;
  let end: number | null = null;
  for (const field of fieldsOf(content)) {
    if (field.number === 3) {
      for (const inner of fieldsOf(body(field))) {
        if (inner.number === 1) params.push(decodeEntry(body(inner)));
        else if (inner.number === 5) start = double(inner);
      }
    } else if (field.number === 4) {
      for (const inner of fieldsOf(body(field))) {
        if (inner.number === 1) status = STATUS[inner.integer] ?? null;
        else if (inner.number === 2) end = double(inner);
      }
    }
  }
  return { params: params.filter(({ key }) => key !== ""), status, start, end };
}

function decodeEntry(bytes: Buffer): KeyValue {
  let key = "";
  let value = "";
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = text(field);
    else if (field.number === 2) value = decodeValue(body(field), 0);
  }
  return { key, value };
}

/** google.protobuf.Value as text; lists and objects as JSON-like text. */
function decodeValue(bytes: Buffer, depth: number): string {
  if (depth > 32) throw new RangeError("A hyperparameter is nested too deep.");
  let value = "null";
  for (const field of fieldsOf(bytes)) {
    if (field.number === 2) value = String(double(field));
    else if (field.number === 3) value = text(field);
    else if (field.number === 4) value = field.integer === 0 ? "false" : "true";
    else if (field.number === 6) value = `[${[...fieldsOf(body(field))].map((inner) => decodeValue(body(inner), depth + 1)).join(", ")}]`;
  }
  return value;
}
