import { pruneAnswer } from "../../api/cliStorage.ts";
import { storagePreview, storagePrune } from "../../api/storage.ts";
import { defineCommand, wrongUse } from "../command.ts";
import { counted, sizeText, table } from "../text.ts";

export const command = defineCommand({
  usage: "--where EXPR [options]",
  options: {
    where: { value: "EXPR", short: "w", about: "runs for which it is true, e.g. 'metrics.val_f1 < .5 and starred = false'; deleted ones too" },
    deleted: { about: "deleted runs only; then --where may be left out" },
    "dry-run": { short: "n", about: "only say what would go" },
  },
  schema: pruneAnswer,
  async run(call) {
    const [filter, deletedOnly] = [call.options.text("where") ?? "", call.options.flag("deleted")];
    if (filter.trim() === "" && !deletedOnly) throw wrongUse("Say which runs shall go: --where EXPR, or --deleted.");
    const query = { filter, deletedOnly };
    const connection = call.engine();
    const { digest, running, registered, first, servers: _, ...found } = await connection.request(storagePreview, query, { signal: call.signal });
    const kept = { running, registered, first: [...first] };
    if (call.options.flag("dry-run") || found.runs === 0) return { answer: { pruned: false, ...found, database: 0, later: 0, ...kept } };
    const went = await connection.request(storagePrune, { ...query, digest }, { signal: call.signal });
    return { answer: { pruned: true, ...went, later: Math.max(0, found.bytes - went.bytes), ...kept } };
  },
  print({ pruned, runs, models, points, bytes, database, later, running, registered, first }, out) {
    for (const line of table(["run", "id", "bytes", "points"], first.map((one) => [one.title, one.runId.slice(0, 8), sizeText(one.bytes), String(one.points)]), [2, 3])) if (runs > 0) out(line);
    if (runs > first.length) out(`… and ${runs - first.length} more`);
    const what = `${counted(runs, "run")}${models === 0 ? "" : `, ${counted(models, "logged model")}`} and ${counted(points, "point")}`;
    const kept = running + registered;
    out(runs === 0 ? (kept === 0 ? "No such run." : `Nothing was removed: of ${counted(kept, "such run")} none may go.`) : pruned ? `Removed ${what}; ${sizeText(bytes + database)} are free on the disk.` : `${what} would go; that frees ${sizeText(bytes)} on the disk.`);
    if (later > 0) out(`${sizeText(later)} more are free with the next \`touchstone gc\` an hour after they were stored.`);
    if (running > 0) out(`${running} kept: still running.`);
    if (registered > 0) out(`${registered} kept: ${registered === 1 ? "a version of a registered model is made of it" : "versions of registered models are made of them"}.`);
  },
});
