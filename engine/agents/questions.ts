import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { AgentCall } from "../api/agents.ts";
import { type Input, wrongInput } from "./ask.ts";

/** Titles of runs that a question names; more are counted. */
const TITLES = 5;

/** A run as a question names it. */
export interface AskedRun {
  readonly runId: string;
  readonly title: string;
  /** The address of the MLflow server that the run is of; undefined for a run of this folder. */
  readonly server: string | undefined;
}

/** What a person is asked before a tool that writes is run: what would be done, in words, with its values. `cwd` is where a command begins. */
export function questionOf(tool: string, input: Input, cwd: string, find: (run: string) => AskedRun): string {
  return visible(questionText(tool, input, cwd, find));
}

/**
 * What a person is asked before a tool reads a file of predictions outside of the store's folder, wherever a link on the way leads;
 * null for one within it. `folder` is a real path.
 */
export async function fileQuestion(input: Input, { cwd }: AgentCall, folder: string): Promise<string | null> {
  const named = input.optionalText("file");
  if (named === undefined) return null;
  const path = resolve(cwd ?? folder, named);
  const real = await realpath(path).catch(() => path);
  const root = folder.endsWith(sep) ? folder : folder + sep;
  return real.startsWith(root) ? null : visible(`Read ${quoted(real)} for the agent? It lies outside of ${quoted(folder)}.`);
}

function questionText(tool: string, input: Input, cwd: string, find: (run: string) => AskedRun): string {
  switch (tool) {
    case "start_run":
      return `Start \`${input.texts("command").map(quoted).join(" ")}\` in ${quoted(cwd)} on this computer and record it?`;
    case "tag_run": {
      const [set, removed] = [Object.entries(input.pairs("set")), input.texts("remove")];
      // One that is named twice, or by two beginnings of its id, is one.
      const runs = [...new Map(input.texts("runs").map((one) => find(one)).map((one) => [one.runId, one])).values()];
      const what = [...set.map(([key, value]) => `set ${key} = ${value}`), ...removed.map((key) => `remove ${key}`)].join(", ");
      return `Change tags (${what}) of ${titles(runs)}?${writtenTo(runs)}`;
    }
    case "note_run": {
      const run = find(input.text("run"));
      return `${input.flag("add") ? "Add to" : "Replace"} the note of ${run.title}: “${input.text("note")}”?${writtenTo([run])}`;
    }
    case "suggest_label": {
      const { length } = input.list("suggestions");
      return `Show ${length} suggested ${length === 1 ? "label" : "labels"} beside the items of ${input.text("set")}? They are no votes.`;
    }
    default:
      throw wrongInput(`${tool} asks nothing.`);
  }
}

function titles(runs: readonly AskedRun[]): string {
  if (runs.length === 1) return runs[0]?.title ?? "";
  const more = runs.length - TITLES;
  return `${runs.length} runs (${runs.slice(0, TITLES).map(({ title }) => title).join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
}

/** What is changed of a server's run is changed there, for everybody who uses it. */
function writtenTo(runs: readonly AskedRun[]): string {
  const there = new Map<string, number>();
  for (const { server } of runs) if (server !== undefined) there.set(server, (there.get(server) ?? 0) + 1);
  return [...there].map(([server, count]) => ` ${runs.length === 1 ? "It stands" : count === runs.length ? "They stand" : count === 1 ? "One of them stands" : `${count} of them stand`} on ${server} and ${count === 1 ? "is" : "are"} changed there, for everybody.`).join("");
}

/** A word as a shell takes it: one that holds blanks or signs is not to look like several. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Without characters that move the cursor, break lines, turn the direction of writing or have no width: each is shown by its number. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => (one === "\n" ? "↵" : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`));
}
