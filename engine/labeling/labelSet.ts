import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabelItem, LabelProblem, LabelProgress, LabelQueue, LabelSetView, LabelVote, SuggestedLabel, VoteRequest } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { AgentSuggestions } from "./agentSuggestions.ts";
import { assignKeys } from "./keys.ts";
import { OwnVotes } from "./ownVotes.ts";
import { Places } from "./places.ts";
import { parseSetFile, type SetDefinition } from "./setFile.ts";
import type { ItemSource, SourceItem } from "./source.ts";
import { standingVote } from "./standing.ts";
import { suggestionFor } from "./suggestion.ts";
import { Tally } from "./tally.ts";
import { isVoteId, type Vote } from "./vote.ts";
import { VoteIndex } from "./voteIndex.ts";
import { fileStamp } from "./voteLog.ts";

/** Opens the items that a definition names; `problems` collects lines of `items.jsonl` that are none. */
export type OpenSource = (set: string, definition: SetDefinition, problems: LabelProblem[]) => Promise<ItemSource>;

/** What a person can answer; `retracted` is only ever the work of undo. */
const answers: readonly VoteRequest["state"][] = ["labelled", "out-of-scope", "unsure", "skipped"];

interface Opened {
  readonly definition: SetDefinition;
  readonly guidelines: string;
  readonly source: ItemSource;
  readonly problems: readonly LabelProblem[];
  readonly placeOf: ReadonlyMap<string, number>;
}

/**
 * One label set as one annotator works on it. Everything runs in turn: a vote is on disk before the next request of
 * the set is looked at, and a changed file is never read while it is being written.
 */
export class LabelSet {
  readonly set: string;
  readonly dir: string;
  readonly #shownDir: string;
  readonly #openSource: OpenSource;
  readonly #index: VoteIndex;
  readonly #agents: AgentSuggestions;
  #opened: Opened | null = null;
  #by: string | null = null;
  #tally: Tally;
  #places = new Places(0);
  #own = new OwnVotes([]);
  readonly #proposals = new Map<number, SourceItem["proposal"]>();
  #turn: Promise<unknown> = Promise.resolve();
  #guided: { readonly stamp: string; readonly id: string } | null = null;

  /** `dir` is `<folder>/labels/<set>`. */
  constructor(set: string, dir: string, openSource: OpenSource) {
    this.set = set;
    this.dir = dir;
    this.#shownDir = `labels/${set}`;
    this.#openSource = openSource;
    this.#agents = new AgentSuggestions(join(dir, "suggestions"), `${this.#shownDir}/suggestions`);
    this.#index = new VoteIndex(join(dir, "votes"), `${this.#shownDir}/votes`);
    this.#tally = new Tally(this.#index, () => false);
  }

  /** Reads what changed on disk. Throws `LABEL_SET` where labels.yaml or the source cannot be read. */
  refresh(by: string | null): Promise<void> {
    return this.#inTurn(() => this.#refresh(by));
  }

