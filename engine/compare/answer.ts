import type { RunComparison, Uncaptured } from "../api/compare.ts";
import { brief } from "../runs/answer.ts";
import { isSeed } from "../runs/seeds.ts";
import { letter, list } from "./letters.ts";
import { unknownWords } from "./unknown.ts";

/** The comparison in a sentence or two: which is better on what, and what differs. */
export function comparisonAnswer(comparison: Omit<RunComparison, "answer">): string {
  return `${verdict(comparison)}${chance(comparison)} ${differences(comparison)}`;
}

type Told = RunComparison["metrics"][number];

/** Whether what was said of the metrics is more than chance, as far as seeds tell. */
function chance({ metrics, heads, against, sameConfiguration, params, code, data }: Omit<RunComparison, "answer">): string {
  const told = toldMetrics(metrics).filter(({ differs, values }) => differs && values.filter((value) => value !== null).length > 1);
  if (told.length === 0) return "";
  const others = heads.flatMap((_, i) => (i !== against && told.some(({ values }) => values[i] !== null) ? [i] : []));
  // What no param says (another command, other code or data) may tell runs of one configuration apart all the same.
  const apart = (i: number): boolean => code.files.some(({ changes }) => changes[i] != null) || data.some(({ digests }) => digests[i] !== digests[against]) || params.some(({ name, values }) => !isSeed(name) && values[i] !== values[against]);
  const same = others.filter((i) => sameConfiguration[i] && !apart(i));
  const alike = others.filter((i) => sameConfiguration[i] && !same.includes(i));
  if (same.length === others.length) return " They repeat one configuration: what lies between them is chance.";
  const once = (i: number): boolean => told.every(({ seeds }) => (seeds[i]?.n ?? 0) < 2);
  if ([against, ...others].every(once)) return " 1 run each: chance is not ruled out.";
  if (alike.length === others.length) return " Chance is not ruled out.";
  const judged = others.filter((i) => told.some(({ chances }) => chances[i] != null));
  const open = others.filter((i) => !sameConfiguration[i] && !judged.includes(i));
  const single = [...(open.length > 0 ? [against] : []), ...open].filter(once);
  const still = once(against) ? [] : open.filter((i) => !once(i));
  const parts = [
    ...judged.map((i) => judgement(told, i, against)),
    ...(same.length === 0 ? [] : [`${list(same.map(letter))} ${same.length === 1 ? "repeats" : "repeat"} the configuration of ${letter(against)}: what lies between them is chance`]),
    ...(alike.length === 0 ? [] : [`of ${list(alike.map(letter))} chance is not ruled out`]),
    ...(single.length === 0 ? [] : [`${list(single.map(letter))} ran once, so chance is not ruled out`]),
    ...(still.length === 0 ? [] : [`the seeds of ${list([against, ...still].map(letter))} do not vary, so chance cannot be judged (is the seed fixed in the code?)`]),
  ];
  const sentence = parts.join("; ");
  return ` ${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** What the seeds say of a run against another one: better or worse on which metrics, and where the two runs themselves say the opposite. */
function judgement(told: readonly Told[], i: number, against: number): string {
  const judged = told.filter(({ chances }) => chances[i] != null);
  const keys = (wanted: string): string[] => judged.filter(({ chances }) => chances[i]?.verdict === wanted).map(({ key }) => key);
  const [better, worse, within] = [keys("better"), keys("worse"), keys("chance")];
  const [first] = judged;
  const shown = judged.length === 1 ? `${first?.key}: 95 % CI ${interval(first?.chances[i])}` : "";
  if (better.length + worse.length === 0) return `over the seeds ${list(within)} of ${letter(i)} and ${letter(against)} ${within.length === 1 ? "is" : "are"} within chance${judged.length === 1 ? ` (95 % CI ${interval(first?.chances[i])})` : ""}`;
  const on = (names: readonly string[]): string => (judged.length === 1 ? "" : names.length === judged.length ? ` on all ${judged.length}` : ` on ${list(names)}`);
  const sides = [...(better.length === 0 ? [] : [`better than ${letter(against)}${on(better)}`]), ...(worse.length === 0 ? [] : [`worse${better.length === 0 ? ` than ${letter(against)}` : ""}${on(worse)}`])];
  const opposed = judged.filter(({ chances, differences }) => chances[i] != null && chances[i].verdict !== "chance" && Number(differences[i]) * chances[i].value < 0);
  return `over the seeds ${letter(i)} is ${sides.join(" and ")} by more than chance${shown === "" ? "" : ` (${shown})`}${opposed.length === 0 ? "" : `, though these two runs say the opposite${opposed.length === judged.length ? "" : ` on ${list(opposed.map(({ key }) => key))}`}`}`;
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

function differences({ heads, params, code, data, environment, unknown: uncaptured }: Omit<RunComparison, "answer">): string {
  const changed = params.filter(({ differs }) => differs).map(({ name }) => name);
  const parts: string[] = [];
  if (code.differs === true) parts.push("code");
  parts.push(...changed.slice(0, TOLD));
  if (changed.length > TOLD) parts.push(`${changed.length - TOLD} more params`);
  const files = data.filter(({ differs }) => differs).length;
  if (files > 0) parts.push(files === 1 ? "one data file" : `${files} data files`);
  const packages = environment.filter(({ differs, kind }) => differs && kind === "package").length;
  if (packages > 0) parts.push(packages === 1 ? "one package" : `${packages} packages`);
  const words = unknownWords({ heads, unknown: uncaptured });
  const unknown = `${code.differs === null ? " Their code cannot be compared." : ""}${words === "" ? "" : ` ${words}`}`;
  const known = (what: Uncaptured): boolean => uncaptured.every((list) => !list.includes(what));
  const same = ["params", ...(code.differs === false ? ["code"] : []), ...(known("data") ? ["data"] : []), ...(known("environment") ? ["packages"] : [])];
  if (parts.length === 0) return `Nothing that was captured differs: same ${list(same)}.${unknown}`;
  const sentence = list(parts);
  const verb = parts.length === 1 && !/^\d/.test(parts[0] ?? "") ? "differs" : "differ";
  // A param's name keeps its spelling, also at the beginning.
  const start = parts[0] === changed[0] ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return `${start} ${verb}.${unknown}`;
}
