import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchCreate } from "./operations.ts";
import { type Store, openStore } from "./store.ts";

/** A folder of its own for a test, with a blank and a letter outside of ASCII in its path; `dispose` removes it. */
export function temporaryFolder(): { folder: string; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), "touchstone störe "));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Opens a new store for the time of `body`. */
export async function withStore(body: (store: Store) => Promise<void>): Promise<void> {
  const { folder, dispose } = temporaryFolder();
  const store = await openStore({ folder });
  try {
    await body(store);
  } finally {
    await store.close();
    dispose();
  }
}

/** A launch of `train.py` as the runner makes it. */
export function launchOf(launchId: string, runId: string, more: Partial<LaunchCreate> = {}): LaunchCreate {
  return {
    launchId,
    runId,
    command: ["python", "train.py"],
    cwd: "/project",
    script: "train.py",
    origin: "cli",
    experiment: "train.py",
    user: "ada",
    start: 1_000,
    ...more,
  };
}
