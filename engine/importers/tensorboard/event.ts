import { body, double, fieldsOf, float, text } from "../bytes/protobuf.ts";

/** One value of a summary. Exactly one of the parts after `metadata` is there; none where it is of a kind that is not known. */
export interface SummaryValue {
  readonly tag: string;
  /** Only on the first value of a tag: which plugin shows it, and what else that wrote there. */
  readonly metadata: { readonly plugin: string; readonly content: Buffer } | null;
  readonly scalar: number | null;
  /** Encoded messages: tensorflow.Summary.Image, HistogramProto, Summary.Audio, TensorProto. */
  readonly image: Buffer | null;
  readonly histogram: Buffer | null;
  readonly audio: Buffer | null;
  readonly tensor: Buffer | null;
}

/** tensorflow.Event, as far as it is read here. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: readonly SummaryValue[];
}

/**
 * Decodes an event (tensorflow/core/util/event.proto, summary.proto).
 *
 * @throws RangeError where the bytes are none
 */
export function decodeEvent(bytes: Buffer): Event {
  let wallTime = 0;
  let step = 0;
  const values: SummaryValue[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) wallTime = double(field);
    else if (field.number === 2) step = field.integer;
    else if (field.number === 5) {
      for (const inner of fieldsOf(body(field))) if (inner.number === 1) values.push(decodeValue(body(inner)));
    }
  }
  return { wallTime, step, values };
}

function decodeValue(bytes: Buffer): SummaryValue {
  const value = { tag: "", metadata: null as SummaryValue["metadata"], scalar: null as number | null, image: null as Buffer | null, histogram: null as Buffer | null, audio: null as Buffer | null, tensor: null as Buffer | null }; // SAFETY: widens each null to what the fields below put there.
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) value.tag = text(field);
    else if (field.number === 2) value.scalar = float(field);
    else if (field.number === 4) value.image = body(field);
    else if (field.number === 5) value.histogram = body(field);
    else if (field.number === 6) value.audio = body(field);
    else if (field.number === 8) value.tensor = body(field);
    else if (field.number === 9) value.metadata = decodeMetadata(body(field));
  }
  return value;
}

function decodeMetadata(bytes: Buffer): SummaryValue["metadata"] {
  let plugin = "";
  let content: Buffer = Buffer.alloc(0);
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 1) continue;
    for (const inner of fieldsOf(body(field))) {
      if (inner.number === 1) plugin = text(inner);
      else if (inner.number === 2) content = body(inner);
    }
  }
  return { plugin, content };
}