  view(): LabelSetView {
    const { definition, guidelines, problems, source } = this.#require();
    const keys = assignKeys(definition.classes.map((one) => one.key));
    return {
      set: this.set,
      name: definition.name,
      title: definition.title,
      kind: definition.kind,
      classes: definition.classes.map(({ id, name, description }, index) => ({ id, name, description, key: keys.classes[index] ?? "" })),
      keys: keys.actions,
      guidelines,
      files: { labels: `${this.#shownDir}/labels.yaml`, guidelines: `${this.#shownDir}/guidelines.md`, source: definition.source },
      annotator: this.#by,
      progress: this.progress(),
      problems: [...problems, ...this.#index.problems, ...this.#agents.problems],
      notes: source.notes,
    };
  }

  progress(): LabelProgress {
    return this.#tally.progress(this.#by, this.#opened?.source.keys.length ?? 0, this.#own.medianMs());
  }

  get definition(): SetDefinition {
    return this.#require().definition;
  }

  get source(): ItemSource {
    return this.#require().source;
  }

  get index(): VoteIndex {
    return this.#index;
  }

  get tally(): Tally {
    return this.#tally;
  }

  place(item: string): number | null {
    return this.#require().placeOf.get(item) ?? null;
  }

  next(queue: LabelQueue, after: number | null, count: number): Promise<readonly LabelItem[]> {
    return this.#inTurn(() => this.#items(this.#places.next(queue, after, count), queue === "conflicts"));
  }

  /** Stores an answer; resolves once it is on disk. A request that comes again (same id) stores nothing. */
  vote(request: VoteRequest): Promise<LabelVote> {
    return this.#inTurn(async () => {
      const by = this.#requireAnnotator();
      const { definition, placeOf } = this.#require();
      if (!isVoteId(request.id)) throw refused("The vote has no usable id.");
      const stored = this.#index.find(request.item, request.id);
      if (stored) return publicVote(stored);
      const place = placeOf.get(request.item);
      if (place === undefined) throw refused(`The item ${request.item} is not in this label set.`);
      const labelled = request.state === "labelled";
      if (labelled && !definition.classes.some((one) => one.id === request.class)) throw refused("labels.yaml has no such class (any more).");
      if (!answers.includes(request.state)) throw refused("The vote has no such state.");
      const standing = this.#index.standing(request.item, by);
      const vote: Vote = {
        id: request.id,
        item: request.item,
        class: labelled ? request.class : null,
        state: request.state,
        by,
        at: Date.now(),
        shown: Number.isFinite(request.shown) ? request.shown : null,
        guide: this.#guide(),
        source: "human",
        replaces: standing?.id ?? null,
        undo: null,
        suggestion: suggestionFor(definition, await this.#proposal(place), this.#agents.of(request.item), by, request.item),
        note: request.note ?? "",
      };
      await this.#store(vote);
      return publicVote(vote);
    });
  }

