import { test } from "node:test";
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { itemShard } from "../items/key.ts";
import { LabelSets } from "./labelSets.ts";
import { answer, reviewSet } from "./testSet.ts";
import { encodeVote, newVoteId } from "./vote.ts";

test("a vote is one line on disk before it is acknowledged, in the shard of its item", async (t) => {
  const { folder, sets, positive } = await reviewSet(t, 5);
  const set = await sets.open("reviews");
  const request = answer("r:003", positive);
  await set.vote(request);
  const text = readFileSync(join(folder, "labels/reviews/votes/mei", `${itemShard("r:003")}.jsonl`), "utf8");
  const line: unknown = JSON.parse(text);
  assert.ok(text.endsWith("\n"));
  assert.deepEqual(Object.keys(line ?? {}), ["id", "item", "class", "by", "at", "shown", "guide", "source", "replaces"]);
  assert.deepEqual({ ...Object(line), at: 0, guide: 0 }, { id: request.id, item: "r:003", class: positive, by: "mei", at: 0, shown: request.shown, guide: 0, source: "human", replaces: null });
  assert.match(String(Object(line).guide), /^[0-9a-f]{7}$/);
  assert.equal(readFileSync(join(folder, "labels/reviews/.gitattributes"), "utf8"), "votes/** merge=union text eol=lf\nsuggestions/** merge=union text eol=lf\n");
});

test("a request that comes twice stores one vote", async (t) => {
  const { sets, positive, negative } = await reviewSet(t, 5);
  const set = await sets.open("reviews");
  const request = answer("r:001", positive);
  const first = await set.vote(request);
  assert.deepEqual(await set.vote({ ...request, class: negative }), first);
  assert.equal([...set.index.votes()].length, 1);
});

test("the next items follow the set's order, wrap round once, and leave out what is answered", async (t) => {
  const { sets, positive } = await reviewSet(t, 5);
  const set = await sets.open("reviews");
  const first = await set.next("open", null, 2);
  assert.deepEqual(first.map((item) => item.item), ["r:001", "r:002"]);
  assert.deepEqual(first[0]?.content, { kind: "text", text: "Review 1, quite good", context: [{ column: "shop", value: "shop 0" }] });
  assert.deepEqual(first[0]?.source, { file: "reviews.csv", row: 1 });
  await set.vote(answer("r:002", positive));
  await set.vote(answer("r:003", null, "skipped"));
  assert.deepEqual((await set.next("open", 0, 9)).map((item) => item.item), ["r:004", "r:005", "r:001"]);
  assert.deepEqual((await set.next("skipped", null, 9)).map((item) => item.item), ["r:003"]);
  assert.deepEqual(await set.source.locate(3), { path: join(set.dir, "../../reviews.csv"), line: 5 });
});

test("undo takes the latest answer back, again and again, and restores what stood before it", async (t) => {
  const { sets, positive, negative } = await reviewSet(t, 5);
  const set = await sets.open("reviews");
  await set.vote(answer("r:001", positive));
  await set.vote(answer("r:002", null, "out-of-scope"));
  await set.vote({ ...answer("r:001", negative), note: "sarcasm" });
  assert.equal(set.progress().done, 2);
  const once = await set.undo(newVoteId());
  assert.deepEqual([once.undone?.class, once.undone?.note, once.item?.mine?.class], [negative, "sarcasm", positive]);
  const id = newVoteId();
  const twice = await set.undo(id);
  assert.deepEqual([twice.item?.item, twice.undone?.state, twice.item?.mine], ["r:002", "out-of-scope", null]);
  assert.deepEqual((await set.undo(id)).item?.item, "r:002", "a repeated request takes nothing more back");
  const thrice = await set.undo(newVoteId());
  assert.deepEqual([thrice.item?.item, thrice.item?.mine], ["r:001", null]);
  assert.deepEqual(await set.undo(newVoteId()), { item: null, undone: null });
  assert.equal(set.progress().done, 0);
  assert.equal([...set.index.votes()].length, 6, "every line stays");
});

