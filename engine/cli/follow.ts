import type { EngineConnection } from "../api/connect.ts";
import { launchChanged, launchLog, launchOutput } from "../api/launches.ts";
import { TouchstoneError } from "../api/tokens.ts";

/**
 * Hands on everything that a launch prints from a byte of its log on, in order and without gaps or repeats, until it has ended and all is printed.
 * Goes on by itself when the engine went away and came back. @throws TouchstoneError what the engine says.
 */
export async function followLaunch(connection: EngineConnection, launchId: string, from: number, onData: (data: Uint8Array, offset: number) => void): Promise<void> {
  let at = from;
  let wake: () => void = () => undefined;
  const offs = [connection.on(launchOutput, (chunk) => void (chunk.launchId === launchId && wake())), connection.on(launchChanged, (state) => void (state.launchId === launchId && wake()))];
  try {
    for (;;) {
      const awake = new Promise<void>((resolve) => (wake = resolve));
      const { data, offset, ended } = await askAgain(() => connection.request(launchLog, { launchId, offset: at, follow: true }));
      if (data.length > 0) onData(data, offset);
      at = Math.max(at, offset + data.length);
      if (data.length > 0) continue;
      if (ended) return;
      await Promise.race([awake, aWhile()]);
    }
  } finally {
    for (const off of offs) off();
  }
}

/** An engine that left took its list of followers with it: nothing would wake us any more. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000).unref());
}

async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TouchstoneError) || error.shape.code !== "ENGINE_GONE") throw error;
    }
  }
}
