import { resolve } from "node:path";
import { exportAnswer } from "../../api/cliExport.ts";
import { exportersRun, type ExportFormat } from "../../api/exporters.ts";
import { chosenRuns, runOptions } from "../chosenRuns.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { counted, sizeText } from "../text.ts";

const formats: readonly ExportFormat[] = ["csv", "jsonl", "parquet", "mlruns", "mlmd", "bundle"];

export const command = defineCommand({
  usage: "PATH --to FORMAT [options]",
  options: { to: { value: "FORMAT", short: "t", about: "csv, jsonl or parquet (a folder of tables), mlruns (MLflow's folder), mlmd (ML Metadata, one JSON file), bundle (one file for another Touchstone)" }, ...runOptions },
  words: { min: 1, max: 1 },
  schema: exportAnswer,
  async run(call) {
    const format = formats.find((one) => one === call.options.text("to"));
    if (format === undefined) throw wrongUse("--to names the format.", `One of: ${formats.join(", ")}.`);
    const runIds = await chosenRuns(call);
    if (runIds.length === 0) throw wrongUse("No run fits, so there is nothing to export.");
    const answer = await call.engine().request(exportersRun, { runIds, format, path: resolve(call.cwd, call.words[0] ?? "") }, { signal: call.signal, onProgress: ({ done, total }) => call.say(`${done} of ${total ?? "?"} runs`) });
    return { answer: { ...answer, leftOut: [...answer.leftOut] } };
  },
  print({ path, runs, points, artifacts, bytes, leftOut }, out) {
    out(`${counted(runs, "run")}, ${counted(points, "point")}, ${counted(artifacts, "artifact")} (${sizeText(bytes)}): ${path}`);
    for (const what of leftOut) out(`not written: ${what}`);
  },
});
