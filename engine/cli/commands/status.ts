import { statusAnswer } from "../../api/cli.ts";
import { engineStatus } from "../../api/engine.ts";
import { launchList } from "../../api/launches.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { hasStore } from "../../life/folder.ts";
import { defineCommand } from "../command.ts";
import { durationText, NO_STORE_HINT, noStore, sizeText, table } from "../text.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {},
  schema: statusAnswer,
  async run(call) {
    const connection = call.engine({ start: false });
    try {
      await connection.ready();
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      return { answer: { running: false, store: hasStore(call.folder), folder: connection.folder, engine: null, launches: [] } };
    }
    const { folder, protocol: _, notes, ...engine } = await connection.request(engineStatus, null);
    const { launches } = await connection.request(launchList, { live: true });
    return {
      answer: {
        running: true,
        store: true,
        folder,
        engine: { ...engine, notes: [...notes] },
        launches: launches.map(({ launchId, runId, command: words, status, start, pid }) => ({ launchId, runId, command: [...words], status, start, pid })),
      },
    };
  },
  print({ folder, store, engine, launches }, out) {
    if (!store) {
      out(noStore(folder));
      out(NO_STORE_HINT);
      return;
    }
    out(`store      ${folder}`);
    if (engine === null) {
      out("engine     not running; the next command or an editor window starts it");
      return;
    }
    out(`engine     ${engine.version}, process ${engine.pid}, ${engine.clients} connected${engine.readOnly ? ", read-only" : ""}`);
    out(`tracking   ${engine.trackingUri}`);
    out(`runs       ${engine.runs} (${sizeText(engine.storeBytes)})`);
    out(`artifacts  ${sizeText(engine.artifactBytes)}${engine.artifactQuotaBytes === null ? "" : ` of ${sizeText(engine.artifactQuotaBytes)}`}`);
    for (const note of engine.notes) out(`note       ${note}`);
    if (launches.length === 0) return;
    out("");
    for (const line of table(["run", "state", "since", "command"], launches.map(({ runId, status, start, command: words }) => [runId, status, durationText(Date.now() - start), words.join(" ")]))) out(line);
  },
});
