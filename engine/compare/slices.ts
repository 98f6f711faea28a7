import type { ComparedSlice, ComparedSlices, SliceChange } from "../api/compare.ts";
import type { Estimated } from "../api/tokens.ts";
import { tTwoSided } from "../statistics/distributions.ts";
import { estimate, unknown } from "../statistics/estimate.ts";
import { meanInterval, moments } from "../statistics/mean.ts";
import { independentProportions, mcnemarExact, pairedProportions } from "../statistics/paired.ts";
import { welch, welchInterval } from "../statistics/welch.ts";
import { wilson } from "../statistics/wilson.ts";
import type { Snapshot, SnapshotGroup } from "./snapshot.ts";

/** Fewer items in a group say nothing. */
const FEWEST = 10;
/** Groups shown, beside all rows. */
const MOST = 14;

/** One evaluation's rows in a group: their errors, in an order that all evaluations share where they are paired. */
type Sides = readonly (Float64Array | null)[];

/**
 * Where each of some evaluations is better: all rows, then tags and slices. Where they cover the same items the differences are
 * paired: items with equal keys are compared one by one. `against` is an index; what was not evaluated is null.
 */
export function compareSnapshots(snapshots: readonly (Snapshot | null)[], against: number): Omit<ComparedSlices, "paths" | "note" | "answer"> {
  const first = snapshots.find((snapshot) => snapshot !== null);
  const measure = first?.measure ?? "errors";
  const usable = snapshots.map((snapshot) => (snapshot?.measure === measure ? snapshot : null));
  const common = commonItems(usable.filter((snapshot) => snapshot !== null));
  const paired = common !== null;
  const what = measure === "errors" ? "error rate" : (first?.lossName ?? "loss");
  const all = { kind: "all" as const, name: "all rows", of: usable.map((snapshot) => (snapshot === null ? null : paired ? errorsAt(snapshot, common.places(snapshot)) : finite(Float64Array.from(snapshot.errors)))) };
  const groups = paired ? pairedGroups(usable, common) : matchedGroups(usable);
  const rows = [all, ...groups].map(({ kind, name, of }) => comparedSlice(kind, name, of, against, measure, paired));
  const [whole, ...rest] = rows;
  const shown = rest.filter(({ n }) => n.every((one) => one === null || one >= FEWEST)).sort((a, b) => strength(b) - strength(a)).slice(0, MOST);
  const only = usable.map((snapshot, i) => (snapshot === null ? 0 : snapshot.errors.length - (all.of[i]?.length ?? 0)));
  return { measure, what, paired, method: methodOf(measure, paired), left: only.reduce((sum, n) => sum + n, 0), rows: whole === undefined ? [] : [whole, ...shown] };
}

function methodOf(measure: "errors" | "loss", paired: boolean): string {
  if (measure === "errors") return paired ? "the same items, paired: intervals by Bonett–Price, p by McNemar's exact test" : "different items: intervals by Newcombe";
  return paired ? "the same items: paired t" : "different items: Welch's t";
}

interface Common {
  /** The rows of an evaluation that hold the common items, in one order for all. */
  places(snapshot: Snapshot): Uint32Array;
}

/**
 * The items that all evaluations cover, where they are most of each; null otherwise. An item that stands twice is not matched, and one
 * whose loss is not finite on some side says nothing of a mean.
 */
function commonItems(snapshots: readonly Snapshot[]): Common | null {
  if (snapshots.length < 2 || snapshots.some(({ keys }) => keys.length === 0)) return null;
  const rows = new Map(snapshots.map((snapshot) => [snapshot, uniqueRows(snapshot.keys)]));
  const [first, ...others] = snapshots.map((snapshot) => rows.get(snapshot)!);
  const shared = [...(first ?? [])].flatMap(([key, row]) => (row >= 0 && others.every((other) => (other.get(key) ?? -1) >= 0) ? [key] : []));
  if (shared.length < FEWEST || snapshots.some(({ keys }) => shared.length < keys.length / 2)) return null;
  const row = (snapshot: Snapshot, key: bigint): number => rows.get(snapshot)?.get(key) ?? 0;
  const told = shared.filter((key) => snapshots.every((snapshot) => Number.isFinite(snapshot.errors[row(snapshot, key)])));
  return { places: (snapshot) => Uint32Array.from(told, (key) => row(snapshot, key)) };
}

/** The row of each key; −1 where several rows have it. */
function uniqueRows(keys: BigUint64Array): ReadonlyMap<bigint, number> {
  const rows = new Map<bigint, number>();
  keys.forEach((key, row) => rows.set(key, rows.has(key) ? -1 : row));
  return rows;
}

interface Group {
  readonly kind: SnapshotGroup["kind"];
  readonly name: string;
  readonly of: Sides;
}

