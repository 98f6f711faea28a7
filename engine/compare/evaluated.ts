import type { ComparedSlices } from "../api/compare.ts";
import type { Compute } from "../compute/compute.ts";
import type { Evaluations } from "../evaluation/service.ts";
import type { Store } from "../store/store.ts";
import { brief } from "../runs/answer.ts";
import { letter, list } from "./letters.ts";
import { MOST_KEPT, MOST_ROWS, snapshotFile } from "./snapshotFile.ts";
import { slicesTask } from "./tasks.ts";

/** Where the predictions of each run are better: of the newest evaluation of each, preferably of files with one name. */
export async function compareEvaluations(services: { readonly store: Store; readonly compute: Compute; readonly evaluations: Evaluations }, runIds: readonly string[], against: number, signal: AbortSignal): Promise<ComparedSlices> {
  const { store, compute, evaluations } = services;
  const own = runIds.map((runId) => store.read.evaluations.byRun(runId));
  const wanted = own[against]?.[0] ?? own.find((records) => records[0] !== undefined)?.[0];
  const records = own.map((all) => all.find(({ path, task }) => path === wanted?.path && task === wanted.task) ?? all.find(({ task }) => task === wanted?.task) ?? null);
  const paths = records.map((record) => record?.path ?? null);
  const nothing = { paths, measure: "errors" as const, what: "error rate", paired: false, method: "", left: 0, rows: [], answer: "" };
  const without = records.flatMap((record, i) => (record === null ? [letter(i)] : []));
  if (runIds.length - without.length < 2) {
    return { ...nothing, note: without.length === runIds.length ? "None of these runs was evaluated." : `Only ${letter(records.findIndex((record) => record !== null))} was evaluated; evaluate the predictions of ${list(without)} to see where each is better.` };
  }
  const sides = records.map((record) => (record === null ? null : { source: evaluations.source(record.evaluationId), file: snapshotFile(store, record.evaluationId) }));
  const { missing, ...found } = await compute.run(slicesTask, { sides, against }, { signal });
  const notes = [
    ...(without.length === 0 ? [] : [`${list(without)} ${without.length === 1 ? "was" : "were"} not evaluated.`]),
    ...(missing.length === 0 ? [] : [`The predictions of ${list(missing.map(letter))} were written over since they were evaluated, and what they were is no longer kept (the cache holds the newest ${MOST_KEPT}, of at most ${MOST_ROWS.toLocaleString("en-US")} rows each).`]),
    ...(found.left === 0 ? [] : [`${found.left} rows that not all of them have, ${found.measure === "loss" ? "that stand twice or whose loss is not finite" : "or that stand twice"}, are left out.`]),
  ];
  const usable = records.filter((record, i) => record !== null && !missing.includes(i)).length;
  return { ...(usable < 2 ? nothing : { ...found, answer: slicesAnswer(found, against) }), paths, note: notes.length === 0 ? null : notes.join(" ") };
}

/** How many rows each gets wrong, and where one of them is better than chance would have it. */
export function slicesAnswer({ measure, paired, what, rows }: Pick<ComparedSlices, "measure" | "paired" | "what" | "rows">, against: number): string {
  const [all, ...groups] = rows;
  if (all === undefined) return "";
  const order = [against, ...all.n.map((_, i) => i).filter((i) => i !== against)].filter((i) => all.n[i] !== null);
  const told = order.map((i) => {
    const rate = all.rates[i]?.value ?? Number.NaN;
    const p = all.changes[i]?.p ?? null;
    const chance = p === null ? "" : ` (p ${p < 0.001 ? "< 0.001" : `= ${Number(p.toPrecision(2))}`})`;
    return { i, own: measure === "loss" ? brief(rate) : paired ? String(all.errors[i]) : `${brief(rate * 100)} %`, chance };
  });
  const [first, ...rest] = told;
  if (first === undefined) return "";
  const others = list(rest.map(({ i, own, chance }) => `${letter(i)} ${own}${chance}`));
  const opening = measure === "loss" ? `Mean ${what}${paired ? ` of the same ${all.n[against]} rows` : ""}: ${letter(first.i)} ${first.own}, ${others}` : paired ? `Of the same ${all.n[against]} rows ${letter(first.i)} gets ${first.own} wrong, ${others}` : `${letter(first.i)} gets ${first.own} of its rows wrong, ${others} (other rows)`;
  const clear = rest.flatMap(({ i }) => (["better", "worse"] as const).flatMap((verdict) => {
    const names = groups.filter(({ changes }) => changes[i]?.verdict === verdict).map(({ name }) => name);
    return names.length === 0 ? [] : [`${letter(i)} is ${verdict} on ${list(names.slice(0, 2))}${names.length > 2 ? ` and ${names.length - 2} more` : ""}`];
  }));
  return `${opening}${clear.length === 0 ? "" : `; ${clear.join("; ")}`}.`;
}
