import { lstat, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LabelProblem } from "../api/labeling.ts";
import { itemShard } from "../items/key.ts";
import { NOT_PLAIN } from "./appendFile.ts";
import { decodeVote, type Vote } from "./vote.ts";
import { fileStamp } from "./voteLog.ts";

/** The stamp of what is a link or no plain file. */
const UNREAD = "unread";

export interface VoteFile {
  readonly stamp: string;
  readonly votes: readonly Vote[];
  readonly problems: readonly LabelProblem[];
}

/**
 * Splits a file into votes and lines that are none; `shown` is the path that problems carry, and its name says whose
 * items belong here. A BOM and CRLF are left by some editors.
 */
export function parseVotes(text: string, shown: string): { readonly votes: Vote[]; readonly problems: LabelProblem[] } {
  const votes: Vote[] = [];
  const problems: LabelProblem[] = [];
  const shard = shown.slice(-8, -6);
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  lines.forEach((raw, index) => {
    const line = raw.trim();
    if (line === "") return;
    const vote = decodeVote(line);
    const fault = typeof vote === "string" ? `is not a vote: ${vote}` : itemShard(vote.item) === shard ? null : `belongs into ${itemShard(vote.item)}.jsonl`;
    if (typeof vote !== "string" && fault === null) votes.push(vote);
    else problems.push({ file: shown, line: index + 1, message: `This line ${fault}. It is left out.` });
  });
  return { votes, problems };
}

/** Stamps of all vote files below `votesDir`, by `<annotator>/<shard>.jsonl`. An absent folder has none. */
export async function listVoteFiles(votesDir: string): Promise<Map<string, string>> {
  const stamps = new Map<string, string>();
  for (const annotator of await entries(votesDir)) {
    const names = (await entries(join(votesDir, annotator))).filter((name) => /^[0-9a-f]{2}\.jsonl$/.test(name));
    await Promise.all(
      names.map(async (name) => {
        const found = await lstat(join(votesDir, annotator, name)).catch(() => null);
        if (found) stamps.set(`${annotator}/${name}`, found.isFile() ? fileStamp(found) : UNREAD);
      }),
    );
  }
  return stamps;
}

/** Reads one file. Gone since it was listed: no votes. */
export async function readVoteFile(votesDir: string, path: string, stamp: string, shownDir: string): Promise<VoteFile> {
  if (stamp === UNREAD) return { stamp, votes: [], problems: [{ file: `${shownDir}/${path}`, line: 1, message: NOT_PLAIN }] };
  const text = await readFile(join(votesDir, path), "utf8").catch(() => "");
  return { stamp, ...parseVotes(text, `${shownDir}/${path}`) };
}

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
