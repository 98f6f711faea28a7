import { type Input, wrongInput } from "./ask.ts";

/** What a person is asked before a tool that writes is run: what would be done, in words, with its values. */
export function questionOf(tool: string, input: Input, title: (run: string) => string): string {
  switch (tool) {
    case "start_run":
      return `Start \`${input.texts("command").join(" ")}\` on this computer and record it?`;
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
