import { existsSync, readFileSync } from "node:fs";
import { processStart } from "../platform/processes.ts";
import { removeSocket } from "../platform/sockets.ts";
import type { ProcessId } from "../platform/tree.ts";
import { adoptScript } from "./adopted.ts";
import { openControl, type ControlMessage } from "./control.ts";
import { EventFiles } from "./eventFiles.ts";
import { filesIn, writeJson, type ExitFile } from "./files.ts";
import { startKeeper } from "./keeper.ts";
import { LogWriter } from "./logWriter.ts";
import type { Adoption, LaunchDuty, RunnerOrder } from "./order.ts";
import { Sampler } from "./samples.ts";
import { startScript, type Script, type ScriptEnd } from "./script.ts";
import { ProcessFamily, Stopper, killFamily, pause } from "./stop.ts";

/**
 * The runner's entry: one process per launch, in its own session, which outlives engine and windows. Everything it learns goes to
 * the launch's folder. `--adopt <Adoption>` takes over from a runner that was killed.
 */
const WATCH_AFTER_MS = 300;
const EXIT_TRIES = 3600;
const EXIT_REST_MS = 1000;

function main(): void {
  const adopt = process.argv.indexOf("--adopt");
  if (adopt < 0) {
    // SAFETY: the engine that started this process wrote it.
    const order = JSON.parse(readFileSync(0, "utf8")) as RunnerOrder;
    prepare(order, (door) => {
      // Asked for before this process could be told; whoever asks from now on is heard.
      if (existsSync(filesIn(order.launchDir).stop)) {
        void leaveUnstarted(order);
        return;
      }
      const script = startScript(order.script);
      hold(order, door, script, { pid: script.pid, start: processStart(script.pid) }, false);
    });
    return;
  }
  // SAFETY: the runner before this one wrote it.
  const adoption = JSON.parse(process.argv[adopt + 1] ?? "") as Adoption;
  const script = adoptScript(adoption);
  prepare(adoption, (door) => hold(adoption, door, script, { pid: adoption.scriptPid, start: adoption.scriptPidStart }, true));
}

/** Where messages come from, and who takes them. */
interface Door {
  take: (message: ControlMessage) => void;
  close(): void;
}

/** Listens first, so that there is no moment at which a script runs and nobody can be told to stop it. */
function prepare({ control: address }: LaunchDuty, then: (door: Door) => void): void {
  const door: Door = {
    take: () => undefined,
    close: () => {
      server.close();
      removeSocket(address);
    },
  };
  const server = openControl(address, (message) => door.take(message), () => then(door));
}

async function leaveUnstarted({ launchDir, control: address }: LaunchDuty): Promise<void> {
  const exit: ExitFile = { code: null, signal: null, end: Date.now(), stopped: true };
  await writeUntilItWorks(() => writeJson(filesIn(launchDir).exit, exit));
  removeSocket(address);
  process.exit(0);
}

/** Keeps a script until it has ended and its end is written. */
function hold(duty: LaunchDuty, door: Door, script: Script, root: ProcessId, adopted: boolean): void {
  const files = filesIn(duty.launchDir);
  const log = new LogWriter(files, duty.limits);
  const { launchId, launchDir, storeFolder, control: address, engineEntry, version, limits, graceMs } = duty;
  const farewell = startKeeper(script.outputHandles, {
    ...{ launchId, launchDir, storeFolder, control: address, engineEntry, version, limits, graceMs },
    ...{ scriptPid: root.pid, scriptPidStart: root.start, pty: script.pty, handles: script.outputHandles.length },
  });
  writeJson(files.runner, { pid: process.pid, pidStart: processStart(process.pid), scriptPid: root.pid, scriptPidStart: root.start, pty: script.pty, control: address });

  const family = new ProcessFamily(root, launchId);
  const stopper = new Stopper(family, root);
  const eventFiles = new EventFiles(files);
  const sampler = new Sampler(family, files.samples, (pids) => eventFiles.look(pids));
  let stopped = false;
  const stop = (grace: number): void => {
    stopped = true;
    void stopper.stop(grace);
  };
  door.take = (message) => {
    if (message.k === "input") script.write(message.data);
    else if (message.k === "resize") script.resize(message.cols, message.rows);
    else if (message.k === "stop") stop(message.graceMs);
  };
  // A closed terminal or a Ctrl-C in it is not meant for this process; whoever ends it politely means the launch.
  for (const signal of ["SIGHUP", "SIGINT"] as const) process.on(signal, () => undefined);
  process.on("SIGTERM", () => stop(graceMs));

  const end = async (how: ScriptEnd): Promise<void> => {
    sampler.stop();
    // What the script left behind in its session would be an orphan; a script that was killed leaves strays too.
    await killFamily(family, adopted || how.signal !== null || stopped);
    await eventFiles.last().catch(() => undefined);
    log.close();
    farewell();
    door.close();
    const exit: ExitFile = { code: how.code, signal: how.signal, end: Date.now(), stopped, unseen: adopted, ...(how.error === undefined ? {} : { error: how.error }) };
    await writeUntilItWorks(() => writeJson(files.exit, exit));
    process.exit(0);
  };
  script.listen(
    (data) => log.write(data),
    (how) => void end(how),
  );
  // The script comes first: what keeps the engine alive is loaded once it runs.
  setTimeout(() => void watch(duty), WATCH_AFTER_MS);
}

/** A full disk may have room again later; without this file the end would be unknown. */
async function writeUntilItWorks(write: () => void): Promise<void> {
  for (let tries = 0; tries < EXIT_TRIES; tries++) {
    try {
      return write();
    } catch {
      await pause(EXIT_REST_MS);
    }
  }
}

/** Stays connected to the store's engine, which starts it again whenever it is gone. */
async function watch(duty: LaunchDuty): Promise<void> {
  const { connectEngine } = await import("../api/connect.ts");
  const connection = connectEngine({
    folder: duty.storeFolder,
    clientKind: "runner",
    extensionVersion: duty.version,
    ...(duty.engineEntry === null ? {} : { enginePath: duty.engineEntry }),
    onState: (state) => {
      // An engine that cannot start now may do so later; the training does not care.
      if (state.state === "failed") setTimeout(() => connection.retry(), 10_000);
    },
  });
}

main();
