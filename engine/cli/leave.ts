import type { EngineConnection } from "../api/connect.ts";
import { engineDrain, engineStatus } from "../api/engine.ts";

/** Asks the engine to leave and waits until it has. */
export async function leave(connection: EngineConnection): Promise<void> {
  await connection.request(engineDrain, null);
  // It answers what is under way first; its socket closes last, and a connection that starts none then fails.
  for (let tries = 0; tries < 300; tries++) {
    try {
      await connection.request(engineStatus, null, { timeoutMs: 1000 });
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
