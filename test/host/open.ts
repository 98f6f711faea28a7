// node test/host/open.ts --folder F [--script journey.ts] [--theme dark|light|hc-black|hc-light] [--size 1400x900]
//                        [--vsix FILE] [--trust] [--in-place] [--verbose]
// Opens a real VS Code on a copy of a folder and runs the journey that the script exports as its default.
// A journey's own options (`export const options`) hold, its folder where none is named. Without a script the window's address is printed and stays open until Ctrl-C.
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { root } from "../run/entry.mjs";
import { openSession, type SessionOptions } from "./session.ts";
import { isTheme } from "./settings.ts";
import type { Workbench } from "./workbench.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    script: { type: "string" },
    theme: { type: "string", default: "dark" },
    size: { type: "string", default: "1400x900" },
    vsix: { type: "string" },
    trust: { type: "boolean", default: false },
    "in-place": { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const journey = values.script === undefined ? null : await loadJourney(resolve(values.script));
const folder = values.folder ?? journey?.options?.folder;
if (folder === undefined) throw new Error("Say which folder to open: --folder F");
if (!isTheme(values.theme)) throw new Error(`--theme is dark, light, hc-black or hc-light, not ${values.theme}`);
const [width = 1400, height = 900] = values.size.split("x").map(Number);

const session = await openSession({
  inPlace: values["in-place"],
  theme: values.theme,
  size: { width, height },
  trust: values.trust,
  output: join(root, "test", "out", basename(values.script ?? "open").replace(/(\.journey)?\.[cm]?[tj]s$/, "")),
  say,
  ...(values.vsix === undefined ? {} : { vsix: resolve(values.vsix) }),
  ...journey?.options,
  folder: resolve(folder),
});
try {
  if (journey === null) {
    say(`Open ${session.window.page.url()}   (Ctrl-C ends it; the folder is ${session.folder})`);
    await new Promise((done) => process.once("SIGINT", done).once("SIGTERM", done));
  } else {
    await journey.default(session.window);
    say("done");
  }
} catch (error) {
  say(`failed; see ${await session.window.screenshot("failed")}`);
  say(session.window.log.slice(-30).join("\n"));
  process.exitCode = 1;
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  if (values.verbose) say(session.window.log.join("\n"));
  await session.close();
}

interface Journey {
  readonly default: (window: Workbench) => Promise<void>;
  readonly options?: Partial<SessionOptions>;
}

async function loadJourney(path: string): Promise<Journey> {
  const module: { default?: unknown } = await import(pathToFileURL(path).href);
  if (typeof module.default !== "function") throw new Error(`${path} must export a function of the window as its default.`);
  // SAFETY: a journey is written against this signature; a wrong one fails at its first step.
  return module as Journey;
}
