import { relative, sep } from "node:path";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { readRunner, writeJson } from "../launches/files.ts";
import type { LaunchHooks, StreamLine } from "../launches/hooks.ts";
import { processStart } from "../platform/processes.ts";
import type { Store } from "../store/store.ts";
import { executedCode } from "./cells.ts";

interface Needs {
  readonly folder: string;
  readonly store: Store;
  readonly artifacts: Artifacts;
}

/** What is special about launches of notebooks: their process names itself, and their code is the cells that ran. */
export function notebookHooks({ folder, store, artifacts }: Needs): LaunchHooks {
  return {
    onEventsLines({ files, launchId }, lines) {
      if (store.read.launches.byId(launchId)?.origin !== "notebook" || readRunner(files) !== null) return {};
      const pid = kernelPid(lines);
      const start = pid === null ? null : processStart(pid);
      // A kernel has no runner: it stands for both.
      if (pid !== null && start !== null) writeJson(files.runner, { pid, pidStart: start, scriptPid: pid, scriptPidStart: start, pty: true, control: "" });
      return {};
    },

    async onEnded({ files, launchId, scriptPath }) {
      const code = scriptPath?.endsWith(".ipynb") ? await executedCode(files.events) : null;
      if (code === null || scriptPath === null) return;
      const path = `${relative(folder, scriptPath).split(sep).join("/")}.executed.py`;
      const blob = await artifacts.blobs.put(Buffer.from(code));
      await store.write("launch.update", { launchId, blobs: [{ kind: "source", path, ...blob }] });
    },
  };
}

function kernelPid(lines: readonly StreamLine[]): number | null {
  for (const { text } of lines) {
    const pid = /^\{"k":"env".*"pid":(\d+)/.exec(text)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  return null;
}
