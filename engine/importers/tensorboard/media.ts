import { artifactName } from "../bytes/walk.ts";
import { body, double, doubles, fieldsOf, text } from "../bytes/protobuf.ts";
import { decodeTensor } from "./tensor.ts";

/** A file that a value becomes. */
export interface Media {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A few pictures a step are one value. */
const MOST_IMAGES = 16;

/** @throws RangeError, as all decoders here, where the bytes are not what they should be */
export function image(tag: string, step: number, encoded: Buffer): Media[] {
  for (const field of fieldsOf(encoded)) if (field.number === 4) return [picture(tag, String(step), body(field))];
  return [];
}

/** A tensor of strings: width, height, then each picture encoded. */
export function images(tag: string, step: number, tensor: Buffer): Media[] {
  const pictures = decodeTensor(tensor).strings.slice(2, 2 + MOST_IMAGES);
  return pictures.map((bytes, index) => picture(tag, pictures.length === 1 ? String(step) : `${step}-${index}`, bytes));
}

export function audio(tag: string, step: number, encoded: Buffer): Media[] {
  let type = "audio/wav";
  let bytes: Buffer | null = null;
  for (const field of fieldsOf(encoded)) {
    if (field.number === 4) bytes = body(field);
    else if (field.number === 5) type = text(field);
  }
  return bytes === null ? [] : [{ name: artifactName("audio", tag, `${step}.${/^audio\/(\w{2,5})$/.exec(type)?.[1] ?? "wav"}`), bytes }];
}

/** Texts are Markdown, as TensorBoard shows them; several ones of a tensor follow each other. */
export function texts(tag: string, step: number, tensor: Buffer): Media[] {
  const { strings } = decodeTensor(tensor);
  return [{ name: artifactName("text", tag, `${step}.md`), bytes: Buffer.from(strings.map((bytes) => bytes.toString("utf8")).join("\n\n")) }];
}

/** HistogramProto (tensorflow/core/framework/histogram.proto). */
export function histogram(tag: string, step: number, encoded: Buffer): Media[] {
  const numbers = { min: Number.NaN, max: Number.NaN };
  const limits: number[] = [];
  const counts: number[] = [];
  for (const field of fieldsOf(encoded)) {
    if (field.number === 1) numbers.min = double(field);
    else if (field.number === 2) numbers.max = double(field);
    else if (field.number === 6) limits.push(...doubles(field).slice(0, MOST_BUCKETS));
    else if (field.number === 7) counts.push(...doubles(field).slice(0, MOST_BUCKETS));
  }
  // As TensorBoard reads it (tensorboard/data_compat.py): limits are right edges, the outermost are the values' own.
  const edges = [numbers.min, ...limits.slice(0, -1), numbers.max];
  return [asFile(tag, step, edges, counts)];
}

/** A tensor of [left edge, right edge, count] rows, as TensorFlow 2 writes histograms. */
export function histogramTensor(tag: string, step: number, tensor: Buffer): Media[] {
  const { numbers } = decodeTensor(tensor);
  const rows = Math.min(MOST_BUCKETS, Math.floor(numbers.length / 3));
  const column = (index: number): number[] => Array.from({ length: rows }, (_, row) => numbers[row * 3 + index] ?? Number.NaN);
  return [asFile(tag, step, [...column(0), ...column(1).slice(-1)], column(2))];
}

const MOST_BUCKETS = 10_000;

function asFile(tag: string, step: number, edges: readonly number[], counts: readonly number[]): Media {
  return { name: artifactName("histograms", tag, `${step}.json`), bytes: Buffer.from(JSON.stringify({ step, edges, counts })) };
}

function picture(tag: string, name: string, bytes: Buffer): Media {
  return { name: artifactName("images", tag, `${name}.${ending(bytes)}`), bytes };
}

function ending(bytes: Buffer): string {
  if (bytes.length > 2 && bytes[0] === 0xff && bytes[1] === 0xd8) return "jpg";
  if (bytes.subarray(0, 3).toString("latin1") === "GIF") return "gif";
  return bytes.subarray(8, 12).toString("latin1") === "WEBP" ? "webp" : "png";
}
