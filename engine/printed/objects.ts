import { EPOCH_WORDS, isMetricName, isSetting, mayBeMetric, STEP_WORDS } from "./words.ts";
import type { Finding } from "./finding.ts";

const LONGEST = 20_000;

/**
 * A line that is one object with numbers: JSON, or a Python dictionary as `print` shows it. It counts when it has an epoch or
 * step, or a name that measures, or nothing but numbers with a fraction among them; a record of data with a label does not.
 */
export function readObject(text: string): Finding | null {
  const from = text.indexOf("{");
  // Some loggers put a word or two before it: `train_inner | {…}`.
  if (from < 0 || !text.endsWith("}") || text.length > LONGEST || !/^(?:[\w |:.-]{0,40}[|:-] ?)?$/.test(text.slice(0, from))) return null;
  const object = parseObject(text.slice(from));
  if (object === null) return null;

  const finding: Finding = { epoch: null, step: null, values: [] };
  const rest: string[] = [];
  for (const { key, value } of leaves(object)) {
    const name = key.split(/[./]/).at(-1) ?? key;
    const number = typeof value === "number" ? value : numeric(value);
    if (number === null) rest.push(key);
    else if (EPOCH_WORDS.has(name.toLowerCase())) finding.epoch = { at: number, of: null };
    else if (STEP_WORDS.has(name.toLowerCase())) finding.step = { at: number, of: null };
    else if (typeof value === "string") finding.values.push({ key, value: number, quoted: true });
    else finding.values.push({ key, value: number });
  }
  const counted = finding.epoch !== null || finding.step !== null;
  const values = finding.values.filter((found) => mayBeMetric(found.key) && (counted || !found.quoted));
  const measures = values.some((found) => isMetricName(found.key) && !isSetting(found.key));
  const onlyNumbers = from === 0 && rest.length === 0 && values.some((found) => !Number.isInteger(found.value)) && values.some((found) => !isSetting(found.key));
  if (values.every((found) => isSetting(found.key)) || !(counted || measures || onlyNumbers)) return null;
  return { ...finding, values };
}

function numeric(value: unknown): number | null {
  return typeof value === "string" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : null;
}

function* leaves(value: object, prefix = "", depth = 0): Generator<{ key: string; value: unknown }> {
  for (const [name, inner] of Object.entries(value)) {
    const key = prefix === "" ? name : `${prefix}/${name}`;
    if (typeof inner === "object" && inner !== null) {
      if (!Array.isArray(inner) && depth < 4) yield* leaves(inner, key, depth + 1);
    } else if (typeof inner !== "boolean" && inner !== null) {
      yield { key, value: inner };
    }
  }
}

function parseObject(text: string): object | null {
  return parseJson(text) ?? parseJson(text.replace(/(?<=[:\s[,])(-?)(NaN|Infinity)(?=\s*[,}\]])/g, '"$1$2"')) ?? parseJson(fromPython(text));
}

function parseJson(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text, (_, inner: unknown) => (inner === "NaN" ? Number.NaN : inner === "Infinity" ? Infinity : inner === "-Infinity" ? -Infinity : inner));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** `{'loss': 0.5, 'x': np.float64(0.1), 'ok': True}` as JSON. */
function fromPython(text: string): string {
  return text
    .replace(/'([^'"\\]*)'/g, '"$1"')
    .replace(/\b(?:np|numpy|jnp)?\.?(?:float|int)\d+\(([^()]*)\)|\btensor\(([^(),]*)(?:,[^()]*)?\)/g, "$1$2")
    .replace(/\bTrue\b/g, "true")
    .replace(/\bFalse\b/g, "false")
    .replace(/\bNone\b/g, "null")
    .replace(/(?<=[:\s[,])(-?)(nan|inf)(?=\s*[,}\]])/g, (_, sign: string, word: string) => (word === "nan" ? '"NaN"' : `"${sign}Infinity"`));
}
