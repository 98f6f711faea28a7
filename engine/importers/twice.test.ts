import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findSources } from "./find.ts";
import { type ImportFixture, withImports } from "./importers.fixture.ts";
import { runJob } from "./job.ts";
import { fixtures, ownFolder } from "./records.fixture.ts";
import { createImportThread } from "./thread.ts";

/** A project with TensorBoard's and W&B's folders. */
function project(within: string): string {
  const folder = join(within, "A");
  mkdirSync(folder);
  cpSync(join(fixtures, "tensorboard", "runs", "torchlike"), join(folder, "tb", "b"), { recursive: true });
  cpSync(join(fixtures, "wandb", "wandb"), join(folder, "wandb"), { recursive: true });
  return folder;
}

/** Imports all sources at a path. Gives how many runs and points were new. */
async function takeAll({ store, artifacts }: ImportFixture, path: string): Promise<[runs: number, points: number]> {
  const thread = createImportThread(assert.fail);
  try {
    const total: [number, number] = [0, 0];
    for (const found of (await findSources(path)).sources) {
      const { added } = await runJob({ store, artifacts, thread, ...found, follow: false, live: false, signal: new AbortController().signal, progress: () => undefined });
      total[0] += added.runs;
      total[1] += added.points;
    }
    return total;
  } finally {
    await thread.close();
  }
}

const idsOf = ({ store }: ImportFixture): string[] => [...store.read.runs.all()].map(({ runId }) => runId).sort();

for (const inside of [false, true]) {
  test(`runs of TensorBoard and W&B are known by where they stand: parts after the whole, and the whole after its parts, bring nothing; ${inside ? "in" : "outside of"} the store's folder`, () =>
    withImports(async (whole) => {
      const folder = project(inside ? whole.store.folder : ownFolder());
      const [runs, points] = await takeAll(whole, folder);
      assert.ok(runs >= 3 && points > 40);
      const ids = idsOf(whole);
      for (const part of ["tb", "wandb", join("tb", "b")]) assert.deepEqual(await takeAll(whole, join(folder, part)), [0, 0], part);
      assert.deepEqual(idsOf(whole), ids);
      await withImports(async (parts) => {
        const other = project(inside ? parts.store.folder : ownFolder());
        await takeAll(parts, join(other, "tb"));
        await takeAll(parts, join(other, "wandb"));
        const before = idsOf(parts);
        assert.equal(before.length, runs);
        assert.deepEqual(await takeAll(parts, other), [0, 0]);
        assert.deepEqual(await takeAll(parts, join(other, "tb")), [0, 0]);
        assert.deepEqual(idsOf(parts), before);
        // Another run of the same name elsewhere is another run.
        const beside = project(ownFolder());
        assert.deepEqual(await takeAll(parts, beside), [runs, points]);
      });
    }));
}