  /** Keeps what an agent suggests; all or none. Throws `SUGGESTION_REFUSED` for an item or class that is not in the set. */
  suggest(by: string, suggestions: readonly SuggestedLabel[]): Promise<number> {
    return this.#inTurn(async () => {
      const { definition, placeOf } = this.#require();
      for (const { item, class: wanted } of suggestions) {
        const fault = !placeOf.has(item) ? `The item ${item} is not in this label set.` : definition.classes.some(({ id }) => id === wanted) ? null : "labels.yaml has no such class (any more).";
        if (fault !== null) throw new TouchstoneError({ code: "SUGGESTION_REFUSED", message: fault, hint: "Nothing was stored; label_queue names items and classes." });
      }
      this.#agents.add(by, suggestions);
      return suggestions.length;
    });
  }

  /** Takes the latest answer back with a new line that restores what stood before. */
  undo(id: string): Promise<{ readonly item: LabelItem | null; readonly undone: LabelVote | null }> {
    return this.#inTurn(async () => {
      const by = this.#requireAnnotator();
      if (!isVoteId(id)) throw refused("The vote has no usable id.");
      const again = this.#own.byId(id);
      const undone = again === null ? this.#own.last() : this.#index.find(again.item, again.undo ?? "");
      if (undone === null) return { item: null, undone: null };
      if (again === null) {
        const before = undone.replaces === null ? null : this.#index.find(undone.item, undone.replaces);
        await this.#store({
          ...undone,
          id,
          class: before?.class ?? null,
          state: before?.state ?? "retracted",
          note: before?.note ?? "",
          at: Date.now(),
          guide: before?.guide ?? this.#guide(),
          replaces: this.#index.standing(undone.item, by)?.id ?? null,
          undo: undone.id,
          suggestion: before?.suggestion ?? null,
        });
      }
      const place = this.place(undone.item);
      const [item] = place === null ? [] : await this.#items([place], false);
      return { item: item ?? null, undone: publicVote(undone) };
    });
  }

  async #refresh(by: string | null): Promise<void> {
    const problems: LabelProblem[] = [];
    const file = `${this.#shownDir}/labels.yaml`;
    const text = await readFile(join(this.dir, "labels.yaml"), "utf8").catch(() => {
      throw new TouchstoneError({ code: "LABEL_SET", message: `There is no label set ${this.set}.`, file, hint: "Make one with New Label Set…" });
    });
    const definition = parseSetFile(text, file);
    const source = await this.#openSource(this.set, definition, problems);
    const votesChanged = await this.#index.refresh();
    this.#agents.refresh();
    const guidelines = await readFile(join(this.dir, "guidelines.md"), "utf8").catch(() => "");
    const sameItems = this.#opened?.source === source;
    const placeOf = sameItems && this.#opened ? this.#opened.placeOf : new Map(source.keys.map((key, place) => [key, place]));
    this.#opened = { definition, guidelines, source, problems, placeOf };
    if (votesChanged || !sameItems || by !== this.#by) this.#count(by);
  }

  /** Builds everything that is kept up with each vote. */
  #count(by: string | null): void {
    const { source, placeOf } = this.#require();
    this.#proposals.clear();
    this.#by = by;
    this.#tally = new Tally(this.#index, (item) => placeOf.has(item));
    this.#places = new Places(source.keys.length);
    const own: Vote[] = [];
    for (const [item, votes] of this.#index.items()) {
      const place = placeOf.get(item);
      if (place !== undefined) this.#places.set(place, votes, by);
      if (place !== undefined && by !== null) own.push(...(votes.get(by) ?? []));
    }
    this.#own = new OwnVotes(own);
  }

  async #store(vote: Vote): Promise<void> {
    this.#tally.count(vote.item, this.#index.votesOn(vote.item), -1);
    try {
      await this.#index.append(vote);
      this.#own.add(vote);
    } finally {
      const votes = this.#index.votesOn(vote.item);
      this.#tally.count(vote.item, votes, 1);
      const place = this.place(vote.item);
      if (place !== null) this.#places.set(place, votes, this.#by);
    }
  }

  async #items(places: readonly number[], withOthers: boolean): Promise<readonly LabelItem[]> {
    const { definition, source } = this.#require();
    const rows = await source.read(places);
    if (this.#proposals.size > 1000) this.#proposals.clear();
    rows.forEach((row, index) => this.#proposals.set(places[index] ?? 0, row.proposal));
    return rows.map((row, index): LabelItem => {
      const place = places[index] ?? 0;
      const item = source.keys[place] ?? "";
      const votes = this.#index.votesOn(item);
      const agent = this.#agents.of(item);
      const suggestion = suggestionFor(definition, row.proposal, agent, this.#by ?? "", item);
      const standing = [...votes.values()].map(standingVote).filter((vote) => vote !== null);
      const all = standing.filter((vote) => vote.state !== "retracted").map(publicVote);
      return {
        item,
        place,
        content: row.content,
        source: row.source,
        suggestion: suggestion?.shown ? { class: suggestion.class, score: suggestion.score, ...(suggestion.by === undefined ? {} : { by: suggestion.by, reason: agent?.reason ?? "" }) } : null,
        mine: all.find((vote) => vote.by === this.#by) ?? null,
        others: withOthers ? all.filter((vote) => vote.by !== this.#by) : [],
      };
    });
  }

  /** What a model proposed; known from when the item was sent, as a rule. */
  async #proposal(place: number): Promise<SourceItem["proposal"]> {
    const { definition, source } = this.#require();
    if (definition.suggest === null) return null;
    const known = this.#proposals.get(place);
    return known !== undefined ? known : ((await source.read([place]))[0]?.proposal ?? null);
  }

  /** The git blob id of the guidelines as they are now: it names their text whether it was committed or not. Read again where the file changed. */
  #guide(): string | null {
    const file = join(this.dir, "guidelines.md");
    try {
      const stamp = fileStamp(statSync(file));
      if (this.#guided?.stamp !== stamp) {
        const bytes = readFileSync(file);
        this.#guided = { stamp, id: hash("sha1", Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]), "hex").slice(0, 7) };
      }
      return this.#guided.id;
    } catch {
      return null;
    }
  }

  #require(): Opened {
    if (this.#opened === null) throw refused("The label set is not open.");
    return this.#opened;
  }

  #requireAnnotator(): string {
    if (this.#by === null) throw new TouchstoneError({ code: "ANNOTATOR", message: "Nobody was named who labels here.", hint: "Choose the name under which your votes are kept." });
    return this.#by;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function publicVote({ id, by, class: chosen, state, note }: Vote): LabelVote {
  return { id, by, class: chosen, state, note };
}

function refused(message: string): TouchstoneError {
  return new TouchstoneError({ code: "VOTE_REFUSED", message, hint: "Open the label set again; nothing was stored." });
}