/** Groups that any evaluation knows: for the same items it is enough that one says which belong to it. */
function pairedGroups(snapshots: readonly (Snapshot | null)[], common: Common): Group[] {
  const groups = new Map<string, Group>();
  const places = snapshots.map((snapshot) => (snapshot === null ? null : common.places(snapshot)));
  snapshots.forEach((snapshot, side) => {
    for (const { kind, name, rows } of snapshot?.groups ?? []) {
      if (groups.has(`${kind} ${name}`)) continue;
      const inside = new Set(rows);
      const items = Uint32Array.from(Array.from(places[side] ?? []).flatMap((row, item) => (inside.has(row) ? [item] : [])));
      groups.set(`${kind} ${name}`, { kind, name, of: snapshots.map((other, i) => (other === null ? null : errorsAt(other, items.map((item) => places[i]?.[item] ?? 0)))) });
    }
  });
  return [...groups.values()];
}

/** Groups that every evaluation knows by the same name. */
function matchedGroups(snapshots: readonly (Snapshot | null)[]): Group[] {
  const known = snapshots.filter((snapshot) => snapshot !== null);
  return (known[0]?.groups ?? [])
    .filter(({ kind, name }) => known.every(({ groups }) => groups.some((group) => group.kind === kind && group.name === name)))
    .map(({ kind, name }) => ({ kind, name, of: snapshots.map((snapshot) => (snapshot === null ? null : finite(errorsAt(snapshot, snapshot.groups.find((group) => group.kind === kind && group.name === name)?.rows ?? new Uint32Array(0))))) }));
}

function errorsAt({ errors }: Snapshot, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => errors[row] ?? Number.NaN);
}

function finite(errors: Float64Array): Float64Array {
  return errors.every(Number.isFinite) ? errors : errors.filter(Number.isFinite);
}

function comparedSlice(kind: ComparedSlice["kind"], name: string, sides: Sides, against: number, measure: "errors" | "loss", paired: boolean): ComparedSlice {
  const base = sides[against] ?? null;
  return {
    kind,
    name,
    n: sides.map((side) => side?.length ?? null),
    errors: sides.map((side) => (side === null || measure === "loss" ? null : sum(side))),
    rates: sides.map((side) => (side === null ? null : measure === "errors" ? wilson(sum(side), side.length, "no rows") : meanInterval(moments(side)))),
    changes: sides.map((side, i) => (side === null || base === null || i === against ? null : kind === "slice" ? described(change(side, base, measure, paired)) : change(side, base, measure, paired))),
  };
}

/** A slice was found among the errors of these rows: what it differs by is told, but no test on the same rows is. */
function described({ difference }: SliceChange): SliceChange {
  return { difference, p: null, verdict: "unknown" };
}

/** One side's error minus the other's: below 0 is better. */
export function change(own: Float64Array, base: Float64Array, measure: "errors" | "loss", paired: boolean): SliceChange {
  const { difference, p } = measure === "errors" ? (paired ? pairedErrors(own, base) : { difference: independentProportions(sum(own), own.length, sum(base), base.length), p: null }) : paired ? pairedLosses(own, base) : otherLosses(own, base);
  const verdict = difference.value === null || !Number.isFinite(difference.low) || !Number.isFinite(difference.high) ? "unknown" : difference.low <= 0 && difference.high >= 0 ? "chance" : difference.value < 0 ? "better" : "worse";
  return { difference, p, verdict };
}

function pairedErrors(own: Float64Array, base: Float64Array): { difference: Estimated; p: number } {
  let [onlyOwn, onlyBase] = [0, 0];
  own.forEach((error, i) => {
    if (error === base[i]) return;
    if (error === 1) onlyOwn++;
    else onlyBase++;
  });
  return { difference: pairedProportions(onlyOwn, onlyBase, own.length), p: mcnemarExact(onlyOwn, onlyBase) };
}

function pairedLosses(own: Float64Array, base: Float64Array): { difference: Estimated; p: number | null } {
  const found = moments(own.map((loss, i) => loss - (base[i] ?? Number.NaN)));
  const p = found.variance > 0 ? tTwoSided(found.mean / Math.sqrt(found.variance / found.n), found.n - 1) : null;
  return { difference: meanInterval(found), p };
}

function otherLosses(own: Float64Array, base: Float64Array): { difference: Estimated; p: number | null } {
  const [a, b] = [moments(own), moments(base)];
  const interval = welchInterval(a, b);
  if (interval === null) return { difference: unknown("too few rows, or nothing varies", Math.min(a.n, b.n)), p: null };
  return { difference: estimate(a.mean - b.mean, interval.low, interval.high, a.n + b.n, "Welch"), p: welch(a, b) };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How clearly a group tells runs apart: the largest difference in half widths of its interval. */
function strength({ changes }: ComparedSlice): number {
  return Math.max(0, ...changes.map((one) => (one === null || one.difference.value === null ? 0 : Math.abs(one.difference.value) / ((one.difference.high - one.difference.low) / 2 || 1))));
}
