import type { RunComparison } from "../api/compare.ts";
import { brief } from "../runs/answer.ts";

/** A, B, … Z, AA, AB … */
export function letter(index: number): string {
  return (index >= 26 ? letter(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));
}

/** The comparison in a sentence or two: which is better on what, and what differs. */
export function comparisonAnswer(comparison: Omit<RunComparison, "answer">): string {
  return `${verdict(comparison)}${chance(comparison)} ${differences(comparison)}`;
}

/** Whether what was said of the metrics is more than chance, as far as seeds tell. */
function chance({ metrics, heads, against, params, code, data }: Omit<RunComparison, "answer">): string {
  const told = toldMetrics(metrics).filter(({ differs, values }) => differs && values.filter((value) => value !== null).length > 1);
  if (told.length === 0) return "";
  const known = told.filter(({ chances }) => chances.some((one) => one !== null));
  if (known.length === 0) {
    const seeds = told[0]?.seeds.map((found) => found?.n ?? 0) ?? [];
    const once = seeds.flatMap((n, i) => (n < 2 ? [letter(i)] : []));
    if (once.length === seeds.length) return " 1 run each: chance is not ruled out.";
    const other = code.differs === true || [...params, ...data].some(({ differs }) => differs);
    if (once.length === 0 && other) return " Chance is not ruled out.";
    return once.length > 0 ? ` ${list(once)} ran once: chance is not ruled out.` : " They repeat one configuration: what lies between them is chance.";
  }
  const parts = heads.flatMap((_, i) => {
    if (i === against) return [];
    const judged = known.filter(({ chances }) => chances[i] !== null);
    const within = judged.filter(({ chances }) => chances[i]?.verdict === "chance").map(({ key }) => key);
    if (judged.length === 0) return [`${letter(i)} ran once, so chance is not ruled out`];
    if (within.length === 0) return [`over the seeds ${letter(i)} differs from ${letter(against)} by more than chance${judged.length === 1 ? ` (${judged[0]?.key}: 95 % CI ${interval(judged[0]?.chances[i])})` : ` on all ${judged.length}`}`];
    return [`over the seeds ${list(within)} of ${letter(i)} and ${letter(against)} ${within.length === 1 ? "is" : "are"} within chance${judged.length === 1 ? ` (95 % CI ${interval(judged[0]?.chances[i])})` : ""}`];
  });
  const sentence = parts.join("; ");
  return ` ${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function interval(chance: RunComparison["metrics"][number]["chances"][number] | undefined): string {
  const signed = (value: number): string => `${value > 0 ? "+" : ""}${brief(Number(value.toPrecision(3)))}`;
  return chance ? `${signed(chance.low)} … ${signed(chance.high)}` : "";
}

/** The key metrics among those of which better is known, else all of them. */
function toldMetrics(metrics: RunComparison["metrics"]): RunComparison["metrics"] {
  const judged = metrics.filter(({ best, key }) => best.length > 0 && !key.startsWith("system/"));
  return judged.some(({ isKey }) => isKey) ? judged.filter(({ isKey }) => isKey) : judged;
}

function verdict({ heads, metrics }: Omit<RunComparison, "answer">): string {
  const told = toldMetrics(metrics);
  if (metrics.length === 0) return "None of these runs logged a metric.";
  const silent = heads.flatMap((head, i) => (metrics.every(({ values, key }) => key.startsWith("system/") || values[i] === null) ? [{ head, i }] : []));
  if (heads.length - silent.length < 2 && silent.length > 0) return silenceOf(silent);
  if (told.length === 0) return "No metric here has a known direction, so none of these runs is better; declare it in touchstone.yaml.";
  const wins = heads.map((_, i) => told.filter(({ best, differs }) => differs && best.length === 1 && best[0] === i).length);
  const most = Math.max(...wins);
  const leaders = wins.flatMap((count, i) => (count === most ? [i] : []));
  const what = told.length === 1 ? (told[0]?.key ?? "") : `${told.length} metrics`;
  if (most === 0) return `These runs are equal on ${told.length === 1 ? what : `all ${what}`}.`;
  if (leaders.length > 1) return `${list(leaders.map(letter))} lead on ${most} of ${what} each; none is better on all.`;
  const leader = leaders[0] ?? 0;
  if (told.length === 1) return `${letter(leader)} is best on ${what}: ${brief(Number(told[0]?.values[leader]))}${lead(told[0], leader)}.`;
  if (most === told.length) return `${letter(leader)} leads on all ${what}.`;
  return heads.length === 2 ? `${letter(leader)} beats ${letter(1 - leader)} on ${most} of ${what}.` : `${letter(leader)} leads on ${most} of ${what}.`;
}

/** Why nothing can be compared: runs without a metric, and how the first of them ended. */
function silenceOf(silent: readonly { head: RunComparison["heads"][number]; i: number }[]): string {
  const [first] = silent;
  const reason = silent.length === 1 && first !== undefined && first.head.error !== null ? ` (${first.head.error})` : "";
  return `${list(silent.map(({ i }) => letter(i)))} logged no metric${reason}, so there is nothing to compare it by.`;
}

/** By how much the best is ahead of the next one. */
function lead(metric: RunComparison["metrics"][number] | undefined, leader: number): string {
  const values = metric?.values.flatMap((value, i) => (value === null || i === leader || value === "NaN" ? [] : [Number(value)])) ?? [];
  const own = Number(metric?.values[leader]);
  const next = metric?.direction === "up" ? Math.max(...values) : Math.min(...values);
  if (values.length === 0 || !Number.isFinite(next) || !Number.isFinite(own)) return "";
  return `, ${brief(Math.abs(own - next))} ${metric?.direction === "up" ? "above" : "below"} the next`;
}

/** Names among the differences that are told before the rest is counted. */
const TOLD = 3;

function differences({ params, code, data, environment }: Omit<RunComparison, "answer">): string {
  const changed = params.filter(({ differs }) => differs).map(({ name }) => name);
  const parts: string[] = [];
  if (code.differs === true) parts.push("code");
  parts.push(...changed.slice(0, TOLD));
  if (changed.length > TOLD) parts.push(`${changed.length - TOLD} more params`);
  const files = data.filter(({ differs }) => differs).length;
  if (files > 0) parts.push(files === 1 ? "one data file" : `${files} data files`);
  const packages = environment.filter(({ differs, kind }) => differs && kind === "package").length;
  if (packages > 0) parts.push(packages === 1 ? "one package" : `${packages} packages`);
  const unknown = code.differs === null ? " Their code cannot be compared." : "";
  if (parts.length === 0) return `Nothing that was captured differs: same params, ${code.differs === false ? "code, " : ""}data and packages.${unknown}`;
  const sentence = list(parts);
  const verb = parts.length === 1 && !/^\d/.test(parts[0] ?? "") ? "differs" : "differ";
  // A param's name keeps its spelling, also at the beginning.
  const start = parts[0] === changed[0] ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return `${start} ${verb}.${unknown}`;
}

/** `A, B and C`. */
export function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
