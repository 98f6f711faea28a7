import { sliceDefaults, type Slice, type SliceResult, type SliceSettings } from "../api/evaluation.ts";
import type { Estimated } from "../api/tokens.ts";
import { benjaminiHochberg } from "../statistics/benjaminiHochberg.ts";
import { meanInterval, type Moments } from "../statistics/mean.ts";
import { twoProportions } from "../statistics/proportions.ts";
import { createRandom } from "../statistics/random.ts";
import { welch } from "../statistics/welch.ts";
import { wilson } from "../statistics/wilson.ts";
import { pickInto } from "../tables/columns.ts";
import type { Feature } from "./features.ts";
import { digestRows, distinctSets, rowsOf, type Distinct } from "./rowSets.ts";
import { score } from "./score.ts";
import { searchSlices, type Found, type Search } from "./search.ts";
import type { Errors } from "./tally.ts";

export interface SliceInput {
  readonly features: readonly Feature[];
  /** 0 or 1, or a loss of at least 0. */
  readonly errors: Errors;
  /** True: every error is 0 or 1. */
  readonly counted: boolean;
  /** 0-based row of the file, by row; null where they are the same. */
  readonly rowNumbers: Uint32Array | null;
  readonly cancelled: () => boolean;
  readonly onProgress: (done: number, total: number) => void;
}

