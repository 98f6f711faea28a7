import type { RunRecord } from "../../store/records.ts";
import { isSeed, lastPart } from "../seeds.ts";
import type { TextColumn } from "./texts.ts";

/** Params in a title, at most. */
const PARTS = 3;
/** Different values of a param that are told apart when its usefulness is judged. */
const COUNTED = 32;
/** Letters of one value. */
const LETTERS = 24;

/** What is known of one param among the runs of an experiment. */
interface Spread {
  readonly codes: Set<number>;
}

interface Group {
  readonly params: Map<string, Spread>;
  /** Keys that tell runs apart, the most telling first; null until asked. */
  keys: string[] | null;
}

/**
 * A run's title: the name that a person gave it, else the name that its script gave it, else the params that differ among
 * the runs of its experiment (`lr 0.1 · depth 6`).
 */
export class Titles {
  readonly #groups = new Map<number, Group>();
  readonly #params: ReadonlyMap<string, TextColumn>;

  constructor(params: ReadonlyMap<string, TextColumn>) {
    this.#params = params;
  }

  /** Takes note of a run's value of a param. */
  seeParam(experimentId: number, key: string, code: number): void {
    const group = this.#group(experimentId);
    let spread = group.params.get(key);
    if (!spread) group.params.set(key, (spread = { codes: new Set() }));
    const before = spread.codes.size;
    if (code >= 0 && before < COUNTED) spread.codes.add(code);
    if (spread.codes.size !== before) group.keys = null;
  }

  of(run: RunRecord, row: number): string {
    if (run.nameFrom !== "none" && run.name !== "") return run.name;
    const params = this.#parts(this.#group(run.experimentId), row, () => true);
    if (params !== "") return params;
    return run.name === "" ? `run-${run.runId.slice(0, 8)}` : run.name;
  }

  /** What tells a run's configuration apart from others of its experiment: its params without the seeds. Empty where none does. */
  ofConfiguration(run: RunRecord, row: number): string {
    return this.#parts(this.#group(run.experimentId), row, (key) => !isSeed(key));
  }

  #parts(group: Group, row: number, counts: (key: string) => boolean): string {
    const parts: string[] = [];
    for (const key of this.#telling(group)) {
      const value = counts(key) ? (this.#params.get(key)?.get(row) ?? null) : null;
      if (value !== null) parts.push(`${lastPart(key)} ${shortened(value)}`);
      if (parts.length === PARTS) break;
    }
    return parts.join(" · ");
  }

  /** Params with more values tell more, a seed tells least; equally many stand in the order in which they were first seen. */
  #telling(group: Group): string[] {
    group.keys ??= [...group.params]
      .filter(([, { codes }]) => codes.size > 1)
      .sort(([x, a], [y, b]) => Number(isSeed(x)) - Number(isSeed(y)) || b.codes.size - a.codes.size)
      .map(([key]) => key);
    return group.keys;
  }

  #group(experimentId: number): Group {
    let group = this.#groups.get(experimentId);
    if (!group) this.#groups.set(experimentId, (group = { params: new Map(), keys: null }));
    return group;
  }
}

function shortened(value: string): string {
  return value.length > LETTERS ? `${value.slice(0, LETTERS - 1)}…` : value;
}
