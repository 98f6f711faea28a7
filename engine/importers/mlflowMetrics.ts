import { readPart, statOf } from "./files.ts";

export interface MetricLine {
  readonly time: number;
  readonly value: number;
  readonly step: number;
  /** Of a model's metric. */
  readonly run: string | null;
  readonly dataset: { readonly name: string; readonly digest: string } | null;
}

export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

const CHUNK = 1 << 20;
/** No line of MLflow is longer: keys and names of data sets end at 500 characters. */
const LONGEST = 64_000;

/** A number as Python prints it. */
export function pythonNumber(text: string): number | null {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  const word = text.toLowerCase();
  if (/^[-+]?nan$/.test(word)) return Number.NaN;
  if (/^[-+]?inf(inity)?$/.test(word)) return word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return null;
}

/**
 * `time value [step [name digest]]` of a run, `time value step run [name digest]` of a model. MLflow's own reader forgets the step of
 * lines that name a data set; this one does not.
 */
export function parseMetricLine(line: string, kind: "run" | "model"): MetricLine | null {
  const fields = line.trim().split(" ");
  const [time = "", value = "", step = "0", ...rest] = fields;
  const run = kind === "model" ? (rest.shift() ?? "") : null;
  const number = pythonNumber(value);
  if (!/^-?\d+$/.test(time) || number === null || !/^-?\d+$/.test(step) || run === "" || rest.length === 1) return null;
  const digest = rest.pop();
  return { time: Number(time), value: number, step: Number(step), run, dataset: digest === undefined ? null : { name: rest.join(" "), digest } };
}

/**
 * The lines of a metric's file from an offset on. Gives the offset behind the last whole line; what follows it is still being written,
 * or, where `complete`, the last line.
 */
export function* metricLines(file: string, from: number, kind: "run" | "model", complete: boolean): Generator<MetricLine | LineProblem, number> {
  let offset = from;
  let rest = "";
  let line = 1;
  // Lines are only counted where one is named.
  const size = statOf(file)?.size ?? 0;
  if (from > 0) for (let at = 0; at < from; at += CHUNK) line += countLines(readPart(file, at, Math.min(CHUNK, from - at)));
  for (let at = from; at < size; at += CHUNK) {
    const bytes = readPart(file, at, CHUNK);
    // Keys and numbers are ASCII; a name of a data set that a chunk cuts in two is only looked at when its line is whole.
    const text = rest + bytes.toString("latin1");
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    for (const one of lines) {
      yield parsed(one, kind, line++);
      offset += one.length + 1;
    }
    if (rest.length > LONGEST) {
      yield { line, reason: "The line is longer than any of MLflow; the rest of the file is left out." };
      return size;
    }
  }
  if (!complete || rest === "") return offset;
  yield parsed(rest, kind, line);
  return offset + rest.length;
}

function parsed(line: string, kind: "run" | "model", number: number): MetricLine | LineProblem {
  return parseMetricLine(Buffer.from(line, "latin1").toString("utf8"), kind) ?? { line: number, reason: `\`${line.slice(0, 60)}\` is no value of a metric (time value step).` };
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 10) count++;
  return count;
}
