import { resolve } from "node:path";
import { labelsExportAnswer } from "../../api/cliLabeling.ts";
import { labelsExport } from "../../api/labeling.ts";
import { defineCommand, wrongUse } from "../command.ts";

export const command = defineCommand({
  usage: "SET [options]",
  options: {
    votes: { about: "one line a vote, undone ones included, instead of one line an item" },
    format: { value: "csv|jsonl", about: "default csv, or what the name of the file says" },
    out: { value: "FILE", short: "o", about: "default labels/SET/labels.csv" },
  },
  words: { min: 1, max: 1 },
  schema: labelsExportAnswer,
  async run(call) {
    const [set = ""] = call.words;
    const out = call.options.text("out");
    const wanted = call.options.text("format") ?? (out?.endsWith(".jsonl") ? "jsonl" : "csv");
    const format: "csv" | "jsonl" | null = wanted === "csv" || wanted === "jsonl" ? wanted : null;
    if (format === null) throw wrongUse(`--format is csv or jsonl, not \`${wanted}\`.`);
    const what: "labels" | "votes" = call.options.flag("votes") ? "votes" : "labels";
    const { path, rows } = await call.engine().request(labelsExport, { set, what, format, ...(out === null ? {} : { path: resolve(call.cwd, out) }) }, { signal: call.signal });
    return { answer: { set, what, format, path, rows } };
  },
  print({ path, rows, what }, out) {
    out(`${rows} ${what === "votes" ? "votes" : "items"} are in ${path}`);
  },
});
