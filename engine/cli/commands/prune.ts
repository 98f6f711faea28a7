import { pruneAnswer } from "../../api/cliStorage.ts";
import { storagePreview, storagePrune } from "../../api/storage.ts";
import { type Answer, defineCommand, wrongUse } from "../command.ts";
import { counted, sizeText, table } from "../text.ts";

export const command = defineCommand({
  usage: "--where EXPR [options]",
  options: {
    where: { value: "EXPR", short: "w", about: "runs for which it is true, e.g. 'metrics.val_f1 < .5 and starred = false'; deleted ones too" },
    deleted: { about: "deleted runs only; then --where may be left out" },
    yes: { short: "y", about: "do not ask: for scripts" },
    "dry-run": { short: "n", unlisted: true, about: "only say what would go" },
  },
  needsStore: true,
  schema: pruneAnswer,
  async run(call) {
    const [filter, deletedOnly] = [call.options.text("where") ?? "", call.options.flag("deleted")];
    if (filter.trim() === "" && !deletedOnly) throw wrongUse("Say which runs shall go: --where EXPR, or --deleted.");
    const query = { filter, deletedOnly };
    const connection = call.engine();
    const { digest, running, registered, first, servers, ...found } = await connection.request(storagePreview, query, { signal: call.signal });
    const kept = { running, registered, servers: { ...servers }, first: [...first] };
    const preview = { pruned: false, ...found, database: 0, later: 0, ...kept };
    if (call.options.flag("dry-run") || found.runs === 0) return { answer: preview };
    for (const line of previewLines(preview)) call.say(line);
    const agreed = call.options.flag("yes") || (await call.confirm(`Remove ${counted(found.runs, "run")} for good?`));
    if (agreed === null) throw wrongUse("Nobody can be asked here, so nothing was removed.", "With --yes it is done without asking; --dry-run only says what would go.");
    if (!agreed) {
      call.say("Nothing was removed.");
      return { answer: call.json ? preview : null, exitCode: 1 };
    }
    const went = await connection.request(storagePrune, { ...query, digest }, { signal: call.signal });
    return { answer: { pruned: true, ...went, later: Math.max(0, found.bytes - went.bytes), ...kept } };
  },
  print(answer, out) {
    const { pruned, runs, bytes, database, later, running, registered } = answer;
    const kept = running + registered;
    if (runs === 0) out(kept === 0 ? "No such run." : `Nothing was removed: of ${counted(kept, "such run")} none may go.`);
    if (runs === 0) for (const line of keptLines(answer)) out(line);
    else if (pruned) out(`Removed ${whatOf(answer)}; ${sizeText(bytes + database)} are free on the disk.`);
    else for (const line of previewLines(answer)) out(line);
    if (later > 0) out(`${sizeText(later)} more are free with the next \`touchstone gc\` an hour after they were stored.`);
  },
});

/** What would go, and what would stay. */
function previewLines(preview: Answer<typeof pruneAnswer>): string[] {
  const { runs, bytes, first, servers } = preview;
  // A column only where there is something to tell.
  const mixed = Object.keys(servers).length > 0;
  const rows = first.map((one) => [one.title, one.runId.slice(0, 8), sizeText(one.bytes), String(one.points), ...(mixed ? [one.server ?? ""] : [])]);
  return [
    ...table(["run", "id", "bytes", "points", ...(mixed ? ["of the server"] : [])], rows, [2, 3]),
    ...(runs > first.length ? [`… and ${runs - first.length} more`] : []),
    `${whatOf(preview)} would go; that frees ${sizeText(bytes)} on the disk.`,
    ...Object.entries(servers).map(([uri, count]) => `${count} of them ${count === 1 ? "is" : "are"} of ${uri}: ${count === 1 ? "it stays there, and comes" : "they stay there, and come"} back here when it is connected anew.`),
    ...keptLines(preview),
  ];
}

function whatOf({ runs, models, points }: Answer<typeof pruneAnswer>): string {
  return `${counted(runs, "run")}${models === 0 ? "" : `, ${counted(models, "logged model")}`} and ${counted(points, "point")}`;
}

function keptLines({ running, registered }: Answer<typeof pruneAnswer>): string[] {
  return [
    ...(running > 0 ? [`${running} kept: still running.`] : []),
    ...(registered > 0 ? [`${registered} kept: ${registered === 1 ? "a version of a registered model is made of it" : "versions of registered models are made of them"}.`] : []),
  ];
}
