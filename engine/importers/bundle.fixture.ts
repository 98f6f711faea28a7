import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { exportRuns } from "../exporters/exporters.ts";
import { launchFiles } from "../launches/files.ts";
import { launchOf } from "../store/store.fixture.ts";
import { openStore } from "../store/store.ts";
import { bundleParts, contentOf } from "./bundleFile.ts";

/** The runs of `bundleOfRuns`. */
export const BUNDLED = ["a".repeat(32), "b".repeat(32)] as const;

/** A bundle as somebody else's Touchstone wrote it: two runs of train.py with a log, an artifact, a note and names by a person. */
export async function bundleOfRuns(file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-of-another-"));
  const store = await openStore({ folder });
  try {
    const artifacts = createArtifacts(store);
    for (const [index, [runId, name, lr]] of ([[BUNDLED[0], "the good one", "0.1"], [BUNDLED[1], "too fast", "0.9"]] as const).entries()) {
      const launchId = `l${index + 1}`;
      await store.write("launch.create", launchOf(launchId, runId, { start: 1_700_000_000_000 + index * 60_000, params: [{ key: "lr", value: lr, source: "argument" }] }));
      await store.write("run.logBatch", { runId, metrics: [0, 1, 2].map((step) => ({ key: "loss", value: (index + 1) / (step + 1), step, time: 1_700_000_001_000 + step })), params: [], tags: [] });
      await store.write("launch.update", { launchId, status: "finished", exitCode: 0, end: 1_700_000_030_000 + index * 60_000, logBytes: 6 });
      await store.write("run.update", { runIds: [runId], name, nameFrom: "person", note: "keep" });
      mkdirSync(launchFiles(folder, launchId).folder, { recursive: true });
      writeFileSync(launchFiles(folder, launchId).log, "hello\n");
      await artifacts.put({ kind: "run", id: runId }, "notes/a.txt", Buffer.from("content"));
    }
    await exportRuns(BUNDLED, "bundle", file, { store, artifacts, signal: new AbortController().signal, progress: () => undefined });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The records that stand in a bundle's file, whatever who takes it in makes of them. */
export async function recordsOf(file: string): Promise<(Readonly<Record<string, unknown>> & { readonly k: string })[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of contentOf(file, (await bundleParts(file)).records)) pieces.push(piece);
  return Buffer.concat(pieces).toString().trim().split("\n").map((line) => JSON.parse(line));
}
