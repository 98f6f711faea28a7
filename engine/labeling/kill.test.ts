import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEngine } from "../api/connect.ts";
import { engineDrain, engineStatus } from "../api/engine.ts";
import { labelsCreate, labelsOpen, labelsSetAnnotator, labelsVote, type VoteRequest } from "../api/labeling.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { createRandom } from "../statistics/random.ts";
import { answer } from "./testSet.ts";
import { decodeVote } from "./vote.ts";

const KILLS = process.env["TOUCHSTONE_LONG"] === "1" ? 50 : 5;
const ITEMS = 400;
/** Requests under way at once: far faster than any hand. */
const LANES = 6;

test(`${KILLS} kills of the engine while voting at speed lose no acknowledged vote and store none twice`, async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-votes-")));
  process.env["TOUCHSTONE_RUNTIME_DIR"] = join(folder, "run");
  mkdirSync(join(folder, ".touchstone"));
  writeFileSync(join(folder, "rows.csv"), `id,text\n${Array.from({ length: ITEMS }, (_, row) => `${row},text ${row}\n`).join("")}`);
  const engine = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0" });
  t.after(async () => {
    await engine.request(engineDrain, null);
    engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  await engine.request(labelsSetAnnotator, { name: "mei" });
  const { set } = await engine.request(labelsCreate, { name: "rows", classes: [{ name: "yes" }, { name: "no" }], source: "rows.csv", kind: "text", key: { kind: "id", columns: ["id"] }, show: ["text"] });
  const classes = (await engine.request(labelsOpen, { set })).classes.map((one) => one.id);

  const random = createRandom(7);
  const sent = new Map<string, VoteRequest>();
  const acknowledged = new Map<string, VoteRequest>();
  let kills = 0;
  let repeats = 0;
  let killAt = 20;
  let over = false;
  /** What the page does when the engine goes away: the same request again. */
  const persist = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof TouchstoneError && error.shape.code === "ENGINE_GONE")) throw error;
        repeats++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const lane = async (): Promise<void> => {
    while (!over && kills < KILLS) {
      const vote = answer(`r:${Math.floor(random() * ITEMS)}`, classes[Math.floor(random() * 2)] ?? "");
      sent.set(vote.id, vote);
      await persist(() => engine.request(labelsVote, { set, vote }));
      acknowledged.set(vote.id, vote);
    }
  };
  const killer = async (): Promise<void> => {
    while (!over && kills < KILLS) {
      const { pid } = await persist(() => engine.request(engineStatus, null));
      while (!over && acknowledged.size < killAt) await new Promise((resolve) => setImmediate(resolve));
      process.kill(pid, "SIGKILL");
      kills++;
      killAt = acknowledged.size + 5 + Math.floor(random() * 40);
    }
  };
  await Promise.all([killer(), ...Array.from({ length: LANES }, lane)]).finally(() => (over = true));

  const view = await persist(() => engine.request(labelsOpen, { set }));
  const stored = new Map<string, { item: string; class: string | null; shown: number | null }>();
  const votesDir = join(folder, "labels", set, "votes", "mei");
  let lines = 0;
  for (const name of readdirSync(votesDir)) {
    for (const line of readFileSync(join(votesDir, name), "utf8").split("\n")) {
      const vote = line === "" ? "empty" : decodeVote(line);
      if (typeof vote === "string") continue;
      lines++;
      stored.set(vote.id, { item: vote.item, class: vote.class, shown: vote.shown });
    }
  }
  assert.equal(lines, stored.size, "no vote stands on two lines");
  for (const [id, { item, class: chosen, shown }] of acknowledged) assert.deepEqual(stored.get(id), { item, class: chosen, shown });
  for (const id of stored.keys()) assert.ok(sent.has(id));
  assert.equal(view.progress.done, new Set([...stored.values()].map((vote) => vote.item)).size);
  t.diagnostic(`${acknowledged.size} votes acknowledged, ${repeats} repeated after a kill, ${view.problems.length} lines cut off`);
});
