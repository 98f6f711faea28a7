import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { itemShard } from "../items/key.ts";
import { answer, reviewSet } from "./testSet.ts";

const coded = (code: string) => (error: { shape?: { code: string } }) => error.shape?.code === code;

test("a set that came with links writes and reads nothing outside of itself, and says which they are", async (t) => {
  const { folder, sets, positive } = await reviewSet(t, 3);
  const outside = join(folder, "outside");
  mkdirSync(outside);
  const profile = join(outside, ".profile");
  writeFileSync(profile, "# mine\n");
  const set = await sets.open("reviews");
  const suggestions = [{ item: "r:001", class: positive, score: 0.5, reason: "$(id > /tmp/x)" }];
  const [asked, voted] = [join(set.dir, "suggestions"), join(set.dir, "votes", "mei")];
  const shard = `${itemShard("r:001")}.jsonl`;
  const places = [
    [join(asked, "claude-code.jsonl"), join(voted, shard)],
    [asked, voted],
  ] as const;
  for (const [suggested, vote] of places) {
    for (const target of [profile, join(outside, "absent"), outside]) {
      for (const link of [suggested, vote]) {
        mkdirSync(join(link, ".."), { recursive: true });
        symlinkSync(target, link);
      }
      await assert.rejects(set.suggest("claude-code", suggestions), coded("SUGGESTION_REFUSED"), `${suggested} -> ${target}`);
      await assert.rejects(set.vote(answer("r:001", positive)), coded("VOTE_NOT_SAVED"), `${vote} -> ${target}`);
      await set.refresh("mei");
      assert.equal(set.progress().done, 0);
      for (const folder of [asked, voted]) rmSync(folder, { recursive: true, force: true });
    }
  }
  assert.equal(readFileSync(profile, "utf8"), "# mine\n");
  for (const name of ["absent", "claude-code.jsonl", shard]) assert.equal(existsSync(join(outside, name)), false, name);

  // What a link leads to is not read either, be it another's votes or a device without an end.
  for (const folder of [asked, voted]) mkdirSync(folder, { recursive: true });
  symlinkSync("/dev/zero", join(asked, "claude-code.jsonl"));
  symlinkSync("/dev/zero", join(voted, shard));
  await set.refresh("mei");
  assert.deepEqual(set.view().problems.map(({ file, message }) => [file, message]), [
    [`labels/reviews/votes/mei/${shard}`, "This is a link or no plain file. It is left out."],
    ["labels/reviews/suggestions/claude-code.jsonl", "This is a link or no plain file. It is left out."],
  ]);
});
