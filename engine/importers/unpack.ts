import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { toShape } from "../rpc/errors.ts";
import { openStore } from "../store/store.ts";
import { bundle } from "./bundle.ts";
import { runJob } from "./job.ts";
import type { UnpackLine } from "./openedBundle.ts";
import { createImportThread } from "./thread.ts";

/** So many problems are shown; the rest is as many more. */
const SHOWN = 100;

/** Takes a bundle into a new store, which nobody else has yet; what comes of it is said on the standard output, a line each. */
export async function unpackBundle(file: string, folder: string): Promise<void> {
  const say = (line: UnpackLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  // Who asked is gone, and removes what is here.
  process.stdout.on("error", () => process.exit(1));
  try {
    mkdirSync(folder, { mode: 0o700 });
    say({ done: await taken(file, folder, say) });
  } catch (error) {
    say({ error: toShape(error) });
  }
}

async function taken(file: string, folder: string, say: (line: UnpackLine) => void): Promise<Extract<UnpackLine, { done: unknown }>["done"]> {
  if ((await bundle.detect(file)) === null) throw new TouchstoneError({ code: "BUNDLE_DAMAGED", message: `${basename(file)} is no bundle of Touchstone.`, file });
  const store = await openStore({ folder });
  const thread = createImportThread((message) => process.stderr.write(`${message}\n`));
  try {
    const outcome = await runJob({
      store, artifacts: createArtifacts(store), thread, reader: bundle, detected: { path: file }, follow: false,
      live: false,
      signal: new AbortController().signal,
      progress: (progress) => say({ progress }),
    });
    return { runs: outcome.runs, problems: outcome.problems.slice(0, SHOWN) };
  } finally {
    await thread.close();
    await store.close();
  }
}
