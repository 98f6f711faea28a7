import type { Counter } from "./finding.ts";
import { mayBeMetric } from "./words.ts";
import { NUMBER, numberOf } from "./values.ts";

/** A progress bar with numbers beside it. */
export interface Bar {
  readonly kind: "tqdm" | "keras";
  /** Text before the bar without its digits: tells bars apart. */
  readonly name: string;
  /** An epoch in the text before the bar. */
  readonly epoch: Counter | null;
  readonly at: number;
  readonly of: number | null;
  readonly values: readonly { readonly key: string; readonly value: number }[];
}

const LONGEST = 1_000;
const TQDM = /^(.*?)(?:\d+%)?\|[^|]*\|\s*(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?|\?)\s*\[([^\]]*)\]?(.*)$/;
const TQDM_OPEN = /^(.*?)(\d+)it \[([^\]]*)\](.*)$/;
const KERAS = /^\s*(\d+)\/(\d+|Unknown)\s*(?:\[[=>.\s]*\]|[━╸╺ ]*)\s*(.*)$/;
const POSTFIX = new RegExp(`(?:^|[,\\s])([A-Za-z_][\\w./@-]*)\\s*=\\s*(${NUMBER})(?=[,\\s\\]]|$)`, "g");
const KERAS_PAIR = new RegExp(`(?:^|\\s-\\s+|-\\s)([A-Za-z_][\\w./@-]*):\\s*(${NUMBER})(?=\\s|$)`, "g");

/** Keras' lines (all versions), tqdm's, and those of what is built on tqdm, such as Lightning. Null where the line is no bar. */
export function readBar(text: string): Bar | null {
  if (text.length > LONGEST) return null;
  const tqdm = TQDM.exec(text);
  if (tqdm) return fromTqdm(tqdm[1] ?? "", tqdm[2] ?? "", tqdm[3] === "?" ? null : (tqdm[3] ?? null), `${tqdm[4] ?? ""},${tqdm[5] ?? ""}`);
  const open = TQDM_OPEN.exec(text);
  if (open) return fromTqdm(open[1] ?? "", open[2] ?? "", null, `${open[3] ?? ""},${open[4] ?? ""}`);
  const keras = KERAS.exec(text);
  if (!keras || !/\d(?:ms|s|us|µs)\b|ETA/.test(keras[3] ?? "")) return null;
  const values = [...(keras[3] ?? "").matchAll(KERAS_PAIR)].map(([, key = "", value = ""]) => ({ key, value: numberOf(value) })).filter(({ key }) => mayBeMetric(key));
  return { kind: "keras", name: "keras", epoch: null, at: Number(keras[1]), of: keras[2] === "Unknown" ? null : Number(keras[2]), values };
}

function fromTqdm(before: string, at: string, of: string | null, after: string): Bar {
  const epoch = /\bepochs?\b\s*[:#[(]?\s*(\d+)(?:\s*\/\s*(\d+))?/i.exec(before);
  // The counter itself may count epochs: `epochs:  30%|███| 3/10 [… loss=0.5]`.
  const values = [...`${before} ,${after}`.matchAll(POSTFIX)].map(([, key = "", value = ""]) => ({ key, value: numberOf(value) })).filter(({ key }) => mayBeMetric(key));
  return {
    kind: "tqdm",
    name: before.replace(/[\d.]+/g, "#").replace(POSTFIX, "").trim(),
    epoch: epoch ? { at: Number(epoch[1]), of: epoch[2] === undefined ? null : Number(epoch[2]) } : null,
    at: Number(at),
    of: of === null ? null : Number(of),
    values,
  };
}
