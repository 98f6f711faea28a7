import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { answer, reviewSet } from "./testSet.ts";

test("votes of two people, and of one person on two branches, merge in git without a conflict", async (t) => {
  const { folder, sets, positive, negative } = await reviewSet(t, 12);
  const git = (...args: readonly string[]): string => execFileSync("git", ["-c", "user.name=Mei", "-c", "user.email=mei@example.org", ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const vote = async (by: string, rows: readonly number[], chosen: string): Promise<void> => {
    await sets.annotator.set(by);
    const set = await sets.open("reviews");
    for (const row of rows) await set.vote(answer(`r:${String(row).padStart(3, "0")}`, chosen));
    git("add", "labels");
    git("commit", "-qm", `${by} labels`);
  };
  git("init", "-q", "-b", "main");
  git("config", "core.autocrlf", "true");
  await vote("mei", [1, 2, 3], positive);
  git("checkout", "-qb", "other");
  await vote("jo", [1, 2, 4], negative);
  await vote("mei", [1, 5, 6], negative);
  git("checkout", "-q", "main");
  await vote("mei", [1, 7, 8], positive);
  git("merge", "-q", "--no-edit", "other");
  assert.equal(git("status", "--porcelain", "labels"), "");
  await sets.annotator.set("mei");
  const set = await sets.open("reviews");
  assert.equal([...set.index.votes()].length, 12);
  assert.deepEqual(set.view().problems, []);
  assert.deepEqual(["r:005", "r:006", "r:007", "r:008"].map((item) => set.index.standing(item, "mei")?.class), [negative, negative, positive, positive]);
  // Both branches replaced Mei's first answer on item 1: the later of the two stands.
  assert.equal(set.index.standing("r:001", "mei")?.class, positive);
  assert.deepEqual(set.progress().annotators, ["jo", "mei"]);
});
