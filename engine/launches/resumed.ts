import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import type { Store } from "../store/store.ts";
import { isLaunchId, launchFiles, type LaunchFiles } from "./files.ts";
import { logSize } from "./logReader.ts";

/**
 * What the new launch of a resumed run begins with: what was printed before, as the beginning of its log, and the step that each
 * key of `touchstone.log` goes on with. Call before the runner starts.
 * @param before the launch that the run belonged to, read before the new one was recorded.
 */
export async function continueFiles(store: Store, runId: string, before: { readonly launchId: string; readonly command: readonly string[] } | null, launchId: string, files: LaunchFiles): Promise<void> {
  const runKey = store.read.runs.byId(runId)?.runKey;
  const keys = runKey === undefined ? [] : store.read.runs.latest(runKey).filter(({ origin }) => origin === "script");
  writeFileSync(join(files.folder, "steps.json"), JSON.stringify(Object.fromEntries(keys.map(({ key, step }) => [key, step + 1]))));
  if (before === null || !isLaunchId(before.launchId)) return;
  const old = launchFiles(store.folder, before.launchId);
  if (existsSync(old.log)) copyFileSync(old.log, files.log);
  if (existsSync(old.logTail)) copyFileSync(old.logTail, files.logTail);
  // It was read as the earlier launch's: no printed value counts again.
  if (logSize(files) > 0) await store.write("launch.events", { launchId, stream: "log", from: 0, to: logSize(files) });
  await store.write("launch.update", { launchId, notes: [`The run goes on: it ran before as \`${before.command.join(" ")}\`, and what that printed stands at the beginning of the log.`] });
}

interface Ran {
  readonly command: readonly string[];
  readonly script: string | null;
}

/** Metrics of one script in the run of another are mostly a slip. @throws TouchstoneError `OTHER_SCRIPT`. */
export function requireSameScript(runId: string, before: Ran, now: Ran): void {
  const [was, is] = [programOf(before), programOf(now)];
  if (was === is) return;
  throw new TouchstoneError({ code: "OTHER_SCRIPT", message: `The run ${runId.slice(0, 8)} is of ${was}, and this is ${is}.`, hint: "Give the run's own script, leave --resume out for a new run, or say --other-script if it is meant." });
}

function programOf({ command, script }: Ran): string {
  return script ?? basename(command[0] ?? "");
}
