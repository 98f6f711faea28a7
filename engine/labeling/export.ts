import type { LabelSet } from "./labelSet.ts";
import { answerOf, standingVote } from "./standing.ts";

export type ExportRow = Readonly<Record<string, string | number | boolean | null>>;

/**
 * One row a vote, in the order of their decisions, with what it replaces: nothing is left out, not even what was
 * taken back. `standing` says which count.
 */
export function voteRows(set: LabelSet): readonly ExportRow[] {
  const names = new Map(set.definition.classes.map((one) => [one.id, one.name]));
  const votes = [...set.index.votes()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const standing = new Set<string>();
  for (const [, byAnnotator] of set.index.items()) for (const own of byAnnotator.values()) standing.add(standingVote(own)?.id ?? "");
  return votes.map((vote) => ({
    id: vote.id,
    item: vote.item,
    label: vote.class === null ? null : (names.get(vote.class) ?? vote.class),
    class: vote.class,
    state: vote.state,
    by: vote.by,
    at: vote.at,
    shown: vote.shown,
    guide: vote.guide,
    source: vote.source,
    replaces: vote.replaces,
    undo: vote.undo,
    standing: standing.has(vote.id),
    suggested: vote.suggestion ? (names.get(vote.suggestion.class) ?? vote.suggestion.class) : null,
    suggestion_shown: vote.suggestion?.shown ?? null,
    note: vote.note,
  }));
}

/** The state of an item over all annotators. */
export type ItemState = "labelled" | "out-of-scope" | "conflict" | "unsure" | "open";

/**
 * One row an item, in the set's order, with the columns that name it in its source and its current label: what the
 * majority of the answers says. A tie has no label and is a conflict; unsure and skipped are no answers. Items that were
 * answered and are no longer in the source come last.
 */
export async function labelRows(set: LabelSet): Promise<readonly ExportRow[]> {
  const names = new Map(set.definition.classes.map((one) => [one.id, one.name]));
  const labelOf = (votes: readonly ReturnType<typeof standingVote>[]) => {
    const current = currentLabel(votes);
    return { label: current.class === null ? null : (names.get(current.class) ?? current.class), ...current };
  };
  const rows: ExportRow[] = [];
  for (let from = 0; from < set.source.keys.length; from += 1000) {
    const places = set.source.keys.slice(from, from + 1000).map((_, index) => from + index);
    const items = await set.source.read(places);
    items.forEach((item, index) => {
      const key = set.source.keys[from + index] ?? "";
      rows.push({ item: key, ...Object.fromEntries(item.named), ...labelOf([...set.index.votesOn(key).values()].map(standingVote)) });
    });
  }
  // What was answered stays answered when the source was written over: without the columns that named it.
  const here = new Set(set.source.keys);
  for (const [key, byAnnotator] of set.index.items()) {
    const gone = here.has(key) ? null : labelOf([...byAnnotator.values()].map(standingVote));
    if (gone !== null && gone.answers > 0) rows.push({ item: key, ...gone });
  }
  return rows;
}

function currentLabel(votes: readonly ReturnType<typeof standingVote>[]): { class: string | null; state: ItemState; answers: number; agreeing: number } {
  const counts = new Map<string, number>();
  for (const vote of votes) {
    const answer = answerOf(vote);
    if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const answers = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!first) return { class: null, state: votes.some((vote) => vote?.state === "unsure") ? "unsure" : "open", answers, agreeing: 0 };
  if (second?.[1] === first[1]) return { class: null, state: "conflict", answers, agreeing: first[1] };
  const outOfScope = first[0] === "out-of-scope";
  return { class: outOfScope ? null : first[0], state: outOfScope ? "out-of-scope" : "labelled", answers, agreeing: first[1] };
}

/** RFC 4180 with a header; a missing value is an empty cell. */
export function toCsv(rows: readonly ExportRow[], columns: readonly string[]): string {
  const cell = (value: string | number | boolean | null | undefined): string => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(cell), ...rows.map((row) => columns.map((column) => cell(row[column])))].map((cells) => `${cells.join(",")}\r\n`).join("");
}

export function toJsonLines(rows: readonly ExportRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