test("progress counts each kind of answer, and is the same after everything is read again", async (t) => {
  const { folder, sets, positive, negative } = await reviewSet(t, 8);
  const set = await sets.open("reviews");
  await set.vote(answer("r:001", positive));
  await set.vote(answer("r:002", negative));
  await set.vote(answer("r:003", null, "unsure"));
  await set.vote(answer("r:004", null, "out-of-scope"));
  await set.vote(answer("r:005", null, "skipped"));
  await set.vote(answer("r:002", positive));
  const { medianMs, ...progress } = set.progress();
  assert.deepEqual(progress, { total: 8, done: 4, labelled: 2, outOfScope: 1, unsure: 1, skipped: 1, conflicts: 0, annotators: ["mei"], alpha: { value: null, n: 0 } });
  assert.ok(medianMs !== null && medianMs >= 1200);
  const again = new LabelSets(folder);
  t.after(() => again.close());
  assert.deepEqual((await again.open("reviews")).progress(), set.progress());
});

test("two annotators: α, conflicts and the others' answers only where they are to be settled", async (t) => {
  const { sets, positive, negative } = await reviewSet(t, 6);
  const mei = await sets.open("reviews");
  for (const [row, chosen] of [positive, positive, negative, negative].entries()) await mei.vote(answer(`r:00${row + 1}`, chosen));
  await sets.annotator.set("jo");
  const jo = await sets.open("reviews");
  for (const [row, chosen] of [positive, negative, negative, negative].entries()) await jo.vote(answer(`r:00${row + 1}`, chosen));
  const { alpha, conflicts } = jo.progress();
  // By hand: o = 3 agreeing of 4 units, n = 8 values (3 positive, 5 negative): 1 − 7·2/(2·3·5)
  assert.equal(alpha.value?.toFixed(12), (1 - (7 * 2) / 30).toFixed(12));
  assert.deepEqual([alpha.n, conflicts], [4, 1]);
  const [conflict] = await jo.next("conflicts", null, 9);
  assert.deepEqual([conflict?.item, conflict?.mine?.class, conflict?.others.map((vote) => [vote.by, vote.class])], ["r:002", negative, [["mei", positive]]]);
  assert.deepEqual((await jo.next("open", null, 1))[0]?.others, []);
  const agreement = await sets.agreement("reviews");
  assert.equal(agreement.percent.value, 0.75);
  assert.deepEqual(agreement.pairs.map((pair) => [pair.a, pair.b, pair.alpha.n]), [["jo", "mei", 4]]);
});

test("a crash's half line is reported with file and line, and spoils no other", async (t) => {
  const { folder, sets, positive } = await reviewSet(t, 5);
  const set = await sets.open("reviews");
  await set.vote(answer("r:001", positive));
  const file = join(folder, "labels/reviews/votes/mei", `${itemShard("r:001")}.jsonl`);
  appendFileSync(file, '{"id":"abcdefgh","item":"r:0');
  await sets.open("reviews");
  assert.deepEqual(set.view().problems.map((problem) => [problem.file, problem.line]), [[`labels/reviews/votes/mei/${itemShard("r:001")}.jsonl`, 2]]);
  await set.vote(answer("r:001", null, "unsure"));
  const again = new LabelSets(folder);
  t.after(() => again.close());
  const reread = await again.open("reviews");
  assert.equal([...reread.index.votes()].length, 2);
  assert.equal(reread.progress().unsure, 1);
});

