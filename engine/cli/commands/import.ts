import { resolve } from "node:path";
import { importAnswer, type ImportAnswer, importEvent } from "../../api/cliImport.ts";
import { importersFind, importersFollow, importersFollowed, importersImport, type ImportResult } from "../../api/importers.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../text.ts";

type Imported = ImportAnswer["sources"][number];

export const command = defineCommand({
  usage: "PATH [options]",
  options: {
    format: { value: "NAME", about: "only sources of this format (mlruns, mlflow-db, tensorboard, wandb, …)" },
    follow: { about: "stay and take in what comes; with --json a line each time" },
  },
  words: { min: 1, max: 1 },
  schema: importAnswer,
  lineSchema: importEvent,
  async run(call) {
    const [word = ""] = call.words;
    const path = resolve(call.cwd, word);
    const [format, follow] = [call.options.text("format"), call.options.flag("follow")];
    const connection = call.engine();
    const { sources } = await connection.request(importersFind, { path }, { signal: call.signal });
    const wanted = sources.filter((one) => format === null || one.format === format);
    // The engine knows why.
    if (sources.length === 0) await connection.request(importersImport, { path }, { signal: call.signal });
    if (wanted.length === 0) throw new TouchstoneError({ code: "IMPORT_NOTHING", message: `Nothing in ${path} was written by a tracker that Touchstone knows${format === null ? "" : ` as ${format}`}.`, file: path });
    const done: Imported[] = [];
    for (const source of wanted) {
      const result = await connection.request(importersImport, { path: source.path, format: source.format, ...(follow ? { follow } : {}) }, {
        signal: call.signal,
        onProgress: ({ done: at, total, unit }) => call.say(`${source.title}: ${at}${total === null ? "" : ` of ${total}`} ${unit}`),
      });
      done.push(shown(result));
      if (follow && call.json) call.emit({ event: "imported", ...shown(result) });
      else if (follow) for (const line of words(shown(result))) call.say(line);
    }
    if (!follow) return { answer: { sources: done } };
    const off = connection.on(importersFollowed, (result) => {
      if (!wanted.some((one) => one.path === result.path && one.format === result.format)) return;
      if (call.json) call.emit({ event: "followed", ...shown(result) });
      else for (const line of words(shown(result))) call.say(line);
    });
    await new Promise<void>((ended) => (call.signal.aborted ? ended() : call.signal.addEventListener("abort", () => ended(), { once: true })));
    off();
    for (const { path: at, format: of } of wanted) await connection.request(importersFollow, { path: at, format: of, follow: false });
    return { answer: null };
  },
  print({ sources }, out) {
    for (const source of sources) for (const line of words(source)) out(line);
  },
});

function shown(result: ImportResult): Imported {
  return { ...result, problems: [...result.problems], added: { ...result.added } };
}

function words({ title, path, runs, here, added, problems, problemCount }: Imported): string[] {
  const news = Object.entries(added).filter(([, count]) => count > 0).map(([what, count]) => counted(count, what.slice(0, -1)));
  return [
    `${title} ${path}: ${counted(runs, "run")}; ${news.length === 0 ? "nothing was new" : `new: ${news.join(", ")}`}${here === 0 ? "" : `; ${here === 1 ? "1 was tracked here and stays as it is" : `${here} were tracked here and stay as they are`}`}`,
    ...problems.slice(0, 20).map(({ file, line, reason }) => `  not taken in: ${file}${line === undefined ? "" : `:${line}`}: ${reason}`),
    ...(problemCount > 20 ? [`  and ${problemCount - 20} more`] : []),
  ];
}
