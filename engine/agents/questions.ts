import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { AgentCall } from "../api/agents.ts";
import { type Input, wrongInput } from "./ask.ts";

/** What a person is asked before a tool that writes is run: what would be done, in words, with its values. `cwd` is where a command begins. */
export function questionOf(tool: string, input: Input, cwd: string, title: (run: string) => string): string {
  return visible(questionText(tool, input, cwd, title));
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

function questionText(tool: string, input: Input, cwd: string, title: (run: string) => string): string {
  switch (tool) {
    case "start_run":
      return `Start \`${input.texts("command").map(quoted).join(" ")}\` in ${quoted(cwd)} on this computer and record it?`;
    case "tag_run": {
      const [set, removed, runs] = [Object.entries(input.pairs("set")), input.texts("remove"), input.texts("runs")];
      const what = [...set.map(([key, value]) => `set ${key} = ${value}`), ...removed.map((key) => `remove ${key}`)].join(", ");
      return `Change tags (${what}) of ${runs.length === 1 ? title(runs[0] ?? "") : `${runs.length} runs`}?`;
    }
    case "note_run":
      return `${input.flag("add") ? "Add to" : "Replace"} the note of ${title(input.text("run"))}: “${input.text("note")}”?`;
    case "suggest_label": {
      const { length } = input.list("suggestions");
      return `Show ${length} suggested ${length === 1 ? "label" : "labels"} beside the items of ${input.text("set")}? They are no votes.`;
    }
    default:
      throw wrongInput(`${tool} asks nothing.`);
  }
}

/** A word as a shell takes it: one that holds blanks or signs is not to look like several. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Without characters that move the cursor, break lines, turn the direction of writing or have no width: each is shown by its number. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => (one === "\n" ? "↵" : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`));
}
