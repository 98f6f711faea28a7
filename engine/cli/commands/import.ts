import { resolve } from "node:path";
import { importAnswer, type ImportAnswer, importEvent } from "../../api/cliImport.ts";
import { type FoundSource, importersFind, importersFollow, importersFollowed, importersImport, type ImportResult } from "../../api/importers.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { follow as lookAgain } from "../../importers/follow.ts";
import { passedOverText } from "../../importers/passedOver.ts";
import { type Call, defineCommand } from "../command.ts";
import { counted } from "../text.ts";

type Imported = ImportAnswer["sources"][number];

export const command = defineCommand({
  usage: "PATH [options]",
  options: {
    format: { value: "NAME", about: "only sources of this format (mlruns, mlflow-db, tensorboard, wandb, …)" },
    follow: { about: "stay and take in what comes, also where nothing is yet; with --json a line each time" },
  },
  words: { min: 1, max: 1 },
  schema: importAnswer,
  lineSchema: importEvent,
  async run(call) {
    const [word = ""] = call.words;
    const path = resolve(call.cwd, word);
    const format = call.options.text("format");
    if (call.options.flag("follow")) {
      await followAll(call, path, format);
      return { answer: null };
    }
    const connection = call.engine();
    const { sources, passedOver } = await connection.request(importersFind, { path }, { signal: call.signal });
    const wanted = sources.filter((one) => format === null || one.format === format);
    // The engine knows why.
    if (sources.length === 0) await connection.request(importersImport, { path }, { signal: call.signal });
    if (wanted.length === 0) throw new TouchstoneError({ code: "IMPORT_NOTHING", message: `Nothing in ${path} was written by a tracker that Touchstone knows${format === null ? "" : ` as ${format}`}.`, file: path });
    const done: Imported[] = [];
    for (const source of wanted) done.push(await take(call, connection, source, false));
    return { answer: { sources: done, passedOver: [...passedOver] } };
  },
  print({ sources, passedOver }, out) {
    for (const source of sources) for (const line of words(source)) out(line);
    if (passedOver.length > 0) out(passedOverText(passedOver, process.cwd()));
  },
});

async function take(call: Call, connection: ReturnType<Call["engine"]>, { path, format, title }: FoundSource, follow: boolean): Promise<Imported> {
  const result = await connection.request(importersImport, { path, format, ...(follow ? { follow } : {}) }, {
    signal: call.signal,
    onProgress: ({ done, total, unit }) => call.say(`${title}: ${done}${total === null ? "" : ` of ${total}`} ${unit}`),
  });
  return shown(result);
}

/** Takes in what is there and what comes, until the person ends it: values of sources that are known, and sources that were not there yet. */
async function followAll(call: Call, path: string, format: string | null): Promise<void> {
  const connection = call.engine();
  const [known, named] = [new Map<string, FoundSource>(), new Set<string>()];
  const tell = (event: "imported" | "followed", result: Imported): void => {
    if (call.json) call.emit({ event, ...result });
    else for (const line of words(result)) call.say(line);
  };
  const off = connection.on(importersFollowed, (result) => void (known.has(keyOf(result)) && tell("followed", shown(result))));
  const look = async (): Promise<void> => {
    const { sources, passedOver } = await connection.request(importersFind, { path }, { signal: call.signal });
    const files = passedOver.filter((file) => !named.has(file));
    for (const file of files) named.add(file);
    if (files.length > 0 && call.json) call.emit({ event: "passedOver", files });
    else if (files.length > 0) call.say(passedOverText(files, call.cwd));
    const failures: unknown[] = [];
    for (const source of sources) {
      if (known.has(keyOf(source)) || (format !== null && source.format !== format)) continue;
      try {
        tell("imported", await take(call, connection, source, true));
        known.set(keyOf(source), source);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    await look();
    if (known.size === 0 && call.json) call.emit({ event: "waiting", path });
    else if (known.size === 0) call.say(`Nothing${format === null ? "" : ` of the format ${format}`} is in ${path} yet: waiting for the first run. Ctrl-C ends it.`);
    const follower = lookAgain(path, look, (message) => call.say(message));
    await new Promise<void>((ended) => (call.signal.aborted ? ended() : call.signal.addEventListener("abort", () => ended(), { once: true })));
    follower.close();
  } finally {
    off();
    for (const source of known.values()) await connection.request(importersFollow, { path: source.path, format: source.format, follow: false });
  }
}

function keyOf({ format, path }: FoundSource): string {
  return `${format} ${path}`;
}

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
