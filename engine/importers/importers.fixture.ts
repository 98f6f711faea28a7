import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createArtifacts, type Artifacts } from "../artifacts/artifacts.ts";
import { withStore } from "../store/store.fixture.ts";
import type { Store } from "../store/store.ts";
import { findSources } from "./find.ts";
import { type JobOutcome, runJob } from "./job.ts";
import { fixtures } from "./records.fixture.ts";
import { createImportThread } from "./thread.ts";

/** A store with what an import needs beside it. */
export interface ImportFixture {
  readonly store: Store;
  readonly artifacts: Artifacts;
  /** Imports the one source at a path. */
  take(path: string, signal?: AbortSignal): Promise<JobOutcome>;
}

export async function withImports(body: (fixture: ImportFixture) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const artifacts = createArtifacts(store);
    const thread = createImportThread((message) => process.stderr.write(`${message}\n`));
    try {
      await body({
        store,
        artifacts,
        async take(path, signal = new AbortController().signal) {
          const [found] = (await findSources(path)).sources;
          if (!found) throw new Error(`${path} is no source.`);
          return runJob({ store, artifacts, thread, ...found, follow: false, live: false, signal, progress: () => undefined });
        },
      });
    } finally {
      await thread.close();
    }
  });
}

/** Unpacks a recorded source into a folder, which is made. */
export function unpack(name: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", join(fixtures, name), "-C", folder]);
  return folder;
}

/** Every path below a folder with its content's digest and its time of change: what an import must not touch. */
export function everythingIn(folder: string): Record<string, string> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(all.map((entry) => join(entry.parentPath, entry.name)).sort().map((path) => [path, `${statSync(path).mtimeMs} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`]));
}