/** Counts and sums over some rows. */
interface Sums {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

/**
 * The worst slices with their uncertainty. Without `confirm` all rows are searched and q covers every slice that the
 * search could have named, so that searching costs its price; with it one half is searched, the other measures.
 */
export function findSlices(input: SliceInput, asked: Partial<SliceSettings> = {}): Omit<SliceResult, "answer"> {
  const settings = { ...sliceDefaults, ...asked };
  const { errors, features } = input;
  const n = errors.length;
  const start = performance.now();
  const all = sumsOf(errors, null);
  const half = settings.confirm ? halves(n) : null;
  const searched = half ? { features: features.map((feature) => ({ ...feature, codes: pickInto(feature.codes, half.discover, feature.codes.slice(0, half.discover.length)) })), errors: pickInto(errors, half.discover, errors.slice(0, half.discover.length)) } : { features, errors };
  const least = settings.support === null ? Math.max(32, Math.ceil(searched.errors.length / 100)) : Math.ceil(settings.support * (half ? 0.5 : 1));
  const empty = (reason: string): Omit<SliceResult, "answer"> => ({ slices: [], n, features: features.length, support: least, averageRate: all.sum / n, tested: 0, exact: true, reached: "", elapsedMs: performance.now() - start, reason, measure: input.counted ? "errors" : "loss" });
  if (all.sum === 0) return empty("There is no error to explain.");
  if (features.length === 0) return empty("No column is a feature that can be searched.");
  if (searched.errors.length < 2 * least) return empty(`${searched.errors.length} rows are too few: a slice needs ${least}.`);
  const search = searchSlices(searched.features, searched.errors, {
    k: settings.k,
    alpha: settings.alpha,
    support: least,
    largest: settings.most >= 1 ? searched.errors.length - 1 : Math.floor(settings.most * searched.errors.length),
    level: settings.level,
    stop: () => (input.cancelled() ? "cancelled" : performance.now() - start > settings.budgetMs ? "late" : null),
    onPair: input.onProgress,
  });
  const scratch = new Uint32Array(n);
  const sets = distinctSets(searched.features, search.found, scratch, settings.k);
  const exact = search.pairsDone === search.pairs;
  const slices = describe(input, settings, half, search, sets, all, least, scratch);
  return {
    slices,
    n,
    features: features.length,
    support: least,
    averageRate: all.sum / n,
    tested: search.family,
    exact,
    reached: exact ? `all slices of up to ${settings.level} conditions` : `all single conditions, and ${search.pairsDone} of ${search.pairs} pairs of features, in ${Math.round(settings.budgetMs / 1000)} s`,
    elapsedMs: performance.now() - start,
    reason: slices.length === 0 ? "No slice of this size is worse than the average." : null,
    measure: input.counted ? "errors" : "loss",
  };
}

function describe(input: SliceInput, settings: SliceSettings, half: Halves | null, search: Search, chosen: readonly Distinct[], all: Sums, least: number, scratch: Uint32Array): readonly Slice[] {
  const { features, errors, rowNumbers } = input;
  const n = errors.length;
  const covered = new Uint8Array(n);
  const p = new Float64Array(chosen.length);
  const whole = { n, mean: all.sum / n, alpha: settings.alpha, support: least };
  const predicates = (found: Found) => found.terms.map(([feature, value]) => features[feature]!.predicates[value]!);
  const heldAll = half ? sumsOf(errors, half.confirm) : null;
  const rough = chosen.map(({ found, equivalent }, at) => {
    const rows = rowsOf(features, found.terms, scratch);
    const sums = sumsOf(errors, rows);
    const held = half && heldAll ? sumsOf(errors, rows, half.confirms) : null;
    p[at] = held && heldAll ? against(held, heldAll, input.counted) : against(sums, all, input.counted);
    let shared = 0;
    for (let i = 0; i < rows.length; i++) shared += covered[rows[i]!]!;
    const overlap = shared / rows.length;
    if (overlap < 0.5) for (let i = 0; i < rows.length; i++) covered[rows[i]!] = 1;
    if (rowNumbers !== null) for (let i = 0; i < rows.length; i++) rows[i] = rowNumbers[rows[i]!]!;
    return {
      predicates: predicates(found),
      size: sums.n,
      errors: sums.sum,
      score: score(whole, sums.n, sums.sum),
      rate: rateOf(sums, input.counted),
      errorShare: sums.sum / all.sum,
      heldOut: held ? rateOf(held, input.counted) : null,
      rowsDigest: digestRows(rows),
      equivalent: equivalent.map(predicates),
      overlap,
    };
  });
  const q = benjaminiHochberg(p, half ? p.length : search.family);
  return rough.map((slice, i) => ({ ...slice, q: Number.isNaN(q[i]!) ? null : q[i]! }));
}

/** A fixed, seeded half of the rows discovers, the other confirms. */
interface Halves {
  readonly discover: Uint32Array;
  readonly confirm: Uint32Array;
  /** By row: 1 in the confirming half. */
  readonly confirms: Uint8Array;
}

function halves(n: number): Halves {
  const random = createRandom(20_210_618);
  const confirms = new Uint8Array(n);
  const rows = [new Uint32Array(n), new Uint32Array(n)] as const;
  const counts: [number, number] = [0, 0];
  for (let row = 0; row < n; row++) {
    const half = random() < 0.5 ? 0 : 1;
    confirms[row] = half;
    rows[half][counts[half]++] = row;
  }
  return { discover: rows[0].slice(0, counts[0]), confirm: rows[1].slice(0, counts[1]), confirms };
}

/** Over some rows, of those only the marked ones where there are marks. */
function sumsOf(errors: Errors, rows: Uint32Array | null, marked: Uint8Array | null = null): Sums {
  let n = 0;
  let sum = 0;
  let squares = 0;
  const count = rows?.length ?? errors.length;
  for (let i = 0; i < count; i++) {
    const row = rows ? rows[i]! : i;
    if (marked !== null && marked[row] === 0) continue;
    const e = errors[row]!;
    n++;
    sum += e;
    squares += e * e;
  }
  return { n, sum, squares };
}

function momentsOf({ n, sum, squares }: Sums): Moments {
  const mean = sum / n;
  return { n, mean, variance: n > 1 ? Math.max(0, (squares - n * mean * mean) / (n - 1)) : Number.NaN };
}

function rateOf(sums: Sums, counted: boolean): Estimated {
  return counted ? wilson(sums.sum, sums.n, "no rows in the other half") : meanInterval(momentsOf(sums));
}

/** The slice against the rows outside it. */
function against(inside: Sums, all: Sums, counted: boolean): number {
  const outside: Sums = { n: all.n - inside.n, sum: all.sum - inside.sum, squares: all.squares - inside.squares };
  return counted ? twoProportions(inside.sum, inside.n, outside.sum, outside.n) : welch(momentsOf(inside), momentsOf(outside));
}