test("lines of any order and of a second copy give the same standing vote", async (t) => {
  const { folder, sets, positive, negative } = await reviewSet(t, 3);
  const vote = (id: string, at: number, chosen: string, replaces: string | null) =>
    encodeVote({ id, item: "r:001", class: chosen, state: "labelled", by: "jo", at, shown: null, guide: null, source: "human", replaces, undo: null, suggestion: null, note: "" });
  // The clock jumped back between the two: what replaces counts all the same.
  const lines = [vote("second", 1, negative, "first"), vote("first", 2, positive, null), vote("second", 1, negative, "first")];
  const dir = join(folder, "labels/reviews/votes/jo");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${itemShard("r:001")}.jsonl`), `${lines.join("\n")}\n`);
  const set = await sets.open("reviews");
  assert.equal(set.index.standing("r:001", "jo")?.id, "second");
  assert.equal([...set.index.votes()].length, 2);
});

test("a set of some items keeps their order and says which are gone", async (t) => {
  const { folder, sets } = await reviewSet(t, 9, { items: ["r:007", "r:002", "r:999"] });
  const set = await sets.open("reviews");
  assert.deepEqual((await set.next("open", null, 9)).map((item) => item.item), ["r:007", "r:002"]);
  assert.deepEqual(set.view().notes, ["1 of 3 items are not in reviews.csv any more."]);
  assert.equal(set.view().title, "worst slice");
  assert.equal(readFileSync(join(folder, "labels/reviews/items.jsonl"), "utf8"), '{"item":"r:007"}\n{"item":"r:002"}\n{"item":"r:999"}\n');
});

test("the suggestion is hidden on a fixed share, and the vote records both", async (t) => {
  const { sets, positive } = await reviewSet(t, 300, { suggest: true });
  const set = await sets.open("reviews");
  const items = (await Promise.all([0, 50, 100, 150, 200, 250].map((after) => set.next("open", after, 50)))).flat();
  const shown = items.filter((item) => item.suggestion !== null);
  assert.ok(shown.length > 210 && shown.length < 270, `${shown.length} of 300 shown, about 240 expected`);
  const [one] = shown;
  assert.deepEqual([one?.suggestion?.class === positive, typeof one?.suggestion?.score], [one?.place === undefined ? null : one.place % 2 === 0, "number"]);
  const hidden = items.find((item) => item.suggestion === null);
  await set.vote(answer(hidden?.item ?? "", positive));
  const [stored] = set.index.votesOn(hidden?.item ?? "").get("mei") ?? [];
  assert.equal(stored?.suggestion?.shown, false);
  assert.equal(typeof stored?.suggestion?.class, "string");
});

test("exports: votes as they were cast, labels by majority, a tie is a conflict", async (t) => {
  const { folder, sets, positive, negative } = await reviewSet(t, 3);
  const mei = await sets.open("reviews");
  await mei.vote({ ...answer("r:001", positive), note: 'says "fine", then\nnot' });
  await mei.vote(answer("r:002", positive));
  await sets.annotator.set("jo");
  await (await sets.open("reviews")).vote(answer("r:002", negative));
  const labels = await sets.export("reviews", "labels", "csv", "data/labels.csv");
  assert.deepEqual(labels, { path: join(folder, "data/labels.csv"), rows: 3 });
  assert.equal(
    readFileSync(labels.path, "utf8"),
    `item,review_id,label,class,state,answers,agreeing\r\nr:001,001,positive,${positive},labelled,1,1\r\nr:002,002,,,conflict,2,1\r\nr:003,003,,,open,0,0\r\n`,
  );
  assert.match(readFileSync(join(folder, "labels/reviews/labels.yaml"), "utf8"), /^# A Touchstone label set[^]*\nexport:\n {2}path: data\/labels\.csv\n$/);
  const votes = await sets.export("reviews", "votes", "jsonl", undefined);
  const rows = readFileSync(votes.path, "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));
  assert.deepEqual(rows.map((row) => [Object(row).item, Object(row).label, Object(row).by, Object(row).standing]), [["r:001", "positive", "mei", true], ["r:002", "positive", "mei", true], ["r:002", "negative", "jo", true]]);
  const csv = await sets.export("reviews", "votes", "csv", undefined);
  assert.match(readFileSync(csv.path, "utf8"), /"says ""fine"", then\nnot"\r\n/);
});

test("an export has what was answered of rows that the file has no more", async (t) => {
  const { folder, sets, positive } = await reviewSet(t, 3);
  await (await sets.open("reviews")).vote(answer("r:002", positive));
  writeFileSync(join(folder, "reviews.csv"), "review_id,text,shop,pred,score\n001,fine,shop 1,positive,0.9\n");
  const later = new LabelSets(folder);
  t.after(() => later.close());
  const { path } = await later.export("reviews", "labels", "csv", "data/labels.csv");
  assert.equal(readFileSync(path, "utf8"), `item,review_id,label,class,state,answers,agreeing\r\nr:001,001,,,open,0,0\r\nr:002,,positive,${positive},labelled,1,1\r\n`);
});

test("a class is added without touching comments or order; its votes name it by id", async (t) => {
  const { folder, sets } = await reviewSet(t, 3);
  const file = join(folder, "labels/reviews/labels.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("classes:", "# asked Ana, 3 May\nclasses:"));
  const set = await sets.addClass("reviews", "neutral");
  assert.deepEqual(set.view().classes.map((one) => [one.name, one.key]), [["positive", "1"], ["negative", "2"], ["neutral", "3"]]);
  assert.match(readFileSync(file, "utf8"), /# asked Ana, 3 May\nclasses:/);
  await assert.rejects(sets.addClass("reviews", "neutral"), /There is a class neutral already/);
});

test("a broken labels.yaml says file and line, and the other sets still open", async (t) => {
  const { folder, sets } = await reviewSet(t, 3);
  mkdirSync(join(folder, "labels/broken"));
  writeFileSync(join(folder, "labels/broken/labels.yaml"), "name: broken\ntask: classification\nitem:\n  kind: video\n");
  await assert.rejects(sets.open("broken"), (error: { shape?: { file?: string; line?: number } }) => error.shape?.file === "labels/broken/labels.yaml" && error.shape.line === 4);
  assert.deepEqual((await sets.list()).map((one) => [one.set, one.error !== null]), [["broken", true], ["reviews", false]]);
});

test("a folder of images: named by bytes, in counting order, equal files once", async (t) => {
  const { folder, sets } = await reviewSet(t, 1);
  mkdirSync(join(folder, "pictures/b"), { recursive: true });
  writeFileSync(join(folder, "pictures/img10.png"), "ten");
  writeFileSync(join(folder, "pictures/img2.png"), "two");
  writeFileSync(join(folder, "pictures/b/copy of two.png"), "two");
  writeFileSync(join(folder, "pictures/notes.txt"), "no image");
  const { set, items } = await sets.create({ name: "Zoë's pictures!", classes: [{ name: "cat", key: "c" }], source: "pictures", kind: "image" }, new AbortController().signal, () => undefined);
  assert.deepEqual([set, items], ["zoe-s-pictures", 2]);
  const opened = await sets.open(set);
  const [first, second] = await opened.next("open", null, 9);
  assert.deepEqual([first?.source.file, second?.source.file], ["pictures/b/copy of two.png", "pictures/img10.png"]);
  // sha256("two"), sha256("ten")
  assert.deepEqual([first?.item, second?.item], ["c:3fc4ccfe745870e2c0d99f71f30ff065", "c:e4432baa90819aaef51d2a7f8e148bf7"]);
  assert.deepEqual(opened.view().classes.map((one) => one.key), ["c"]);
});

test("an answer that cannot be written is said, counts nowhere, and the next one goes on", async (t) => {
  const { folder, sets, positive } = await reviewSet(t, 3);
  const set = await sets.open("reviews");
  const blocked = join(folder, "labels/reviews/votes/mei");
  writeFileSync(blocked, "a file where the folder of votes should be");
  await assert.rejects(set.vote(answer("r:001", positive)), (error: { shape?: { code: string; hint?: string } }) => error.shape?.code === "VOTE_NOT_SAVED" && error.shape.hint !== undefined);
  assert.equal(set.progress().done, 0);
  rmSync(blocked);
  await set.vote(answer("r:001", positive));
  assert.equal(set.progress().done, 1);
});

test("what is no set, no class, no item or no person is refused and leaves nothing behind", async (t) => {
  const { folder, sets } = await reviewSet(t, 3);
  const set = await sets.open("reviews");
  await assert.rejects(sets.open("../reviews"), /no name of a label set/);
  await assert.rejects(sets.open("absent"), /There is no label set absent/);
  await assert.rejects(set.vote(answer("r:001", "nosuch")), /no such class/);
  await assert.rejects(set.vote(answer("r:777", null, "skipped")), /not in this label set/);
  await assert.rejects(set.vote({ ...answer("r:001", null, "unsure"), id: "a\nb" }), /no usable id/);
  await assert.rejects(sets.annotator.set("mei@example.org"), /cannot name a person/);
  assert.deepEqual(readdirSync(join(folder, "labels/reviews/votes")), []);
  assert.equal(existsSync(join(folder, "reviews.csv")), true);
});
