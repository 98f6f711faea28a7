import { randomBytes } from "node:crypto";
import type { VoteState } from "../api/labeling.ts";

/** What a model proposed when the item was shown; `shown` false: it was hidden, to measure its pull. */
export interface VoteSuggestion {
  readonly class: string;
  readonly score: number | null;
  readonly shown: boolean;
  /** The agent that proposed it; absent for the source's own column. */
  readonly by?: string;
}

/** One line of `votes/<annotator>/<shard>.jsonl`. Lines are only ever added. */
export interface Vote {
  /** Random: the same line met twice (a merge, a repeated request) counts once. */
  readonly id: string;
  readonly item: string;
  /** Class id where `state` is `labelled`, else null. */
  readonly class: string | null;
  readonly state: VoteState;
  readonly by: string;
  /** UTC ms of the decision. */
  readonly at: number;
  /** UTC ms when the item was painted; null where it never was (an import). */
  readonly shown: number | null;
  /** First 7 digits of the git blob id of `guidelines.md` as it was; null without guidelines. */
  readonly guide: string | null;
  readonly source: "human" | "import";
  /** The vote of the same annotator that this one takes the place of. */
  readonly replaces: string | null;
  /** The vote that this line takes back; class and state are those that stood before it. */
  readonly undo: string | null;
  readonly suggestion: VoteSuggestion | null;
  readonly note: string;
}

/** 12 letters and digits from 60 random bits: a million votes meet twice with probability 4e-7. */
export function newVoteId(): string {
  return [...randomBytes(12)].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("");
}

/** Ids come from the page too; anything else would let a line break into the file. */
export function isVoteId(id: string): boolean {
  return /^[a-z0-9]{8,24}$/.test(id);
}

/** The line without its end. Keys stand in a fixed order and defaults are left out, so that diffs stay short. */
export function encodeVote(vote: Vote): string {
  return JSON.stringify({
    id: vote.id,
    item: vote.item,
    class: vote.class,
    ...(vote.state === "labelled" ? {} : { state: vote.state }),
    by: vote.by,
    at: vote.at,
    shown: vote.shown,
    guide: vote.guide,
    source: vote.source,
    replaces: vote.replaces,
    ...(vote.undo ? { undo: vote.undo } : {}),
    ...(vote.suggestion ? { suggestion: vote.suggestion } : {}),
    ...(vote.note ? { note: vote.note } : {}),
  });
}

const states: readonly string[] = ["labelled", "out-of-scope", "unsure", "skipped", "retracted"] satisfies VoteState[];

/** Reads a line; a text in words says why it is not a vote. Unknown keys are left alone: a newer version may write them. */
export function decodeVote(line: string): Vote | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "not JSON (a line that was cut off, or a merge conflict)";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not a JSON object";
  // SAFETY: an object that JSON.parse made has only own string keys; every value is checked below.
  const raw = value as Readonly<Record<string, unknown>>;
  const state = raw["state"] ?? "labelled";
  if (typeof raw["id"] !== "string" || raw["id"] === "") return 'no "id"';
  if (typeof raw["item"] !== "string" || raw["item"] === "") return 'no "item"';
  if (typeof raw["by"] !== "string" || raw["by"] === "") return 'no "by"';
  if (typeof raw["at"] !== "number" || !Number.isFinite(raw["at"])) return '"at" is not a time in milliseconds';
  if (typeof state !== "string" || !states.includes(state)) return `unknown "state" ${JSON.stringify(state)}`;
  if (state === "labelled" && typeof raw["class"] !== "string") return 'no "class"';
  return {
    id: raw["id"],
    item: raw["item"],
    class: state === "labelled" && typeof raw["class"] === "string" ? raw["class"] : null,
    // SAFETY: `states` holds exactly the members of VoteState, and `state` is one of them.
    state: state as VoteState,
    by: raw["by"],
    at: raw["at"],
    shown: typeof raw["shown"] === "number" ? raw["shown"] : null,
    guide: typeof raw["guide"] === "string" ? raw["guide"] : null,
    source: raw["source"] === "import" ? "import" : "human",
    replaces: typeof raw["replaces"] === "string" ? raw["replaces"] : null,
    undo: typeof raw["undo"] === "string" ? raw["undo"] : null,
    suggestion: decodeSuggestion(raw["suggestion"]),
    note: typeof raw["note"] === "string" ? raw["note"] : "",
  };
}

function decodeSuggestion(value: unknown): VoteSuggestion | null {
  if (typeof value !== "object" || value === null || !("class" in value) || typeof value.class !== "string") return null;
  const score = "score" in value && typeof value.score === "number" ? value.score : null;
  const by = "by" in value && typeof value.by === "string" ? { by: value.by } : {};
  return { class: value.class, score, shown: "shown" in value && value.shown === true, ...by };
}
