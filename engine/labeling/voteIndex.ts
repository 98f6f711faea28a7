import type { LabelProblem } from "../api/labeling.ts";
import { itemShard } from "../items/key.ts";
import { standingVote } from "./standing.ts";
import type { Vote } from "./vote.ts";
import { listVoteFiles, readVoteFile, type VoteFile } from "./voteFiles.ts";
import { appendVote, votePath } from "./voteLog.ts";

/** All votes on one item, by annotator. */
export type ItemVotes = ReadonlyMap<string, readonly Vote[]>;

/** Votes of one of the 256 shards: what depends on `votes/<anyone>/<shard>.jsonl` and on nothing else. */
interface Shard {
  readonly items: Map<string, Map<string, Vote[]>>;
  readonly ids: Map<string, Vote>;
}

const none: ItemVotes = new Map();

/**
 * The votes of a set in memory, rebuilt from its files and kept up with them: a changed file costs the re-reading of
 * its shard. Not safe for overlapping calls of `refresh` and `append`; the label set runs them one after another.
 */
export class VoteIndex {
  readonly #dir: string;
  readonly #shownDir: string;
  readonly #files = new Map<string, VoteFile>();
  readonly #shards = new Map<string, Shard>();

  /** `shownDir` is `dir` as problems name it: relative to the store's folder. */
  constructor(dir: string, shownDir: string) {
    this.#dir = dir;
    this.#shownDir = shownDir;
  }

  /** Takes in what changed on disk; true where anything did. */
  async refresh(): Promise<boolean> {
    const stamps = await listVoteFiles(this.#dir);
    const stale = [...stamps].filter(([path, stamp]) => this.#files.get(path)?.stamp !== stamp);
    const gone = [...this.#files.keys()].filter((path) => !stamps.has(path));
    // Sixteen at a time: enough for a disk, few enough for the limit on open files.
    for (let from = 0; from < stale.length; from += 16) {
      const read = stale.slice(from, from + 16).map(async ([path, stamp]) => this.#files.set(path, await readVoteFile(this.#dir, path, stamp, this.#shownDir)));
      await Promise.all(read);
    }
    for (const path of gone) this.#files.delete(path);
    const shards = new Set([...stale.map(([path]) => path), ...gone].map(shardOf));
    const sorted = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const shard of shards) this.#shards.delete(shard);
    for (const [path, file] of sorted) {
      const name = shardOf(path);
      if (shards.has(name)) for (const vote of file.votes) this.#take(this.#shard(name), vote);
    }
    return shards.size > 0;
  }

  /** Writes a vote and takes it in once it is on disk. */
  async append(vote: Vote): Promise<void> {
    const path = votePath(vote.by, vote.item);
    const known = this.#files.get(path);
    const { before, after } = await appendVote(this.#dir, vote);
    // Someone else wrote the file since it was read: an empty stamp makes the next refresh read it again.
    const stamp = (known?.stamp ?? null) === before ? after : "";
    this.#files.set(path, { stamp, votes: [...(known?.votes ?? []), vote], problems: known?.problems ?? [] });
    this.#take(this.#shard(itemShard(vote.item)), vote);
  }

  votesOn(item: string): ItemVotes {
    return this.#shards.get(itemShard(item))?.items.get(item) ?? none;
  }

  /** The vote with this id on this item. */
  find(item: string, id: string): Vote | null {
    const vote = this.#shards.get(itemShard(item))?.ids.get(id);
    return vote && vote.item === item ? vote : null;
  }

  standing(item: string, by: string): Vote | null {
    return standingVote(this.votesOn(item).get(by) ?? []);
  }

  *items(): Generator<readonly [item: string, votes: ItemVotes]> {
    for (const shard of this.#shards.values()) yield* shard.items;
  }

  /** Every vote once, in no particular order. */
  *votes(): Generator<Vote> {
    for (const shard of this.#shards.values()) yield* shard.ids.values();
  }

  get problems(): readonly LabelProblem[] {
    return [...this.#files.values()].flatMap((file) => file.problems);
  }

  #shard(name: string): Shard {
    let shard = this.#shards.get(name);
    if (!shard) this.#shards.set(name, (shard = { items: new Map(), ids: new Map() }));
    return shard;
  }

  #take(shard: Shard, vote: Vote): void {
    if (shard.ids.has(vote.id)) return;
    shard.ids.set(vote.id, vote);
    let item = shard.items.get(vote.item);
    if (!item) shard.items.set(vote.item, (item = new Map()));
    const own = item.get(vote.by);
    if (own) own.push(vote);
    else item.set(vote.by, [vote]);
  }
}

function shardOf(path: string): string {
  return path.slice(-8, -6);
}
