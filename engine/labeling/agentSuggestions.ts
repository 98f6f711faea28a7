import { closeSync, fsyncSync, lstatSync, readFileSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LabelProblem, SuggestedLabel } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { NOT_PLAIN, openToAppend } from "./appendFile.ts";
import { fileStamp } from "./voteLog.ts";

/** One line of `labels/<set>/suggestions/<agent>.jsonl`. */
interface Line extends SuggestedLabel {
  readonly by: string;
  /** UTC ms. */
  readonly at: number;
}

/**
 * What agents suggested for the items of a set: files beside the votes, one an agent, lines only ever added, merged by git
 * as votes are. For one item the latest line counts.
 */
export class AgentSuggestions {
  readonly #dir: string;
  readonly #shownDir: string;
  #stamp = "";
  #byItem = new Map<string, Line>();
  #problems: LabelProblem[] = [];

  constructor(dir: string, shownDir: string) {
    this.#dir = dir;
    this.#shownDir = shownDir;
  }

  get problems(): readonly LabelProblem[] {
    return this.#problems;
  }

  of(item: string): Line | null {
    return this.#byItem.get(item) ?? null;
  }

  /** Takes in what changed on disk. */
  refresh(): void {
    const files = this.#files();
    const stamp = files.map(({ name, stamp: one }) => `${name} ${one}`).join("\n");
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#byItem = new Map();
    this.#problems = [];
    for (const { name, stamp: found } of files) {
      if (found === null) {
        this.#problems.push({ file: `${this.#shownDir}/${name}`, line: 1, message: NOT_PLAIN });
        continue;
      }
      readFileSync(join(this.#dir, name), "utf8").split("\n").forEach((text, index) => {
        if (text.trim() === "") return;
        const line = decode(text);
        if (line === null) this.#problems.push({ file: `${this.#shownDir}/${name}`, line: index + 1, message: "This line is not a suggestion. It is left out." });
        else if ((this.#byItem.get(line.item)?.at ?? -1) <= line.at) this.#byItem.set(line.item, line);
      });
    }
  }

  /** Appends them in one write and syncs the file. Throws `SUGGESTION_REFUSED` where it cannot be written. */
  add(by: string, suggestions: readonly SuggestedLabel[]): void {
    const at = Date.now();
    const text = suggestions.map((one): Line => ({ ...one, by, at })).map((line) => `${JSON.stringify(line)}\n`).join("");
    const file = this.#open(`${slug(by)}.jsonl`);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.refresh();
  }

  #open(name: string): number {
    try {
      return openToAppend(this.#dir, name).file;
    } catch (cause) {
      const message = `The suggestions were not stored: ${cause instanceof Error ? cause.message : String(cause)}.`;
      throw new TouchstoneError({ code: "SUGGESTION_REFUSED", message, file: `${this.#shownDir}/${name}`, hint: "Take the link away or make the folder writable, then suggest again." });
    }
  }

  /** Stamps of the files; null for what is a link or no plain file, which a repository may bring along. */
  #files(): readonly { readonly name: string; readonly stamp: string | null }[] {
    try {
      if (!lstatSync(this.#dir).isDirectory()) return [];
      return readdirSync(this.#dir).filter((name) => name.endsWith(".jsonl")).sort().flatMap((name) => {
        const found = lstatSync(join(this.#dir, name), { throwIfNoEntry: false });
        return found === undefined ? [] : [{ name, stamp: found.isFile() ? fileStamp(found) : null }];
      });
    } catch {
      return [];
    }
  }
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "agent";
}

function decode(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("item" in value) || typeof value.item !== "string" || !("class" in value) || typeof value.class !== "string") return null;
    const by = "by" in value && typeof value.by === "string" ? value.by : "agent";
    const at = "at" in value && typeof value.at === "number" ? value.at : 0;
    const score = "score" in value && typeof value.score === "number" ? value.score : null;
    const reason = "reason" in value && typeof value.reason === "string" ? value.reason : "";
    return { item: value.item, class: value.class, score, reason, by, at };
  } catch {
    return null;
  }
}
