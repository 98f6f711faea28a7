import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseLogAnswer } from "../../api/cli.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { parseLog } from "../../printed/parser.ts";
import { defineCommand } from "../command.ts";

/** Beyond this a log is not read as one text. */
const MOST_BYTES = 512 * 1024 * 1024;

export const command = defineCommand({
  usage: "FILE [options]",
  options: {},
  words: { min: 1, max: 1 },
  schema: parseLogAnswer,
  async run({ words, cwd }) {
    const file = resolve(cwd, words[0] ?? "");
    const content = await readFile(file).catch((error: unknown) => {
      throw new TouchstoneError({ code: "LOG_UNREADABLE", message: `The log could not be read: ${error instanceof Error ? error.message : String(error)}`, file });
    });
    if (content.length > MOST_BYTES) throw new TouchstoneError({ code: "LOG_TOO_LARGE", message: "The log is larger than 512 MB.", file, hint: "Give it a part of the log: head -c 100M FILE." });
    const points = parseLog(content.toString("utf8"));
    const keys = [...new Set(points.map(({ key }) => key))].map((key) => ({ key, points: points.filter((point) => point.key === key).length }));
    return { answer: { file, keys, points } };
  },
  print({ keys, points }, out) {
    for (const { line, key, value, step } of points) out(`${String(line).padStart(7)}  ${key} = ${value}${step === null ? "" : `  at ${step}`}`);
    out(keys.length === 0 ? "No metrics in this log." : `${points.length} points: ${keys.map(({ key, points: count }) => `${key} (${count})`).join(", ")}`);
  },
});
