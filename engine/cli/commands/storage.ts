import { storageAnswer } from "../../api/cliStorage.ts";
import { storeFolderOf } from "../../api/connect.ts";
import { storageOpened, storageUsage } from "../../api/storage.ts";
import { defineCommand } from "../command.ts";
import { dateText, sizeText, table } from "../text.ts";

const DEFAULT_LIMIT = 10;

export const command = defineCommand({
  usage: "[options]",
  options: { limit: { value: "N", short: "n", about: `name the N largest runs (default ${DEFAULT_LIMIT}, at most 1000)` } },
  needsStore: true,
  schema: storageAnswer,
  async run(call) {
    const runs = call.options.integer("limit", 0, 1_000) ?? DEFAULT_LIMIT;
    const connection = call.engine();
    const usage = await connection.request(storageUsage, { runs }, { signal: call.signal });
    const { bundles } = await connection.request(storageOpened, null, { signal: call.signal });
    return { answer: { folder: storeFolderOf(call.folder), bytes: usage.bytes, kinds: [...usage.kinds], experiments: [...usage.experiments], runs: [...usage.runs], opened: [...bundles] } };
  },
  print({ folder, bytes, kinds, experiments, runs, opened }, out) {
    out(`${folder}: ${sizeText(bytes)}`);
    for (const line of table(["", ""], kinds.filter((one) => one.bytes > 0).map(({ kind, bytes: of }) => [`  ${kind}`, sizeText(of)]), [1]).slice(1)) out(line);
    const sizes = (of: { bytes: number; artifacts: number; logs: number; points: number }): string[] => [sizeText(of.bytes), sizeText(of.artifacts), sizeText(of.logs), String(of.points)];
    out("");
    for (const line of table(["experiment", "runs", "bytes", "artifacts", "logs", "points"], experiments.map((one) => [one.name, String(one.runs), ...sizes(one)]), [1, 2, 3, 4, 5])) out(line);
    if (runs.length > 0) out("");
    if (runs.length > 0) for (const line of table(["largest runs", "id", "bytes", "artifacts", "logs", "points"], runs.map((one) => [one.title, one.runId.slice(0, 8), ...sizes(one)]), [2, 3, 4, 5])) out(line);
    if (opened.length > 0) out("");
    if (opened.length > 0) for (const line of table(["opened bundles", "runs", "bytes", "last opened"], opened.map((one) => [one.name, String(one.runs), sizeText(one.bytes), dateText(one.opened)]), [1, 2])) out(line);
  },
});
