import type { EngineConnection } from "../api/connect.ts";
import { launchInput, launchResize, launchStop } from "../api/launches.ts";

const END_OF_INPUT = "\u0004";

/**
 * Passes keys, Ctrl-C and the window's size on to a launch. In a terminal every key goes through as it is, Ctrl-C
 * included; without one, an interrupt of this process stops the launch gracefully and a second one at once.
 */
export function forwardInput(connection: EngineConnection, launchId: string): () => void {
  const { stdin, stdout } = process;
  const ignore = (): undefined => undefined;
  let sent = Promise.resolve();
  let left = false;
  // One after the other: keys must not overtake each other.
  const send = (data: string): void => {
    sent = sent.then(() => (left ? undefined : deliver(connection, launchId, data, () => left)));
  };
  const onData = (data: Buffer): void => send(data.toString("utf8"));
  // The script sees the end of its input as it would without us.
  const onEnd = (): void => send(END_OF_INPUT);
  const onResize = (): void => void connection.request(launchResize, { launchId, cols: stdout.columns, rows: stdout.rows }).catch(ignore);
  let interrupts = 0;
  const onSignal = (): void => {
    interrupts += 1;
    void connection.request(launchStop, { launchId, ...(interrupts > 1 ? { graceMs: 0 } : {}) }).catch(ignore);
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", onData).on("end", onEnd);
  if (stdout.isTTY) stdout.on("resize", onResize);
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return () => {
    left = true;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.off("data", onData).off("end", onEnd).pause();
    stdout.off("resize", onResize);
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  };
}

/** A launch that has just begun takes no input yet; one that has ended never will. */
async function deliver(connection: EngineConnection, launchId: string, data: string, isOver: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !isOver(); tries++) {
    try {
      await connection.request(launchInput, { launchId, data });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
