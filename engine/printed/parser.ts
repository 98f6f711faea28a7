import { type Bar, readBar } from "./bars.ts";
import type { Counter, Finding } from "./finding.ts";
import { readObject } from "./objects.ts";
import { readHeading, readPairs } from "./pairs.ts";
import { Tables } from "./tables.ts";
import { PHASES } from "./words.ts";
import { visible, withoutPrefix } from "./values.ts";

/** A metric that a log shows. */
export interface PrintedMetric {
  readonly key: string;
  readonly value: number;
  /** Null: the line names no whole number to count by; then points of a key are numbered as they come. */
  readonly step: number | null;
  /** 1-based line of the log. */
  readonly line: number;
}

/** A heading such as `Epoch 3/10` counts for so many lines after it, and after each line that it gave a meaning to. */
const LINES_OF_A_HEADING = 100;
/** No person prints a longer line to be read; only an object may be longer. */
const LONGEST_LINE = 2_000;
/** What any line with a metric has, besides a digit: a counter's word or sign, a bar, an object. */
const WORTH_A_LOOK = /epoch|step|iter|round|episode|batch|update|trial|\b(?:ep|it)\b|^\s*\[?\d|[{|%]|-{10}|^\s*(?:e|class|all|train|val|validation|test|eval)\b/i;

/**
 * Finds metrics in what a script prints, line by line, as it comes.
 *
 * The step of a value is
 * - the epoch, where the line (or the heading above it) names an epoch only;
 * - the step, iteration, round … where it names one only;
 * - with both, the step counted on over the epochs: where the step starts again with a new epoch, the steps of the epochs before
 *   are added;
 * - of a progress bar, the epoch in front of it, else the bar's own counter. A bar is read when its last state is known, so that each
 *   epoch gives one value.
 */
export class LogParser {
  readonly #tables = new Tables();
  readonly #cycles = new Map<string, { last: number; epoch: number | null; offset: number }>();
  #line = 0;
  #heading: { readonly epoch: Counter | null; readonly step: Counter | null; line: number } | null = null;
  /** Bars whose last state is not known yet, by name. */
  readonly #pending = new Map<string, { bar: Bar; step: number | null; line: number }>();

  /** @param text a line without its end. @param redrawn it ended with a carriage return: the next one is drawn over it. */
  push(text: string, redrawn = false): PrintedMetric[] {
    if (!redrawn) this.#line++;
    const line = this.#line + (redrawn ? 1 : 0);
    const segments = text.split("\r");
    return segments.flatMap((segment, index) => this.#segment(segment, line, redrawn || index < segments.length - 1));
  }

  /** What is left when the log has ended. */
  end(): PrintedMetric[] {
    return this.#flush();
  }

  #segment(raw: string, line: number, redrawn: boolean): PrintedMetric[] {
    const text = raw.length > 10 * LONGEST_LINE ? "" : visible(raw);
    if (text.trim() === "" || (text.length > LONGEST_LINE && !text.endsWith("}"))) return [];
    if (this.#context(line) === null && !WORTH_A_LOOK.test(text)) return this.#flush();
    const bar = readBar(withoutPrefix(text)) ?? readBar(text);
    if (bar !== null && (bar.values.length > 0 || bar.kind === "keras")) return this.#bar(bar, line);
    const table = this.#tables.read(text);
    if (table.taken) {
      if (table.finding === null) return this.#flush();
      // Ultralytics draws the rows of its table as bars: only the last drawing counts.
      if (redrawn) return [];
      if (table.finding.epoch !== null) this.#heading = { epoch: table.finding.epoch, step: null, line };
      return [...this.#flush(), ...this.#values(table.finding, line, "table")];
    }
    // A bar without numbers (another one's validation, a download) says nothing, and nothing about other bars.
    if (bar !== null) return [];
    const before = this.#flush();
    const plain = withoutPrefix(text).trim();
    const heading = readHeading(plain);
    if (heading !== null) {
      this.#heading = { ...heading, line };
      return before;
    }
    const finding = readObject(plain) ?? readOptuna(plain) ?? readPairs(plain, this.#context(line) !== null);
    if (finding === null) return before;
    if (this.#heading !== null) this.#heading.line = line;
    return [...before, ...this.#values(finding, line, "pairs")];
  }

  #context(line: number): { epoch: Counter | null; step: Counter | null } | null {
    return this.#heading !== null && line - this.#heading.line <= LINES_OF_A_HEADING ? this.#heading : null;
  }

  #values(finding: Finding, line: number, source: string): PrintedMetric[] {
    const context = this.#context(line);
    const bare = finding.epoch === null && finding.step === null;
    const epoch = finding.epoch ?? (finding.step === null || finding.step.of !== null ? (context?.epoch ?? null) : null);
    const step = finding.step ?? (bare ? (context?.step ?? null) : null);
    const group = `${source}:${PHASES[(finding.values[0]?.key ?? "").split(/[_/]/)[0] ?? ""] ?? ""}`;
    const at = this.#stepOf(group, epoch, step);
    return finding.values.map(({ key, value }) => ({ key, value, step: at, line }));
  }

  /** Null for an epoch with a fraction. */
  #stepOf(group: string, epoch: Counter | null, step: Counter | null): number | null {
    if (step === null) return epoch !== null && Number.isSafeInteger(epoch.at) ? epoch.at : null;
    if (!Number.isSafeInteger(step.at)) return null;
    if (epoch === null) return step.at;
    const cycle = this.#cycles.get(group) ?? { last: -1, epoch: null, offset: 0 };
    const again = cycle.epoch !== null && epoch.at > cycle.epoch && step.at <= cycle.last;
    const offset = again ? cycle.offset + (step.of ?? cycle.last) : cycle.offset;
    this.#cycles.set(group, { last: step.at, epoch: epoch.at, offset });
    return offset + step.at;
  }

  #bar(bar: Bar, line: number): PrintedMetric[] {
    const epoch = bar.epoch ?? (bar.kind === "keras" ? (this.#context(line)?.epoch ?? null) : /\bepochs?\b/i.test(bar.name) ? { at: bar.at, of: bar.of } : null);
    const step = epoch === null ? this.#barStep(bar) : epoch.at;
    const pending = this.#pending.get(bar.name);
    const before = pending !== undefined && pending.step !== step ? this.#flush(bar.name) : [];
    // A bar that is closed may be drawn once more without its numbers.
    if (bar.values.length > 0) this.#pending.set(bar.name, { bar, step, line });
    return before;
  }

  /** A bar that begins anew goes on from where it ended. */
  #barStep(bar: Bar): number | null {
    if (bar.kind === "keras") return null;
    const cycle = this.#cycles.get(`bar:${bar.name}`) ?? { last: -1, epoch: null, offset: 0 };
    const offset = bar.at < cycle.last ? cycle.offset + (bar.of ?? cycle.last) : cycle.offset;
    this.#cycles.set(`bar:${bar.name}`, { last: bar.at, epoch: null, offset });
    return Number.isSafeInteger(bar.at) ? offset + bar.at : null;
  }

  #flush(name?: string): PrintedMetric[] {
    const found = [...this.#pending].filter(([other]) => name === undefined || other === name);
    for (const [other] of found) this.#pending.delete(other);
    return found.flatMap(([, { bar, step, line }]) => bar.values.map(({ key, value }) => ({ key, value, step, line })));
  }
}

/** `Trial 3 finished with value: 0.5 and parameters: {…}. Best is …` */
function readOptuna(text: string): Finding | null {
  const match = /^Trial (\d+) finished with value: (-?[\d.]+(?:e-?\d+)?) and parameters: \{/.exec(text);
  return match ? { epoch: null, step: { at: Number(match[1]), of: null }, values: [{ key: "value", value: Number(match[2]) }] } : null;
}

/** Every metric of a whole log. */
export function parseLog(text: string): PrintedMetric[] {
  const parser = new LogParser();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return [...lines.flatMap((line) => parser.push(line.replace(/\r$/, ""))), ...parser.end()];
}
