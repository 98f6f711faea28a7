import { resolve } from "node:path";
import { exportAnswer } from "../../api/cliExport.ts";
import { EXPORT_PARTS, exportersRun, type ExportFormat } from "../../api/exporters.ts";
import { chosenRuns, runOptions } from "../chosenRuns.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { counted, sizeText } from "../text.ts";

const formats: readonly ExportFormat[] = ["csv", "jsonl", "parquet", "mlruns", "mlmd", "bundle"];

export const command = defineCommand({
  usage: "PATH --to FORMAT [options]",
  options: { to: { value: "FORMAT", short: "t", about: "csv, jsonl or parquet (a folder of tables), mlruns (MLflow's folder), mlmd (ML Metadata, one JSON file), bundle (one file for another Touchstone)" }, without: { value: "PARTS", about: "a bundle without these: log, environment, code (several with commas)" }, ...runOptions },
  words: { min: 1, max: 1 },
  needsStore: true,
  schema: exportAnswer,
  async run(call) {
    const format = formats.find((one) => one === call.options.text("to"));
    if (format === undefined) throw wrongUse("--to names the format.", `One of: ${formats.join(", ")}.`);
    const named = call.options.text("without")?.split(",").map((part) => part.trim()) ?? [];
    const without = EXPORT_PARTS.filter((part) => named.includes(part));
    if (named.length > 0 && (format !== "bundle" || named.some((one) => !EXPORT_PARTS.some((part) => part === one)))) throw wrongUse("--without names what a bundle leaves out.", `Some of: ${EXPORT_PARTS.join(", ")}, with --to bundle.`);
    const runIds = await chosenRuns(call);
    if (runIds.length === 0) throw wrongUse("No run fits, so there is nothing to export.");
    const answer = await call.engine().request(exportersRun, { runIds, format, path: resolve(call.cwd, call.words[0] ?? ""), without }, { signal: call.signal, onProgress: ({ done, total }) => call.say(`${done} of ${total ?? "?"} runs`) });
    return { answer: { ...answer, holds: [...answer.holds], leftOut: [...answer.leftOut] } };
  },
  print({ path, runs, points, artifacts, bytes, holds, leftOut }, out) {
    out(`${counted(runs, "run")}, ${counted(points, "point")}, ${counted(artifacts, "artifact")} (${sizeText(bytes)}): ${path}`);
    for (const what of holds) out(`holds: ${what}`);
    for (const what of leftOut) out(`not written: ${what}`);
  },
});
